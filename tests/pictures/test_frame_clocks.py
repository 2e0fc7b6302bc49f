"""Which clocks may say that a frame is old, as a box lives through them: on virtual time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.pictures.frame_box import FOLDER, NOON, OLD, YOUNG, Box, hours
from tests.virtual_time import run
from uploader.pictures import frame_names
from uploader.pictures.frame_names import SETTLED
from uploader.pictures.frame_retention import PERIOD, START_PAUSE


def test_a_clock_that_the_stores_contradicts_removes_nothing_however_long_it_runs() -> None:
    for wrong in (timedelta(days=3650), timedelta(days=-20_000), timedelta(minutes=5)):
        box = Box()
        box.put(*YOUNG, *OLD)
        box.time, box.ahead = NOON + wrong, wrong.total_seconds()
        run(box.keep(30 * 86_400))
        assert len(box.ages) == len(YOUNG) + len(OLD)
        assert box.forgotten == []


def test_when_it_is_right_again_what_is_over_goes() -> None:
    async def story() -> None:
        async with box.keeping():
            await asyncio.sleep(START_PAUSE + 1)
            assert len(box.ages) == len(YOUNG) + len(OLD)
            box.time, box.ahead = NOON, 0.0
            await asyncio.sleep(PERIOD)

    box = Box()
    box.put(*YOUNG, *OLD)
    box.time, box.ahead = NOON + timedelta(days=3650), 3650 * 86_400.0
    run(story())
    assert box.ages == YOUNG[:2]  # an hour has passed


def test_where_nobody_confirms_the_clock_what_is_there_does() -> None:
    box = Box()
    box.ahead = None
    box.put(*YOUNG, *OLD)
    run(box.keep())
    assert box.ages == YOUNG


def test_where_nobody_confirms_it_a_clock_set_years_forward_has_a_day_to_be_set_right() -> None:
    async def story() -> None:
        async with box.keeping():
            await asyncio.sleep(SETTLED - PERIOD)
            assert len(box.ages) == len(YOUNG)
            box.time = NOON - timedelta(seconds=asyncio.get_running_loop().time())
            await asyncio.sleep(2 * PERIOD)

    box = Box()
    box.ahead = None
    box.put(*YOUNG)
    box.time = NOON + timedelta(days=3650)
    run(story())
    assert len(box.ages) >= len(YOUNG) - 1


def test_frames_that_a_wrong_clock_dates_do_not_confirm_it() -> None:
    async def story() -> None:
        async with box.keeping():
            for hour in range(20):
                taken = box.now().time
                box.store.objects[f"{FOLDER}/{frame_names.path(taken, '.webp')}"] = b"F"
                await asyncio.sleep(PERIOD)
                assert set(right) <= set(box.store.objects), f"after {hour} h"

    box = Box()
    box.ahead = None
    box.put(*YOUNG)
    right = list(box.store.objects)
    box.time = NOON + timedelta(days=3650)
    run(story())


def test_a_clock_that_is_set_years_forward_while_it_runs_has_a_day_too() -> None:
    async def story() -> None:
        async with box.keeping():
            await asyncio.sleep(3 * 86_400)
            left = len(box.ages)
            assert left == 1
            box.time += timedelta(days=3650)
            await asyncio.sleep(SETTLED - PERIOD)
            assert len(box.ages) == left
            await asyncio.sleep(3 * PERIOD)
            assert box.ages == []

    box = Box()
    box.ahead = None
    box.put(*hours(1, 100))
    run(story())
