"""FFmpeg's pipe -> segments, handed on with their first frame and filled while they are made.

What the watcher is to a directory, this is to a pipe in one: nothing waits for the end of a segment before it goes out.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from uploader.ffmpeg.outputs import PIPE
from uploader.hls.timeline import Timeline, stamped
from uploader.segments.named_pipe import named_pipe
from uploader.segments.segment import FinishedSegment, GrowingSegment
from uploader.segments.transport_stream import Frame, FrameReader
from uploader.supervision.headway import Headway
from uploader.supervision.moment import clock_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from uploader.hls.cuts import Cuts
    from uploader.pictures.tail import Tail

READ_SIZE = 64 * 1024
# How often to look whether what is held may go, in seconds.
LOOK_AT_HELD = 0.1


@contextmanager
def cutting(
    directory: Path,
    cuts: Cuts,
    begun: Callable[[GrowingSegment], None],
    accept: Callable[[FinishedSegment], bool],
    tail: Tail,
    zero: Callable[[], datetime | None] = lambda: None,
) -> Iterator[Cutter]:
    """A cutter for the FFmpeg that will write into the pipe in `directory`. Each segment goes to `begun` with its first
    frame, and to `accept` with its last, which may say that it must not be shown: then it is abandoned. Each frame goes
    to `tail`, too. `zero` tells when FFmpeg's media time was 0, as far as that is known."""
    with named_pipe(directory / PIPE) as source:
        cutter = Cutter(source, cuts, begun, accept, tail, zero)
        try:
            yield cutter
        finally:
            cutter.abandon()
            tail.clear()


class Cutter:
    """Cuts what one run of FFmpeg writes. Made by `cutting`."""

    def __init__(
        self,
        source: int,
        cuts: Cuts,
        begun: Callable[[GrowingSegment], None],
        accept: Callable[[FinishedSegment], bool],
        tail: Tail,
        zero: Callable[[], datetime | None],
    ) -> None:
        self._source = source
        self._cuts = cuts
        self._begun = begun
        self._accept = accept
        self._tail = tail
        self._reader = FrameReader()
        self._zero = zero
        self._timeline = Timeline()
        self._growing: GrowingSegment | None = None
        self._begins_at = 0  # its first frame's time
        self._count = 0
        self._headway = Headway(asyncio.get_running_loop().time())
        # Until it is clear that they are no flood's beginning: they are sent already, and not finished.
        self._held: list[tuple[GrowingSegment, FinishedSegment]] = []
        self._unmeasured = 0.0
        self._seen = datetime.now(UTC)  # when the last frame came

    async def run(self) -> None:
        """Read for ever. Raises RunsAhead when media time overtakes the clock, and NotTransportStream."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._source, readable.set)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AT_HELD if self._held else None):
                        await readable.wait()
                readable.clear()
                self._read()
                self._hand_on()
        finally:
            loop.remove_reader(self._source)

    def look(self) -> None:
        """Take what FFmpeg has written since the last look. Raises RunsAhead, and NotTransportStream."""
        self._read()

    def end(self) -> None:
        """FFmpeg has ended by itself: take what it wrote in its last moment. What it has of a segment is one, too."""
        self._read()
        if (duration := self._cuts.end()) is not None:
            self._finish(duration)
            self._hand_on()

    def abandon(self) -> None:
        """Nothing more is wanted of a segment that is not finished."""
        for growing, _ in self._held:
            growing.abandon()
        if self._growing is not None:
            self._growing.abandon()

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while data := os.read(self._source, READ_SIZE):
                for frame in self._reader.feed(data):
                    self._take(frame)
                self._hand_on()

    def _take(self, frame: Frame) -> None:
        self._tail.add(frame)
        place = self._cuts.place(frame)
        if place.ended is not None:
            self._finish(place.ended)
        self._seen = datetime.now(UTC)
        if place.begins:
            self._begin(frame, discontinuity=place.discontinuity)
        elif self._growing is not None:
            self._growing.add(frame.packets)
        if place.ends is not None:
            self._finish(place.ends)

    def _begin(self, frame: Frame, *, discontinuity: bool) -> None:
        now = asyncio.get_running_loop().time()
        self._begins_at = frame.time
        self._growing = GrowingSegment(now, independent=frame.is_keyframe, discontinuity=discontinuity)
        self._growing.add(self._reader.tables.numbered(self._count) + frame.packets)
        self._count += 1
        self._begun(self._growing)

    def _finish(self, duration: float) -> None:
        growing = self._growing
        if growing is None:
            return
        now = asyncio.get_running_loop().time()
        self._growing, self._unmeasured = None, self._unmeasured + duration
        # The last picture was taken when it came; it lasts until the next one.
        end = self._seen + timedelta(seconds=self._cuts.interval)
        zero = self._zero()
        stamp = stamped(zero, self._begins_at, end) if zero is not None else None
        start, self._timeline = self._timeline.place(duration, end, stamp)
        segment = FinishedSegment(growing.body, duration, start, now, growing.discontinuity, growing.independent)
        self._held.append((growing, segment))

    def _hand_on(self) -> None:
        """What is finished and cannot be a flood. Raises RunsAhead."""
        now = asyncio.get_running_loop().time()
        fresh = self._unmeasured
        if fresh:
            self._headway = self._headway.knowing(clock_at(self._zero()))
        self._headway = self._headway.finished(fresh, now) if fresh else self._headway.waited(now)
        self._unmeasured = 0.0  # what ran ahead still does when it is measured again
        while self._held and self._headway.doubted is None:
            growing, segment = self._held.pop(0)
            if self._accept(segment):
                growing.finish(segment)
            else:
                growing.abandon()
