"""A box with old frames and young ones, whose clock the test sets, on virtual time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.memory_store import MemoryStore
from uploader.pictures import frame_names
from uploader.pictures.frame_retention import START_PAUSE, Retention
from uploader.pictures.frames import Darkroom
from uploader.supervision.moment import Moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from uploader.pictures.shot import Shot
    from uploader.reporting.status import Condition

FOLDER = "location_1/cam_floor"
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


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
