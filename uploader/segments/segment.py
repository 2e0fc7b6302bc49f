"""Media segments on their way out: finished ones, and ones that are being made and already sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """A segment as FFmpeg left it. `finished` is when it was seen, on the event loop's clock (s).

    `discontinuity`: it does not follow from the segment offered before it. `independent`: it begins with a keyframe.
    """

    body: bytes
    duration: float
    program_date_time: datetime
    finished: float
    discontinuity: bool = False
    independent: bool = True


class Abandoned(Exception):
    """The segment was never finished."""


class GrowingSegment:
    """A segment from its first frame on. Iterating gives its bytes as they come, from the beginning, any number of
    times; it ends with the segment, or raises Abandoned.

    `number` is its own in the camera's journal. `began` is when, on the event loop's clock (s). `discontinuity` may yet
    become true: something before it was lost.
    """

    def __init__(self, began: float, *, independent: bool = True, discontinuity: bool = False) -> None:
        self.number = 0
        self.began = began
        self.independent = independent
        self.discontinuity = discontinuity
        self.finished: FinishedSegment | None = None
        self._is_abandoned = False
        self._pieces: list[bytes] = []
        self._grown = asyncio.Event()

    @classmethod
    def whole(cls, segment: FinishedSegment) -> GrowingSegment:
        """One that has nothing more to come."""
        growing = cls(
            segment.finished - segment.duration,
            independent=segment.independent,
            discontinuity=segment.discontinuity,
        )
        growing.finish(segment)
        return growing

    @property
    def body(self) -> bytes:
        """All there is of it so far."""
        return self.finished.body if self.finished else b"".join(self._pieces)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, one way or the other."""
        return self.finished is not None or self._is_abandoned

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        self._pieces.append(piece)
        self._wake()

    def finish(self, segment: FinishedSegment) -> None:
        """There it is, whole."""
        self._pieces = self._pieces or [segment.body]
        self.finished = segment
        self._wake()

    def abandon(self) -> None:
        """It will never be whole."""
        self._is_abandoned = self.finished is None
        self._wake()

    def _wake(self) -> None:
        waking, self._grown = self._grown, asyncio.Event()
        waking.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its bytes, as they come."""
        given = 0
        while True:
            while given < len(self._pieces):
                yield self._pieces[given]
                given += 1
            if self.finished is not None:
                return
            if self._is_abandoned:
                raise Abandoned
            await self._grown.wait()
