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
    """Finished segments in order. Whoever takes the next one also learns whether something before it was lost."""

    def __init__(self) -> None:
        self._waiting: deque[FinishedSegment] = deque()
        self._offered = asyncio.Event()
        self.lost = 0

    def offer(self, segment: FinishedSegment) -> None:
        """Take a finished segment; when too many wait, all but this one are given up."""
        if len(self._waiting) >= LIMIT:
            self.lost += len(self._waiting)
            self._waiting.clear()
            segment = replace(segment, discontinuity=True)
        self._waiting.append(segment)
        self._offered.set()

    async def next(self) -> FinishedSegment:
        """The oldest that waits, when there is one."""
        while not self._waiting:
            self._offered.clear()
            await self._offered.wait()
        return self._waiting.popleft()
