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
from uploader.pictures.decoder_feed import DecoderFeed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from uploader.ffmpeg.command import FFmpeg
    from uploader.pictures.tail import Tail

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
        """Make pictures while somebody looks, for ever. When it is cancelled nobody waits for the next one any more."""
        try:
            while True:
                await self._looked_at.wait()
                await self._make_while_looked_at()
        finally:
            self._wake()

    async def _make_while_looked_at(self) -> None:
        try:
            await self._make()
        except OSError as error:
            log.debug("No preview: %s", error)
        self._looked_at.clear()
        if self._viewers:  # it ended by itself
            await asyncio.sleep(LOOK_PERIOD)
            self._looked_at.set()

    async def _make(self) -> None:
        feed = DecoderFeed()
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

    async def _read(self, process: asyncio.subprocess.Process, feed: DecoderFeed) -> None:
        reader = mjpeg.PictureReader()
        async for data in child.chunks(process.stdout):
            for picture in reader.feed(data):
                self._show(picture, feed.next_came())

    def _show(self, picture: bytes, came: float) -> None:
        self._newest, self._came = picture, came
        self._count += 1
        self._wake()

    def _wake(self) -> None:
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
        feed, reader = DecoderFeed(), mjpeg.PictureReader()
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


async def _hear(process: asyncio.subprocess.Process) -> None:
    async for _ in child.chunks(process.stderr):
        pass
    await asyncio.Event().wait()


def _clock() -> float:
    return asyncio.get_running_loop().time()
