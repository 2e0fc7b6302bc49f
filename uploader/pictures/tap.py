"""Draws off the stream that FFmpeg cuts into files, before it is cut: for whoever wants to see it at once."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from uploader.ffmpeg.outputs import TAP
from uploader.segments import named_pipe
from uploader.segments.transport_stream import FrameReader, NotTransportStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from uploader.pictures.tail import Tail

# How often the pipe is emptied, in seconds: while nobody looks, which is to cost nothing, and while somebody does. The
# pipe holds what a camera of 30 Mbit/s sends meanwhile.
IDLE_PERIOD = 0.25
BUSY_PERIOD = 0.01
READ_SIZE = 64 * 1024


@asynccontextmanager
async def tapping(directory: Path, tail: Tail) -> AsyncIterator[None]:
    """Whatever an FFmpeg writes into the tap in `directory` during the block goes to `tail`."""
    with named_pipe.named_pipe(directory / TAP) as source:
        drawing = asyncio.create_task(_draw(source, tail))
        try:
            yield
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)
            tail.clear()


async def _draw(source: int, tail: Tail) -> None:
    # Where the system gives no large pipes (pipe-user-pages-soft), this one must be emptied more often: it must never
    # be full, or FFmpeg waits.
    idle = IDLE_PERIOD if named_pipe.size_of(source) >= named_pipe.SIZE else BUSY_PERIOD
    reader = FrameReader()
    while True:
        try:
            _empty(source, reader, tail)
        except NotTransportStream:
            reader = FrameReader()
            tail.clear()
        await asyncio.sleep(BUSY_PERIOD if tail.is_followed else idle)


def _empty(source: int, reader: FrameReader, tail: Tail) -> None:
    with suppress(BlockingIOError):
        while data := os.read(source, READ_SIZE):
            for frame in reader.feed(data):
                tail.add(frame)
