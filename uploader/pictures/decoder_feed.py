"""A camera's frames, written into an FFmpeg that makes pictures of them, and when each of those came."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from uploader.pictures import mjpeg

if TYPE_CHECKING:
    from uploader.segments.transport_stream import Frame

# Of what a slow box has not decoded yet: more, and it goes on with the next keyframe (bytes).
WAITING = 1024 * 1024
# Pictures that are being decoded, at most: of others it is not known any more when they came.
ON_THE_WAY = 256


class DecoderFeed:
    """Writes frames to a process, beginning with a keyframe; what it cannot take in time is left out."""

    def __init__(self) -> None:
        self._stdin: asyncio.StreamWriter | None = None
        self._early: list[Frame] = []
        self._lost = True
        self._ended = False
        # What there was at the beginning may be more than may wait later.
        self._caught_up = False
        # When each picture came that is being decoded.
        self._came: deque[float] = deque(maxlen=ON_THE_WAY)

    def pass_over(self, but: int) -> int:
        """Leave all but so many of the newest frames unshown; how many that are."""
        self._came = deque(list(self._came)[-but:], maxlen=ON_THE_WAY)
        return max(0, len(self._early) - but)

    async def begin(self, process: asyncio.subprocess.Process) -> None:
        """Write what was given so far; from now on everything at once."""
        early, self._early = self._early, []
        # Of a camera that seldom sends keyframes these are megabytes.
        video = await asyncio.to_thread(lambda: b"".join(map(mjpeg.picture, early)))
        assert process.stdin is not None  # noqa: S101  (a pipe)
        process.stdin.write(video)
        self._stdin = process.stdin
        for frame in self._early:
            self._write(frame)
        self._early.clear()

    def give(self, frame: Frame) -> None:
        """The next frame."""
        if self._ended:
            return
        waiting = self._stdin.transport.get_write_buffer_size() if self._stdin is not None else 0
        self._caught_up = self._caught_up or (self._stdin is not None and waiting <= WAITING)
        if self._caught_up and waiting > WAITING:
            self._lost = True
            return
        self._lost = self._lost and not frame.is_keyframe
        if not self._lost:
            self._came.append(_clock())
            self._write(frame)

    def _write(self, frame: Frame) -> None:
        if self._stdin is None:
            self._early.append(frame)
        else:
            self._stdin.write(mjpeg.picture(frame))

    def end(self) -> None:
        """No more of them."""
        self._ended = True
        if self._stdin is not None:
            self._stdin.close()

    def next_came(self) -> float:
        """When the picture came that is decoded next. Where damaged ones never are, an earlier moment than that."""
        return self._came.popleft() if self._came else _clock()


def _clock() -> float:
    return asyncio.get_running_loop().time()
