"""A camera's picture on this box, as near to now as it gets: JPEGs out of its stream, without another connection to it.

They are made only while somebody looks, once for all who do.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
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
# A snapshot whose picture came so long ago is given to whoever asks, in seconds; making one takes no longer than the
# deadline. Where nothing can be decoded so soon, what comes after that does not help.
SNAPSHOT_AGE = 0.5
SNAPSHOT_DEADLINE = 8.0
CATCHING_UP = 5.0
# Of what a slow box has not decoded yet: more, and it goes on with the next keyframe (bytes).
WAITING = 1024 * 1024
# Pictures that are being decoded, at most: of others it is not known any more when they came.
ON_THE_WAY = 256
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
        self._count = 0
        # When it came from the camera, not when it was decoded, which may take long.
        self._came = -1e9
        self._fresh = asyncio.Event()
        self._making = asyncio.Lock()
        self._tried = -1e9  # when the last snapshot was made, or could not be

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
        feed = _Feed()
        with self._tail.followed_by(feed.give):
            # What came before the newest picture is decoded for its sake, and not shown.
            arguments = mjpeg.moving(self._ffmpeg, feed.pass_over(but=1))
            async with child.started(arguments, stdin=asyncio.subprocess.PIPE) as process:
                await feed.begin(process)
                tasks = [
                    asyncio.create_task(self._read(process, feed)),
                    asyncio.create_task(_hear(process)),
                    asyncio.create_task(self._until_nobody_looks()),
                ]
                try:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, process: asyncio.subprocess.Process, feed: _Feed) -> None:
        reader = mjpeg.PictureReader()
        async for data in child.chunks(process.stdout):
            for picture in reader.feed(data):
                self._show(picture, feed.next_came())

    def _show(self, picture: bytes, came: float) -> None:
        self._newest, self._came = picture, came
        self._count += 1
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
            seen = self._count - self._is_fresh
            while await self._is_newer_than(seen):
                seen = self._count
                yield self._newest
        finally:
            self._viewers -= 1

    async def _is_newer_than(self, seen: int) -> bool:
        if self._count <= seen:
            with suppress(TimeoutError):
                async with asyncio.timeout(STALE):
                    await self._fresh.wait()
        return self._count > seen

    @property
    def age(self) -> float:
        """How long ago the newest picture that was made came from the camera (s)."""
        return _clock() - self._came

    @property
    def _is_fresh(self) -> bool:
        return self.age < SNAPSHOT_AGE

    async def snapshot(self) -> bytes | None:
        """A JPEG of now; None: the camera sends no pictures, or none that can be decoded in time."""
        asked = _clock()
        async with self._making:
            if not self.has_picture:
                return None
            # Who waited while one could not be made shares that, or those who ask would wait for each other.
            if not self._is_fresh and self._tried < asked:
                await self._make_one_in_time()
                self._tried = _clock()
            return self._newest if _clock() - self._came < STALE else None

    async def _make_one_in_time(self) -> None:
        making = asyncio.create_task(self._make_one())
        try:
            await asyncio.wait({making}, timeout=SNAPSHOT_DEADLINE)
        finally:  # also where whoever asked is gone
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    async def _make_one(self) -> None:
        """What comes while the older ones are decoded is decoded as well: then it is the newest that is shown."""
        feed, reader = _Feed(), mjpeg.PictureReader()
        with self._tail.followed_by(feed.give):
            arguments = mjpeg.still(self._ffmpeg, feed.pass_over(but=LAST))
            try:
                async with child.started(arguments, stdin=asyncio.subprocess.PIPE) as process:
                    await feed.begin(process)
                    asyncio.get_running_loop().call_later(CATCHING_UP, feed.end)
                    newest = b"", -1e9
                    async for data in child.chunks(process.stdout):
                        for picture in reader.feed(data):
                            newest = picture, feed.next_came()
                            feed.end()
            except OSError as error:
                log.debug("No snapshot: %s", error)
                return
        if newest[1] > self._came:
            self._show(*newest)


class _Feed:
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


async def _hear(process: asyncio.subprocess.Process) -> None:
    async for _ in child.chunks(process.stderr):
        pass
    await asyncio.Event().wait()


def _clock() -> float:
    return asyncio.get_running_loop().time()
