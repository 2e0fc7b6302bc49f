"""What nobody looks after goes at last; what anybody looks after stays. On virtual time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.errors import StorageUnavailable
from uploader.pictures import frame_names
from uploader.pictures.frame_retention import PERIOD, START_PAUSE
from uploader.pictures.frames import Darkroom
from uploader.pictures.unattended_frames import KEEP, UnattendedFrames
from uploader.storage import STATUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    import pytest

OURS, GONE, KNOWN = "location_1/cam_floor", "location_1/cam_door", "location_1/cam_yard"
AGES = (1, 20, 40, 400)


class Place:
    """A location with a camera of ours, one that is gone, and one that is only switched off. All by the real clock."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.attended: Collection[str] | None = {OURS}
        self.known = {KNOWN: timedelta(days=365)}
        self.ahead: float | None = 0.0
        for folder in (OURS, GONE, KNOWN, "location_2/cam_door"):
            for age in AGES:
                self.store.objects[f"{folder}/{frame_names.path(self._ago(age), '.webp')}"] = b"F"
            self.store.objects[f"{folder}/status.json"] = b'{"beat":7}'

    def _ago(self, days: int) -> datetime:
        return datetime.now(UTC) - timedelta(days=days)

    def left(self, folder: str) -> int:
        return sum(path.startswith(f"{folder}/frames/") for path in self.store.objects)

    @asynccontextmanager
    async def looked_after(self) -> AsyncIterator[None]:
        darkroom = Darkroom(lambda: self.ahead)
        unattended = UnattendedFrames(self.store, "location_1", lambda: self.attended, lambda: self.known, darkroom)
        task = asyncio.create_task(unattended.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def keep(self, hours: float) -> None:
        async with self.looked_after():
            await asyncio.sleep(START_PAUSE + hours * PERIOD + 1)


def test_frames_of_a_camera_that_is_gone_go_after_a_month_and_no_others() -> None:
    place = Place()
    run(place.keep(1))
    assert timedelta(days=20) < KEEP < timedelta(days=40)
    assert place.left(GONE) == 2
    assert place.left(KNOWN) == 3  # as long as cameras.yaml says
    assert place.left(OURS) == place.left("location_2/cam_door") == len(AGES)
    assert f"{GONE}/status.json" in place.store.objects


def test_for_how_long_is_what_cameras_yaml_says_now() -> None:
    async def story() -> None:
        async with place.looked_after():
            await asyncio.sleep(START_PAUSE + 0.5 * PERIOD)
            place.known = {KNOWN: timedelta(days=3650), "location_2/cam_door": timedelta(days=30)}
            await asyncio.sleep(3 * PERIOD)
            assert place.left(KNOWN) == len(AGES)
            assert place.left("location_2/cam_door") == 2
            place.known = {KNOWN: timedelta(days=30)}
            await asyncio.sleep(PERIOD)
            assert place.left(KNOWN) == 2

    place = Place()
    run(story())


def test_one_look_is_not_enough() -> None:
    place = Place()
    run(place.keep(0.9))
    assert place.left(GONE) == len(AGES)


def test_what_another_box_looks_after_is_left_alone() -> None:
    async def story() -> None:
        async with place.looked_after():
            for beat in range(50):
                await asyncio.sleep(PERIOD / 2)
                await place.store.put(f"{GONE}/status.json", b'{"beat":%d}' % beat, STATUS)
            assert place.left(GONE) == len(AGES)
            await asyncio.sleep(3 * PERIOD)
            assert place.left(GONE) == 2

    place = Place()
    run(story())


def test_as_long_as_cameras_yaml_has_a_mistake_nothing_counts_as_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        place.attended = None
        async with place.looked_after():
            await asyncio.sleep(10 * PERIOD)
            assert place.left(GONE) == len(AGES)
            place.attended = {OURS, KNOWN}
            await asyncio.sleep(3 * PERIOD)

    place = Place()
    run(story())
    assert place.left(GONE) == 2
    assert place.left(KNOWN) == len(AGES)
    assert caplog.records == []


def test_a_wrong_clock_and_a_store_that_is_away_remove_nothing() -> None:
    async def story() -> None:
        place.ahead = 4000.0
        async with place.looked_after():
            await asyncio.sleep(5 * PERIOD)
            place.ahead = 0.0
            place.store.reading_fails = StorageUnavailable("No way to the store.")
            await asyncio.sleep(5 * PERIOD)
            place.store.reading_fails = None
            assert place.left(GONE) == len(AGES)
            await asyncio.sleep(2 * PERIOD)
            assert place.left(GONE) == 2

    place = Place()
    run(story())
