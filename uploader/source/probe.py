"""Looks at a camera for some seconds: what it announces, and what really comes. One connection, said goodbye to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uploader.ffmpeg import child
from uploader.ffmpeg.causes import NO_PICTURE, Cause, cause
from uploader.ffmpeg.command import probe_command
from uploader.ffmpeg.last_words import LastWords
from uploader.source.camera_port import port_of
from uploader.source.media import Media
from uploader.source.packets import Packets

if TYPE_CHECKING:
    from uploader.configuration.cameras import Camera
    from uploader.ffmpeg.command import FFmpeg

# Enough to see a keyframe interval of four seconds, and a bitrate.
SECONDS = 6.0
# A camera may take this long (s) to answer and to send its first picture.
PATIENCE = 15.0


async def probe(ffmpeg: FFmpeg, camera: Camera, seconds: float = SECONDS, picture: str | None = None) -> Media | Cause:
    """What the camera sent in so many seconds, counted from its first picture; or why there was nothing to see.

    `picture` is the path of a JPEG of the first one. Keyframes further apart than `seconds` are not seen as such: the
    interval is None then.
    """
    looking, began = _Looking(), _clock()
    async with child.started(probe_command(ffmpeg, camera, picture)) as process:
        hearing = asyncio.create_task(looking.hear(process.stderr))
        counting = asyncio.create_task(looking.count(process.stdout))
        try:
            await _until(looking.pictured, counting, PATIENCE)
            await asyncio.wait({counting}, timeout=seconds if looking.pictured.is_set() else 0)
            if counting.done():
                await asyncio.wait({hearing}, timeout=1.0)
        finally:
            for task in (hearing, counting):
                task.cancel()
            await asyncio.gather(hearing, counting, return_exceptions=True)
    media = looking.packets.of(looking.media)
    if media.video is not None and looking.pictured.is_set():
        return media
    looking.words.end()
    if counting.cancelled():
        return NO_PICTURE
    there = port_of(camera.rtsp_url)
    host = there[0] if there else None
    return cause(looking.words.lines(), process.returncode, host=host, lasted=_clock() - began)


async def _until(event: asyncio.Event, ended: asyncio.Task[None], limit: float) -> None:
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({waiting, ended}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _clock() -> float:
    return asyncio.get_running_loop().time()


class _Looking:
    """What one FFmpeg says and lists."""

    def __init__(self) -> None:
        self.media = Media()
        self.packets = Packets()
        self.words = LastWords()
        self.pictured = asyncio.Event()

    async def hear(self, stderr: asyncio.StreamReader | None) -> None:
        async for data in child.chunks(stderr):
            for line in self.words.hear(data, _clock()):
                self.media = self.media.read(line)

    async def count(self, stdout: asyncio.StreamReader | None) -> None:
        async for line in child.lines(stdout):
            self.packets = self.packets.read(line, _clock())
            if 0 in self.packets.tracks:
                self.pictured.set()
