"""From a directory that FFmpeg writes to, to finished segments: whole, valid, dated, and with their exact duration.

A segment is finished when FFmpeg's own playlist names it. That playlist is a signal and never published: it restarts at
0, lists what is not stored, and ends with every FFmpeg. Directory events (watchdog) only say when to look; what counts
is what lies there, so a lost event costs a second and an exhausted inotify a quarter of one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from uploader.ffmpeg.outputs import PLAYLIST, SEGMENT_PATTERN
from uploader.hls.playlist import PlaylistError, parse
from uploader.hls.timeline import Timeline, stamped
from uploader.segments.segment import FinishedSegment
from uploader.segments.transport_stream import are_packets, begins_at
from uploader.supervision.headway import Headway, limit
from uploader.supervision.moment import clock_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

    from uploader.hls.playlist import Segment

log = logging.getLogger(__name__)

# How often to look without having been called, in seconds: with events, and where there are none.
LOOK_ANYWAY = 1.0
LOOK_WITHOUT_EVENTS = 0.25


def is_valid(body: bytes) -> bool:
    """Whether these are whole MPEG-TS packets. On a full disk FFmpeg leaves empty and cut files and says nothing."""
    return len(body) > 0 and are_packets(body)


class DirectoryEvents:
    """One watchdog observer for all cameras. Its thread does nothing but wake the event loop."""

    def __init__(self, make: Callable[[], BaseObserver] = Observer) -> None:
        self._make = make
        self._observer: BaseObserver | None = None
        self._refused: OSError | None = None
        self._is_said = False

    @contextmanager
    def running(self) -> Iterator[DirectoryEvents]:
        """Watch until the end of the block."""
        try:
            # Made here, not before: it opens inotify as soon as it is there, and closes it only in its thread.
            self._observer = self._make()
            self._observer.start()
        except OSError as error:  # inotify is used up: watching() then says so, and the watcher looks by itself
            self._refused = error
        try:
            yield self
        finally:
            self._end()

    def _end(self) -> None:
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join(2.0)

    @contextmanager
    def watching(self, directory: Path, wake: asyncio.Event) -> Iterator[bool]:
        """Set `wake` whenever FFmpeg has renewed its playlist in `directory`; gives whether the system will tell."""
        observer = self._observer
        watch, refused = None, self._refused
        if observer is not None and refused is None:
            watch, refused = _scheduled(observer, _Wake(asyncio.get_running_loop(), wake), directory)
        if refused is not None and not self._is_said:
            self._is_said = True  # once: every FFmpeg of every camera comes by here
            log.warning(
                "This system cannot watch directories (%s); looking every %g s.", refused.strerror, LOOK_WITHOUT_EVENTS
            )
        try:
            yield watch is not None
        finally:
            if observer is not None and watch is not None:
                with suppress(KeyError, OSError):  # the directory is gone, and its watch with it
                    observer.unschedule(watch)


def _scheduled(
    observer: BaseObserver, handler: FileSystemEventHandler, directory: Path
) -> tuple[ObservedWatch | None, OSError | None]:
    try:
        return observer.schedule(handler, str(directory), event_filter=[FileMovedEvent]), None
    except OSError as error:
        return None, error


class _Wake(FileSystemEventHandler):
    """Crosses from watchdog's thread into the event loop. It must not raise: watchdog would never call again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wake: asyncio.Event) -> None:
        self._loop = loop
        self._wake = wake

    def on_moved(self, event: FileSystemEvent) -> None:
        if os.fsdecode(event.dest_path).endswith(PLAYLIST):
            with suppress(RuntimeError):  # the loop has ended before the observer
                self._loop.call_soon_threadsafe(self._wake.set)


class Watcher:
    """Follows the directory of one run of FFmpeg and hands each finished segment on, once and in order.

    `zero` tells when its media time was 0, as far as that is known.
    """

    def __init__(
        self,
        events: DirectoryEvents,
        directory: Path,
        offer: Callable[[FinishedSegment], None],
        segment_duration: float,
        zero: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self._events = events
        self._directory = directory
        self._offer = offer
        self._zero = zero
        self._timeline = Timeline()
        self._next = 0
        self._looked_at: tuple[int, int, int] | None = None  # the playlist that was read last
        self._headway = Headway(asyncio.get_running_loop().time(), limit(segment_duration))
        self._held: list[FinishedSegment] = []  # until it is clear that they are no flood's beginning
        self._broken = True  # the first segment of a run follows from nothing

    async def run(self) -> None:
        """Look whenever there may be something new. Raises RunsAhead when media time overtakes the clock; nothing of
        what ran ahead was handed on."""
        wake = asyncio.Event()
        with self._events.watching(self._directory, wake) as told:
            while True:
                self.look()
                wake.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY if told and not self._held else LOOK_WITHOUT_EVENTS):
                        await wake.wait()

    def look(self) -> None:
        """Hand on every segment that has been finished since the last look. Raises RunsAhead."""
        new = [(number, segment) for number, segment in self._listed() if number >= self._next]
        self._measure(new)
        # After a moment of silence FFmpeg finishes several at once: only the last one's end is now.
        later = sum(segment.duration for _, segment in new)
        for number, segment in new:
            later -= segment.duration
            self._pass_over(number)
            self._next = number + 1
            self._take(segment, later)
        if self._headway.doubted is None:
            self._hand_on()

    def end(self) -> None:
        """FFmpeg has ended by itself: take what it finished in its last moment. Raises RunsAhead."""
        self.look()

    def _pass_over(self, number: int) -> None:
        """Segments before this one that FFmpeg lists no more: we were held up. Their files would stay in memory."""
        for passed in range(self._next, number):
            self._broken = True
            with suppress(OSError):
                (self._directory / (SEGMENT_PATTERN % passed)).unlink()

    def _measure(self, new: list[tuple[int, Segment]]) -> None:
        """All that is new at once, before anything of it is handed on."""
        now = asyncio.get_running_loop().time()
        if not new:
            self._headway = self._headway.waited(now)
            return
        self._headway = self._headway.knowing(clock_at(self._zero()))
        first, segment = new[0]
        unlisted = (first - self._next) * segment.duration  # there were more than FFmpeg lists
        self._headway = self._headway.finished(unlisted + sum(segment.duration for _, segment in new), now)

    def _hand_on(self) -> None:
        held, self._held = self._held, []
        for segment in held:
            self._offer(segment)

    def _listed(self) -> list[tuple[int, Segment]]:
        path = self._directory / PLAYLIST
        try:
            made = path.lstat()
            version = (made.st_ino, made.st_mtime_ns, made.st_size)
            if version == self._looked_at:
                return []
            segments = parse(_read(path).decode()).segments
        except (OSError, PlaylistError, UnicodeDecodeError):
            return []
        self._looked_at = version
        return [(int(segment.uri.removesuffix(".ts")), segment) for segment in segments]

    def _take(self, segment: Segment, later: float) -> None:
        """`later` is the media time (s) that was finished together with this segment and comes after it."""
        body = self._consume(segment.uri)
        if not is_valid(body):
            log.debug("segment %s is not whole (%d bytes)", segment.uri, len(body))
            self._broken = True
            return
        seen, zero, ticks = datetime.now(UTC) - timedelta(seconds=later), self._zero(), begins_at(body)
        stamp = stamped(zero, ticks, seen) if zero is not None and ticks is not None else None
        start, self._timeline = self._timeline.place(segment.duration, seen, stamp)
        now = asyncio.get_running_loop().time()
        self._held.append(FinishedSegment(body, segment.duration, start, now, discontinuity=self._broken))
        self._broken = False

    def _consume(self, name: str) -> bytes:
        """The file's bytes; the file itself is not needed any more."""
        path = self._directory / name
        try:
            body = _read(path)
            path.unlink()
        except OSError:
            return b""
        return body


def _read(path: Path) -> bytes:
    # O_NOFOLLOW, O_NONBLOCK: a planted link or pipe is not read; FFmpeg's files are always plain ones.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read()
