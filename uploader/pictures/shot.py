"""A still picture of a camera out of its stream's last keyframe, dated: the camera is not called for it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from uploader.ffmpeg import child
from uploader.pictures import still
from uploader.segments.transport_stream import elementary_stream, seconds_between

if TYPE_CHECKING:
    from uploader.ffmpeg.command import FFmpeg
    from uploader.pictures.still import Format
    from uploader.pictures.tail import Tail

log = logging.getLogger(__name__)

# One picture takes a tenth of a second; on a small box that is busy, some seconds.
DEADLINE = 10.0


class NotMade(Exception):
    """There is a stream, but FFmpeg makes no picture of its keyframe."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that was taken at `taken_at` (aware, UTC; by this box's clock, to half a second). Sides in pixels."""

    body: bytes
    made: Format
    taken_at: datetime
    width: int
    height: int


async def shoot(ffmpeg: FFmpeg, tail: Tail) -> Shot | None:
    """The newest keyframe as a picture; None: there is none. Raises NotMade."""
    frames = tail.frames
    if not frames:
        return None
    age = asyncio.get_running_loop().time() - tail.touched + seconds_between(frames[0].time, frames[-1].time)
    taken_at = datetime.now(UTC) - timedelta(seconds=age)
    made = still.format_for(ffmpeg)
    body = await _developed(still.command(ffmpeg, made), elementary_stream(frames[0].packets))
    sides = still.size(body, made)
    if sides is None:
        raise NotMade
    return Shot(body, made, taken_at, *sides)


async def _developed(arguments: list[str], stream: bytes) -> bytes:
    try:
        async with child.started(arguments, stdin=asyncio.subprocess.PIPE) as process:
            communicating = asyncio.create_task(process.communicate(stream))
            await asyncio.wait({communicating}, timeout=DEADLINE)
            if not communicating.done():
                communicating.cancel()
                return b""
            return communicating.result()[0]
    except OSError as error:
        log.debug("No picture: %s", error)
        return b""
