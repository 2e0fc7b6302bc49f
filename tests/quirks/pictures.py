"""What published segments really hold: decoded, and each picture recognised by the number it carries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.quirks import mpegts
from tests.rtsp_camera.film import BITS, CELLS, STRIP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.quirks.watching import Published
    from uploader.ffmpeg.command import FFmpeg


@dataclass(frozen=True, slots=True)
class Examined:
    """One published segment. `numbers`: the camera's frames, by their strips, in the order shown."""

    published: Published
    content: mpegts.Segment
    numbers: tuple[int, ...]

    def date_error(self, taken: Mapping[int, Sequence[float]]) -> float | None:
        """How late (s) the playlist dates the first picture, against when the camera sent it; None: not recognised."""
        date = self.published.segment.program_date_time
        assert date is not None, "a segment without a date"
        moments = taken.get(self.numbers[0] if self.numbers else -1, ())
        return min((date.timestamp() - moment for moment in moments), key=abs, default=None)


async def examine(published: Published, ffmpeg: FFmpeg) -> Examined:
    """Decode it. Raises mpegts.Broken for what is not a valid transport stream."""
    return Examined(published, mpegts.read(published.body), await numbers(published.body, ffmpeg))


async def numbers(body: bytes, ffmpeg: FFmpeg) -> tuple[int, ...]:
    """The camera's frames in this segment, by their strips, in the order shown."""
    return _numbers(await _strips(ffmpeg, body))


async def _strips(ffmpeg: FFmpeg, body: bytes) -> bytes:
    """One gray value for each cell of each picture."""
    strip = f"crop=h=trunc(ih/{STRIP}):y=ih-trunc(ih/{STRIP}),scale={CELLS}:1:flags=area,format=gray"
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg.path, "-loglevel", "quiet", "-threads", "1", "-i", "pipe:0", "-map", "0:v", "-vf", strip),
        *(*ffmpeg.every_picture, "-f", "rawvideo", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    cells, _ = await process.communicate(body)
    return cells


def _numbers(strips: bytes) -> tuple[int, ...]:
    rows = (strips[start : start + CELLS] for start in range(0, len(strips), CELLS))
    return tuple(sum((row[2 + bit] > 128) << (BITS - 1 - bit) for bit in range(BITS)) for row in rows)
