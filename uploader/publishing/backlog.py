"""What waits to be uploaded: newest wins over complete, and what is given up is marked."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.segments.segment import GrowingSegment

# More waiting segments than this and the viewer falls behind for good: then only the newest is worth its bytes
# (invariant 6). With those under way, a hiccup of three durations still loses nothing.
LIMIT = 2
# Nothing can be given up between keyframes; but a camera without any must not fill the memory.
HARD_LIMIT = 5
# What was finished within this (s) came together: a camera that sends a picture now and then finishes with it all that
# lies between. It is no sign of an uplink that is too slow.
TOGETHER = 0.25


class Backlog:
    """Segments in order, each in `parts`. Whoever takes the next one also learns whether something before it was lost.

    `viewable` is how long after its end somebody may still want to see a segment (s).
    """

    def __init__(self, viewable: float, parts: int = 1) -> None:
        self._viewable = viewable
        self._parts = parts
        self._waiting: deque[GrowingSegment] = deque()
        self._offered = asyncio.Event()
        self.lost = 0

    def offer(self, segment: GrowingSegment) -> None:
        """Take a segment; when too many wait, all but this one are given up."""
        self._waiting.append(segment)
        if self._arrivals() > self._parts * (LIMIT if segment.independent else HARD_LIMIT):
            while len(self._waiting) > 1:
                self._give_up_oldest()
        self._offered.set()

    async def next(self, lasting: float) -> GrowingSegment:
        """The oldest that waits, when there is one.

        An upload takes `lasting` seconds: what would be too old after it is given up, but for the newest.
        """
        while not self._waiting:
            self._offered.clear()
            await self._offered.wait()
        done = asyncio.get_running_loop().time() + lasting
        while len(self._waiting) > 1 and done > self._last_seen(self._waiting[0]):
            self._give_up_oldest()
        return self._waiting.popleft()

    def _arrivals(self) -> int:
        """How many waiting segments there are; those that came together are one."""
        ends = [segment.finished.finished if segment.finished else None for segment in self._waiting]
        return 1 + sum(
            earlier is None or later is None or later - earlier > TOGETHER for earlier, later in pairwise(ends)
        )

    def _last_seen(self, segment: GrowingSegment) -> float:
        return segment.finished.finished + self._viewable if segment.finished else math.inf

    def _give_up_oldest(self) -> None:
        """And what nobody can decode without it."""
        while True:
            self._waiting.popleft()
            self.lost += 1
            if self._waiting[0].independent or len(self._waiting) == 1:
                break
        self._waiting[0].discontinuity = True
