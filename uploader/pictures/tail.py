"""A camera's stream since its last keyframe: from here anybody can begin to look."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from uploader.segments.transport_stream import Frame

# A camera that sends no keyframes must not fill the memory (bytes).
LIMIT = 8 * 1024 * 1024


class Tail:
    """One camera's. `touched` is when the newest picture came, on the event loop's clock (s)."""

    def __init__(self) -> None:
        self.touched = -1e9
        self._frames: list[Frame] = []
        self._size = 0
        self._followers: set[Callable[[Frame], None]] = set()

    @property
    def frames(self) -> list[Frame]:
        """The newest pictures, beginning with a keyframe; empty when there is nothing to begin with."""
        return list(self._frames)

    @property
    def is_followed(self) -> bool:
        """Whether somebody wants every picture at once."""
        return bool(self._followers)

    def add(self, frame: Frame) -> None:
        """The next picture."""
        self.touched = asyncio.get_running_loop().time()
        for follower in list(self._followers):
            follower(frame)
        if frame.is_keyframe or self._size + len(frame.packets) > LIMIT:
            self.clear()
        if frame.is_keyframe or self._frames:
            self._frames.append(frame)
            self._size += len(frame.packets)

    def clear(self) -> None:
        """What comes next does not follow from what came."""
        self._frames.clear()
        self._size = 0

    @contextmanager
    def followed_by(self, follower: Callable[[Frame], None]) -> Iterator[None]:
        """`follower` gets what there is, and during the block everything that comes."""
        for frame in self.frames:
            follower(frame)
        self._followers.add(follower)
        try:
            yield
        finally:
            self._followers.discard(follower)
