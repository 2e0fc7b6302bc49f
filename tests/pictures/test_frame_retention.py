"""Old frames go, on virtual time; a deaf store and foreign files change nothing that is right."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.pictures.frame_box import FOLDER, NOON, OLD, WEEK, YOUNG, Box
from tests.virtual_time import run
from uploader.errors import StorageUnavailable
from uploader.pictures import frame_names
from uploader.pictures.frame_retention import AT_ONCE, BATCH, KEPT, PERIOD, START_PAUSE, clear, days


def test_what_is_over_goes_at_the_start_and_what_is_not_stays() -> None:
    box = Box()
    box.put(*YOUNG, *OLD)
    run(box.keep())
    assert box.ages == YOUNG
    assert set(box.told) == {None}


def test_from_then_on_a_frame_goes_within_an_hour_of_its_time() -> None:
    async def story() -> None:
        async with box.keeping():
            await asyncio.sleep(START_PAUSE + 1)
            assert box.ages == YOUNG
            await asyncio.sleep(PERIOD)
            assert box.ages == YOUNG[:2]

    box = Box()
    box.put(*YOUNG)
    run(story())


def test_rows_are_forgotten_before_what_they_name_is_gone() -> None:
    box = Box()
    box.put(*YOUNG, *OLD)
    run(box.keep())
    assert box.forgotten == [NOON + timedelta(seconds=START_PAUSE) - WEEK]
    assert box.left_when_forgotten == [len(YOUNG) + len(OLD)]


def test_nothing_that_is_not_a_frame_is_touched() -> None:
    others = [
        f"{FOLDER}/stream.m3u8",
        f"{FOLDER}/frames/readme.txt",
        f"{FOLDER}/frames/2019/11/01/holiday.webp",
        f"{FOLDER}/frames/2019/11/keep/20191101T000000Z.webp",
        f"{FOLDER}/frames/best/20191101T000000Z.webp",
        "location_1/cam_door/frames/2019/11/01/20191101T000000Z.webp",
    ]
    box = Box()
    box.put(*OLD)
    box.store.objects |= dict.fromkeys(others, b"x")
    run(box.keep())
    assert set(box.store.objects) == set(others)


def test_what_a_year_left_behind_goes_in_batches_and_not_all_in_one_hour() -> None:
    box = Box()
    a_day = AT_ONCE * 6 // 10
    box.put(*(timedelta(days=8 + number // a_day, seconds=number % a_day) for number in range(2 * a_day)))
    run(box.keep())
    assert len(box.store.objects) == 2 * a_day - AT_ONCE
    assert box.store.most <= BATCH
    run(box.keep())
    assert box.store.objects == {}


def test_a_store_that_is_away_is_asked_again() -> None:
    async def story() -> None:
        async with box.keeping():
            box.store.reading_fails = StorageUnavailable("No way to the store.")
            await asyncio.sleep(START_PAUSE + 1)
            box.store.reading_fails = None
            assert len(box.ages) == len(OLD)
            await asyncio.sleep(PERIOD)

    box = Box()
    box.put(*OLD)
    run(story())
    assert box.ages == []


def test_a_store_that_keeps_what_it_should_remove_is_told_and_not_hammered() -> None:
    async def story() -> None:
        box.store.is_deaf = True
        async with box.keeping():
            await asyncio.sleep(START_PAUSE + 1)
            assert box.told == [KEPT]
            assert box.store.asked == 1
            box.store.is_deaf = False
            await asyncio.sleep(PERIOD)
            assert box.told[-1] is None

    box = Box()
    box.put(*OLD)
    run(story())
    assert box.ages == []


def test_when_no_more_are_made_it_goes_on_until_the_last_one_is_gone() -> None:
    async def story() -> None:
        async with box.keeping() as task:
            await asyncio.sleep(6 * 86_400)
            assert not task.done()
            assert len(box.ages) == 1
            await asyncio.sleep(2 * 86_400)
            assert box.ages == []
            assert task.done()

    box = Box(are_made=False)
    box.put(*YOUNG)
    run(story())


def test_where_there_never_were_any_it_asks_once() -> None:
    async def story() -> None:
        async with box.keeping() as task:
            await asyncio.sleep(START_PAUSE + 1)
            assert task.done()

    box = Box(are_made=False)
    run(story())
    assert box.forgotten == []


def test_everything_goes_with_its_camera() -> None:
    async def story() -> None:
        assert len(await days(box.store, FOLDER)) == len({frame_names.day(NOON - age) for age in (*YOUNG, *OLD)})
        await clear(box.store, FOLDER)

    box = Box()
    box.put(*YOUNG, *OLD)
    box.store.objects["location_1/cam_door/frames/2026/11/21/20261121T000000Z.webp"] = b"another camera's"
    run(story())
    assert list(box.store.objects) == ["location_1/cam_door/frames/2026/11/21/20261121T000000Z.webp"]
