"""Removes dated frames when their days are over (`settings.frames_keep_days`), also those of an earlier worker.

What is stored is the only record. A wrong clock must not empty it: see `frame_names.may_judge`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.pictures import frame_names
from uploader.pictures.frame_names import FOLDER
from uploader.publishing.removals import remove
from uploader.reporting.status import Condition, State
from uploader.supervision import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from uploader.pictures.frames import Darkroom
    from uploader.storage import ObjectStore
    from uploader.supervision.moment import Moment

log = logging.getLogger(__name__)

# Seconds: what concerns the live picture comes first; then once an hour.
START_PAUSE = 10.0
PERIOD = 3600.0
# A clock that was set by more within an hour was not only made more exact (s).
STEP = 600.0
# Names in one request, and frames in one hour: what a year left behind must not keep the store busy.
BATCH = 200
AT_ONCE = 10_000

KEPT = Condition(
    State.LIVE,
    "The store keeps old frames although it was asked to remove them; it will fill up.",
    "Let this key delete in its own location: scripts/supabase.sql has the policy.",
)


class Retention:
    """Looks after the frames in `folder`, for as long as there are any or more `are_made`. Each stays for `keep`."""

    def __init__(
        self,
        store: ObjectStore,
        folder: str,
        keep: timedelta,
        darkroom: Darkroom,
        tell: Callable[[Condition | None], None],
        *,
        are_made: bool,
        now: Callable[[], Moment] = moment.now,
    ) -> None:
        self._store = store
        self._folder = folder
        self.keep = keep
        self._darkroom = darkroom
        self._rows = darkroom.rows(folder)
        self._tell = tell
        self._are_made = are_made
        self._now = now
        self._settled = self._before = now()

    async def run(self) -> None:
        """Remove what is over, until there is nothing to look after."""
        await asyncio.sleep(START_PAUSE)
        while True:
            if not await self.look():
                return
            await asyncio.sleep(PERIOD)

    async def look(self) -> bool:
        """Remove what is over; whether to look again."""
        try:
            found = await days(self._store, self._folder)
            cutoff = self._cutoff(found)
            if cutoff is not None and found:
                await self._remove_before(cutoff, found)
        except StorageError as error:
            log.debug("%s: old frames not removed. %s", self._folder, error)
            return True
        return self._are_made or bool(found)

    def _cutoff(self, found: list[str]) -> datetime | None:
        """Frames that were taken before this are over; None: the clock may not say."""
        now = self._now()
        if abs(now.step_since(self._before)) > STEP:
            self._settled = now
        self._before = now
        # What was taken since would confirm any clock.
        newest = max((day for day in found if day < frame_names.day(self._settled.time)), default="")
        cutoff = now.time - self.keep
        trusted = frame_names.may_judge(self._darkroom.ahead(), newest, cutoff, now.clock - self._settled.clock)
        return cutoff if trusted else None

    async def _remove_before(self, cutoff: datetime, found: list[str]) -> None:
        if self._rows is not None:  # first: a row never names what is not stored
            await self._rows.forget(cutoff)
        left = AT_ONCE
        for day in found:
            if day > frame_names.day(cutoff) or left <= 0:
                return
            folder = f"{self._folder}/{FOLDER}/{day}"
            names = await _names(self._store, folder, cutoff)
            kept = await _remove(self._store, folder, names[:left])
            left -= len(names)
            if names:
                self._tell(KEPT if kept else None)
            if kept:
                return


async def clear(store: ObjectStore, folder: str) -> None:
    """Remove all frames of a camera that is gone. Raises StorageError."""
    for day in await days(store, folder):
        names = [entry.name for entry in await store.list(f"{folder}/{FOLDER}/{day}")]
        await _remove(store, f"{folder}/{FOLDER}/{day}", names)


async def days(store: ObjectStore, folder: str) -> list[str]:
    """The days of which there are frames, as their folders are called ("2026/11/21"), oldest first."""
    found = [""]
    for _ in ("years", "months", "days"):
        found = [
            f"{above}{name}/" for above in found for name in await store.folders(f"{folder}/{FOLDER}/{above}"[:-1])
        ]
    return sorted(day[:-1] for day in found if frame_names.is_day(day[:-1]))


async def _names(store: ObjectStore, folder: str, before: datetime) -> list[str]:
    dated = ((entry.name, frame_names.taken_at(entry.name)) for entry in await store.list(folder))
    return sorted(name for name, taken_at in dated if taken_at is not None and taken_at < before)


async def _remove(store: ObjectStore, folder: str, names: list[str]) -> bool:
    """In batches, up to the first of which the store keeps something; whether it does."""
    batches = (names[start : start + BATCH] for start in range(0, len(names), BATCH))
    for batch in batches:
        if (await remove(store, folder, batch))[1]:
            return True
    return False
