"""Old frames go, on virtual time; a wrong clock, a deaf store and foreign files change nothing that is right."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.errors import StorageUnavailable
from uploader.pictures import frame_names
from uploader.pictures.frame_names import SETTLED
from uploader.pictures.frame_retention import AT_ONCE, BATCH, KEPT, PERIOD, START_PAUSE, Retention, clear, days
from uploader.pictures.frames import Darkroom, kind
from uploader.pictures.still import WEBP
from uploader.supervision.moment import Moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from uploader.pictures.shot import Shot
    from uploader.reporting.status import Condition

FOLDER = "location_1/cam_floor"
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
FRAME = kind(WEBP)


class DeafStore(MemoryStore):
    """Says that all is well, and removes nothing while it is deaf. `most` is the largest batch it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.is_deaf = False
        self.most = 0
        self.asked = 0

    async def remove(self, paths: Sequence[str]) -> set[str]:
        self.most = max(self.most, len(paths))
        self.asked += 1
        return set() if self.is_deaf else await super().remove(paths)


class Box:
    """A box whose clock the test sets, with a retention of a week."""

    def __init__(self, *, are_made: bool = True) -> None:
        self.store = DeafStore()
        self.time = NOON
        self.ahead: float | None = 0.0
        self.told: list[Condition | None] = []
        self.forgotten: list[datetime | None] = []
        self.left_when_forgotten: list[int] = []
        self._are_made = are_made

    def now(self) -> Moment:
        clock = asyncio.get_running_loop().time()
        return Moment(clock, self.time + timedelta(seconds=clock))

    async def add(self, path: str, url: str, shot: Shot) -> None:
        raise AssertionError(path, url, shot)

    async def forget(self, before: datetime | None) -> None:
        self.forgotten.append(before)
        self.left_when_forgotten.append(len(self.store.objects))

    def put(self, *ages: timedelta) -> None:
        for age in ages:
            self.store.objects[f"{FOLDER}/{frame_names.path(NOON - age, '.webp')}"] = b"F"

    @property
    def ages(self) -> list[timedelta]:
        """Of what is stored, by a right clock; newest first."""
        taken = (frame_names.taken_at(path.rpartition("/")[2]) for path in self.store.objects)
        return sorted(NOON - moment for moment in taken if moment)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[asyncio.Task[None]]:
        darkroom = Darkroom(lambda: self.ahead, lambda _: self)
        retention = Retention(
            *(self.store, FOLDER, WEEK, darkroom, self.told.append), are_made=self._are_made, now=self.now
        )
        task = asyncio.create_task(retention.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def keep(self, seconds: float = START_PAUSE + 1) -> None:
        async with self.keeping():
            await asyncio.sleep(seconds)


def hours(*numbers: float) -> list[timedelta]:
    return [timedelta(hours=number) for number in numbers]


YOUNG, OLD = hours(1, 100, 167), hours(169, 200, 24 * 45, 24 * 400)


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


# Wrong clocks


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


# The end of it


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
