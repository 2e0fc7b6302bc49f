"""What waits to be uploaded: newest wins over complete, and what is given up is marked."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.segments import FinishedSegment

# More waiting segments than this and the viewer falls behind for good: then only the newest is worth its bytes
# (invariant 6). With those under way, a hiccup of three durations still loses nothing.
LIMIT = 2


class Backlog:
    """Finished segments in order. Whoever takes the next one also learns whether something before it was lost.

    `viewable` is how long after its end somebody may still want to see a segment (s).
    """

    def __init__(self, viewable: float) -> None:
        self._viewable = viewable
        self._waiting: deque[FinishedSegment] = deque()
        self._offered = asyncio.Event()
        self.lost = 0

    def offer(self, segment: FinishedSegment) -> None:
        """Take a finished segment; when too many wait, all but this one are given up."""
        self._waiting.append(segment)
        if len(self._waiting) > LIMIT:
            while len(self._waiting) > 1:
                self._give_up_oldest()
        self._offered.set()

    async def next(self, lasting: float) -> FinishedSegment:
        """The oldest that waits, when there is one.

        An upload takes `lasting` seconds: what would be too old after it is given up, but for the newest.
        """
        while not self._waiting:
            self._offered.clear()
            await self._offered.wait()
        done = asyncio.get_running_loop().time() + lasting
        while len(self._waiting) > 1 and done > self._waiting[0].finished + self._viewable:
            self._give_up_oldest()
        return self._waiting.popleft()

    def _give_up_oldest(self) -> None:
        self._waiting.popleft()
        self._waiting[0] = replace(self._waiting[0], discontinuity=True)
        self.lost += 1
