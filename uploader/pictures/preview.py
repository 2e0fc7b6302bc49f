"""A camera's picture on this box, as near to now as it gets: JPEGs out of its stream, without another connection to it.

They are made only while somebody looks, once for all who do.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from uploader.ffmpeg import child
from uploader.pictures import mjpeg

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from uploader.ffmpeg.command import FFmpeg
    from uploader.pictures.tail import Tail
    from uploader.segments.transport_stream import Frame

log = logging.getLogger(__name__)

VIEWERS = 16
# After the last viewer has left, in seconds: a page that is loaded again finds it running.
LINGER = 5.0
LOOK_PERIOD = 1.0
# A stream without a new picture for so long has none to show, in seconds.
STALE = 5.0
# A snapshot is the same for all who ask within this time, in seconds; making one takes no longer than the deadline.
SNAPSHOT_AGE = 1.0
SNAPSHOT_DEADLINE = 5.0
# Of what a slow box has not decoded yet: more, and it goes on with the next keyframe (bytes).
WAITING = 1024 * 1024
# Decoded for a snapshot, of which the last one is shown: some of them may be damaged.
LAST = 5


class TooManyViewers(Exception):
    """There is no room for another one."""


class Preview:
    """One camera's. `run` has to run while anybody looks at `pictures`."""

    def __init__(self, ffmpeg: FFmpeg, tail: Tail) -> None:
        self._ffmpeg = ffmpeg
        self._tail = tail
        self._viewers = 0
        self._looked_at = asyncio.Event()
        self._newest = b""
        self._made = -1e9
        self._fresh = asyncio.Event()
        self._making = asyncio.Lock()

    async def run(self) -> None:
        """Make pictures while somebody looks, for ever."""
        while True:
            await self._looked_at.wait()
            try:
                await self._make()
            except OSError as error:
                log.debug("No preview: %s", error)
            self._looked_at.clear()
            if self._viewers:  # it ended by itself
                await asyncio.sleep(LOOK_PERIOD)
                self._looked_at.set()

    async def _make(self) -> None:
        # What came before the newest picture is decoded for its sake, and not shown.
        arguments = mjpeg.command(self._ffmpeg, skipped=max(0, len(self._tail.frames) - 1))
        async with child.started(arguments, stdin=asyncio.subprocess.PIPE) as process:
            with self._tail.followed_by(_Feed(process).give):
                tasks = [
                    asyncio.create_task(self._read(process)),
                    asyncio.create_task(_hear(process)),
                    asyncio.create_task(self._until_nobody_looks()),
                ]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        reader = mjpeg.PictureReader()
        async for data in child.chunks(process.stdout):
            for picture in reader.feed(data):
                self._show(picture)

    def _show(self, picture: bytes) -> None:
        self._newest, self._made = picture, _clock()
        waking, self._fresh = self._fresh, asyncio.Event()
        waking.set()

    async def _until_nobody_looks(self) -> None:
        left = _clock()
        while _clock() - left < LINGER:
            await asyncio.sleep(LOOK_PERIOD)
            left = _clock() if self._viewers else left

    @property
    def has_picture(self) -> bool:
        """Whether the camera sends pictures now."""
        return _clock() - self._tail.touched < STALE

    async def pictures(self) -> AsyncGenerator[bytes, None]:
        """JPEGs, always the newest: who takes them slowly misses some. Ends when the camera sends no more.

        Raises TooManyViewers.
        """
        if self._viewers >= VIEWERS:
            raise TooManyViewers
        self._viewers += 1
        self._looked_at.set()
        try:
            seen = -1e9 if _clock() - self._made < SNAPSHOT_AGE else self._made
            while await self._is_newer_than(seen):
                seen = self._made
                yield self._newest
        finally:
            self._viewers -= 1

    async def _is_newer_than(self, seen: float) -> bool:
        if self._made <= seen:
            with suppress(TimeoutError):
                async with asyncio.timeout(STALE):
                    await self._fresh.wait()
        return self._made > seen

    async def snapshot(self) -> bytes | None:
        """A JPEG of now, at most two seconds old; None: the camera sends no pictures, or none that can be decoded."""
        async with self._making:
            if not self.has_picture:
                return None
            if _clock() - self._made > SNAPSHOT_AGE:
                frames = self._tail.frames
                picture = await self._decoded(frames) if frames else b""
                if not picture:
                    return None
                self._show(picture)
            return self._newest

    async def _decoded(self, frames: list[Frame]) -> bytes:
        """The last of these pictures."""
        stream = b"".join(map(mjpeg.picture, frames))
        arguments = mjpeg.command(self._ffmpeg, skipped=max(0, len(frames) - LAST))
        try:
            async with child.started(arguments, stdin=asyncio.subprocess.PIPE) as process:
                communicating = asyncio.create_task(process.communicate(stream))
                await asyncio.wait({communicating}, timeout=SNAPSHOT_DEADLINE)
                if not communicating.done():
                    communicating.cancel()
                    return b""
                pictures = mjpeg.PictureReader().feed(communicating.result()[0])
        except OSError as error:
            log.debug("No snapshot: %s", error)
            return b""
        return pictures[-1] if pictures else b""


class _Feed:
    """Writes frames to a process, beginning with a keyframe; what it cannot take in time is left out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._stdin = process.stdin
        self._lost = True

    def give(self, frame: Frame) -> None:
        """The next frame."""
        if self._stdin is None or self._stdin.transport.get_write_buffer_size() > WAITING:
            self._lost = True
            return
        self._lost = self._lost and not frame.is_keyframe
        if not self._lost:
            self._stdin.write(mjpeg.picture(frame))


async def _hear(process: asyncio.subprocess.Process) -> None:
    async for _ in child.chunks(process.stderr):
        pass
    await asyncio.Event().wait()


def _clock() -> float:
    return asyncio.get_running_loop().time()
