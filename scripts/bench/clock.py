"""Reads the time that the test picture carries, out of a finished segment."""

from __future__ import annotations

import asyncio

from uploader.ffmpeg.test_source import BITS, CELL, HEIGHT, LEFT, ROWS, TOP, WIDTH

_ROW = TOP + (ROWS - 1) * CELL + CELL // 2


async def last_picture_time(ffmpeg: str, segment: bytes) -> float:
    """Unix time (s) burnt into the segment's last picture. Raises ValueError when the picture carries none."""
    frames = await _decode(ffmpeg, segment)
    size = WIDTH * HEIGHT
    if len(frames) < size:
        raise ValueError("no picture in this segment")
    return read_time(frames[len(frames) - size :])


def read_time(frame: bytes) -> float:
    """Unix time (s) in one gray frame of WIDTH x HEIGHT bytes."""
    cells = [frame[_ROW * WIDTH + LEFT + index * CELL + CELL // 2] > 128 for index in range(BITS + 4)]
    white, black, *bits, parity, end = cells
    if not (white and end and not black) or sum(bits) % 2 != parity:
        raise ValueError("this picture carries no time")
    return sum(bit << (BITS - 1 - index) for index, bit in enumerate(bits)) / 1000


def since(at: float, burnt_in: float) -> float:
    """Seconds from the time in a picture, which counts modulo 2**32 ms, to `at` (Unix time, s)."""
    return (at - burnt_in) % ((1 << BITS) / 1000)


async def _decode(ffmpeg: str, segment: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        ffmpeg,
        *("-loglevel", "error", "-threads", "1", "-i", "pipe:0", "-vf", f"scale={WIDTH}:{HEIGHT}"),
        *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    frames, _ = await process.communicate(segment)
    return frames
