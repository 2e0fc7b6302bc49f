"""Dated pictures of a camera that are kept for some days, one every so often (`settings.frames_every`).

They are worth less than the live picture: one is made and sent at a time, for all cameras of the box; its bytes trickle
out between segments, never while one that is finished is on its way; and what is not through in time is left out.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from uploader.errors import StorageError, StorageRefused
from uploader.pictures import frame_names
from uploader.pictures.shot import NotMade
from uploader.reporting.status import Condition, State
from uploader.storage import SEGMENT, ObjectKind
from uploader.storage.answers import AlreadyThere

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from uploader.pictures.shot import Shot
    from uploader.pictures.still import Format
    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

# Without a picture, a store or room on the uplink, in seconds.
RETRY = 5.0
# One frame is sent for no longer (s).
DEADLINE = 30.0
# After so long the next piece is sent (s), of what the live picture leaves in that time, within these bounds (bytes): a
# segment that is finished waits for one piece at most.
PAUSE = 0.1
SMALLEST, LARGEST = 512, 8 * 1024
# One keyframe may be damaged; so many in a row are the camera's way.
PERSISTENT = 3
NOT_MADE = Condition(
    State.LIVE, "No frames are kept: FFmpeg makes no picture of this camera's keyframes.", "Set 'video: transcode'."
)


def kind(made: Format) -> ObjectKind:
    """What a frame is to browsers and caches. Its name is never used for another one (invariant 3)."""
    return ObjectKind(made.content_type, SEGMENT.max_age, once=True)


class Uplink(Protocol):
    """What the live picture says of the way into the store."""

    @property
    def is_behind(self) -> bool:
        """Whether it is too slow for the live picture alone."""

    @property
    def spare(self) -> float:
        """Bytes a second that may go out beside the live picture."""

    async def quiet(self) -> None:
        """Wait until nothing of the live picture is waited for."""


class Rows(Protocol):
    """Where a database hears of frames. Whatever goes wrong there stays there."""

    async def add(self, path: str, url: str, shot: Shot) -> None:
        """This frame is stored."""

    async def forget(self, before: datetime | None) -> None:
        """Frames that were taken before this, or all of them, are about to be removed."""


@dataclass(frozen=True, slots=True)
class Darkroom:
    """What all cameras of a box share. `ahead`: by how many seconds its clock is ahead of another machine's; None: not
    known. `rows`: those of the camera with this folder, where there is a database. `turn` is held by the camera whose
    frame is made and sent."""

    ahead: Callable[[], float | None] = lambda: None
    rows: Callable[[str], Rows | None] = lambda _: None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Frames:
    """One camera's, in `folder`, one every `period` seconds. `shoot` makes it, or raises NotMade; None: there is no
    picture. `framed` hears when one was taken that is stored, `tell` what people have to know."""

    def __init__(
        self,
        store: ObjectStore,
        folder: str,
        period: float,
        shoot: Callable[[], Awaitable[Shot | None]],
        uplink: Uplink,
        darkroom: Darkroom,
        framed: Callable[[datetime], None],
        tell: Callable[[Condition | None], None],
    ) -> None:
        self._store = store
        self._folder = folder
        self._period = period
        self._shoot = shoot
        self._uplink = uplink
        self._darkroom = darkroom
        self._rows = darkroom.rows(folder)
        self._framed = framed
        self._tell = tell
        self._not_made = 0  # in a row

    async def run(self) -> None:
        """Keep taking them, for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + self._period
            stored = self._clock_is_right() and await self._take()
            await asyncio.sleep(due - clock() if stored else RETRY)

    def _clock_is_right(self) -> bool:
        ahead = self._darkroom.ahead()
        if ahead is None or frame_names.may_date(ahead):
            return True
        self._tell(Condition(State.LIVE, *frame_names.wrong_clock(ahead)))
        return False

    async def _take(self) -> bool:
        """One more; whether there is one."""
        async with self._darkroom.turn:
            shot = None if self._uplink.is_behind else await self._made()
            stored = shot is not None and await self._store_in_time(shot)
        if shot is None or not stored:
            return False
        self._tell(None)
        self._framed(shot.taken_at)
        if self._rows is not None:
            path = self._path(shot)
            await self._rows.add(path, self._store.public_url(path), shot)
        return True

    async def _made(self) -> Shot | None:
        try:
            shot = await self._shoot()
        except NotMade:
            self._not_made += 1
            if self._not_made == PERSISTENT:
                self._tell(NOT_MADE)
            return None
        self._not_made = 0
        return shot

    async def _store_in_time(self, shot: Shot) -> bool:
        path = self._path(shot)
        try:
            async with asyncio.timeout(DEADLINE):
                await self._store.put(path, self._trickle(shot.body), kind(shot.made))
        except AlreadyThere:
            # The clock was set back to a second that has its picture: a name is for good.
            log.debug("%s is there already.", path)
        except StorageRefused as error:
            self._tell(Condition(State.LIVE, f"Frames are not kept. {error.what}", error.advice or None))
            return False
        except (StorageError, TimeoutError) as error:
            log.debug("%s is left out. %s", path, error)
            return False
        return True

    def _path(self, shot: Shot) -> str:
        return f"{self._folder}/{frame_names.path(shot.taken_at, shot.made.suffix)}"

    async def _trickle(self, body: bytes) -> AsyncIterator[bytes]:
        while body:
            await self._uplink.quiet()
            size = max(SMALLEST, min(LARGEST, int(self._uplink.spare * PAUSE)))
            piece, body = body[:size], body[size:]
            yield piece
            await asyncio.sleep(PAUSE)
