"""From a directory to finished segments, with real files and real events."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest
from watchdog.observers.polling import PollingObserver

from uploader.segments.segment import FinishedSegment
from uploader.segments.watcher import DirectoryEvents, Watcher, is_valid
from uploader.supervision.headway import CONFIRMED_AFTER, RunsAhead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

PACKET = b"\x47" + bytes(187)


class Encoder:
    """Writes segments and its playlist the way FFmpeg does with temp_file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.listed: list[tuple[str, float]] = []

    def segment(self, body: bytes = PACKET * 10, duration: float = 0.02, name: str | None = None) -> None:
        name = name or f"{len(self.listed)}.ts"
        (self.directory / f"{name}.tmp").write_bytes(body)
        (self.directory / f"{name}.tmp").rename(self.directory / name)
        self.listed.append((name, duration))
        self.playlist()

    def playlist(self) -> None:
        lines = "".join(f"#EXTINF:{duration:.6f},\n{name}\n" for name, duration in self.listed[-5:])
        text = f"#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n{lines}"
        (self.directory / "ffmpeg.m3u8.tmp").write_text(text, encoding="utf-8")
        (self.directory / "ffmpeg.m3u8.tmp").rename(self.directory / "ffmpeg.m3u8")


class Watched:
    """A watcher at work, and what it has handed on."""

    def __init__(self, directory: Path, events: DirectoryEvents) -> None:
        self.segments: list[FinishedSegment] = []
        self.arrived = asyncio.Event()
        self.task = asyncio.create_task(Watcher(events, directory, self.take, 1.0).run())

    def take(self, segment: FinishedSegment) -> None:
        self.segments.append(segment)
        self.arrived.set()

    async def until(self, count: int, limit: float = 15.0) -> list[FinishedSegment]:
        async with asyncio.timeout(limit):
            while len(self.segments) < count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.segments


@asynccontextmanager
async def watched(directory: Path, events: DirectoryEvents | None = None) -> AsyncIterator[Watched]:
    with (events or DirectoryEvents()).running() as running:
        result = Watched(directory, running)
        try:
            yield result
        finally:
            result.task.cancel()
            await asyncio.gather(result.task, return_exceptions=True)


async def test_a_stamped_segment_is_dated_by_its_stamp(tmp_path: Path) -> None:
    """However late it is finished: a camera that sends a picture now and then finishes the one before with it."""
    encoder, zero, dates = Encoder(tmp_path), datetime.now(UTC) - timedelta(seconds=30), []
    with DirectoryEvents().running() as events:
        watcher = Watcher(events, tmp_path, lambda segment: dates.append(segment.program_date_time), 1.0, lambda: zero)
        for seconds in (0, 1, 12):
            encoder.segment(stamped_picture(seconds))
            watcher.look()
    assert dates == [zero, zero + timedelta(seconds=1), zero + timedelta(seconds=12)]


def stamped_picture(seconds: int) -> bytes:
    """A packet in which a picture begins, by the letter of ISO/IEC 13818-1 2.4.3.6."""
    ticks = seconds * 90_000
    high, middle, low = ticks >> 30 & 7, ticks >> 15 & 0x7FFF, ticks & 0x7FFF
    time = bytes([0x21 | high << 1, middle >> 7, (middle << 1 | 1) & 0xFF, low >> 7, (low << 1 | 1) & 0xFF])
    return (b"\x47\x41\x00\x10\x00\x00\x01\xe0\x00\x00\x80\x80\x05" + time).ljust(188, b"\xff")


async def test_each_finished_segment_is_handed_on_once_with_its_bytes_and_duration(tmp_path: Path) -> None:
    async with watched(tmp_path) as result:
        encoder = Encoder(tmp_path)
        for count in range(1, 8):
            encoder.segment(PACKET * count, 0.01 * count)
            await result.until(count)
    assert [len(segment.body) for segment in result.segments] == [188 * count for count in range(1, 8)]
    assert [segment.duration for segment in result.segments] == [round(0.01 * count, 6) for count in range(1, 8)]
    assert [segment.discontinuity for segment in result.segments] == [True] + [False] * 6


async def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    async with watched(tmp_path) as result:
        Encoder(tmp_path).segment()
        await result.until(1)
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg.m3u8"]


async def test_a_segment_is_dated_from_when_it_was_finished(tmp_path: Path) -> None:
    async with watched(tmp_path) as result:
        Encoder(tmp_path).segment(duration=0.5)
        (segment,) = await result.until(1)
    taken = datetime.now(UTC) - segment.program_date_time
    assert timedelta(seconds=0.5) <= taken < timedelta(seconds=5)


async def test_a_segment_comes_at_once_not_at_the_next_look(tmp_path: Path) -> None:
    async with watched(tmp_path) as result:
        encoder = Encoder(tmp_path)
        encoder.segment()
        await result.until(1)
        before = asyncio.get_running_loop().time()
        for count in range(2, 12):
            encoder.segment()
            await result.until(count)
        assert asyncio.get_running_loop().time() - before < 8  # ten looks would take ten seconds


async def test_segments_that_were_there_before_the_watch_are_found(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path)
    encoder.segment()
    encoder.segment()
    async with watched(tmp_path) as result:
        assert len(await result.until(2)) == 2


class DeafObserver(PollingObserver):
    """A system that watches no more directories."""

    def schedule(self, *_: object, **__: object) -> ObservedWatch:
        raise OSError(28, "inotify watch limit reached")


def no_observer() -> NoReturn:
    """A system whose inotify is used up altogether: an observer cannot even be made."""
    raise OSError(24, "inotify instance limit reached")


@pytest.mark.parametrize(("make", "limit"), [(DeafObserver, "watch"), (no_observer, "instance")])
async def test_row_39_without_events_it_looks_by_itself(
    make: Callable[[], BaseObserver], limit: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    events = DirectoryEvents(make)
    async with watched(tmp_path, events) as result:
        encoder = Encoder(tmp_path)
        for count in range(1, 4):
            encoder.segment()
            await result.until(count)
        with events.watching(tmp_path, asyncio.Event()) as told:  # the next FFmpeg's
            assert not told
    assert caplog.messages == [
        f"This system cannot watch directories (inotify {limit} limit reached); looking every 0.25 s."
    ]


@pytest.mark.parametrize("body", [b"", PACKET[:100], PACKET * 3 + b"\x47", b"\x00" * 188, PACKET + b"\x00" * 188])
async def test_row_41_a_cut_empty_or_foreign_file_is_left_out_and_marked(body: bytes, tmp_path: Path) -> None:
    assert not is_valid(body)
    async with watched(tmp_path) as result:
        encoder = Encoder(tmp_path)
        encoder.segment()
        encoder.segment(body)
        encoder.segment()
        first, second = await result.until(2)
    assert (first.discontinuity, second.discontinuity) == (True, True)


async def test_a_segment_that_is_listed_but_not_there_is_marked(tmp_path: Path) -> None:
    async with watched(tmp_path) as result:
        encoder = Encoder(tmp_path)
        encoder.listed.append(("0.ts", 0.02))
        encoder.segment(name="1.ts")
        (segment,) = await result.until(1)
    assert segment.discontinuity


async def test_what_ffmpeg_lists_no_more_when_it_is_looked_for_is_marked_and_takes_no_room(tmp_path: Path) -> None:
    """The worker was held up for longer than the list is."""
    encoder, segments = Encoder(tmp_path), list[FinishedSegment]()
    watcher = Watcher(DirectoryEvents(), tmp_path, segments.append, 1.0)
    encoder.segment()
    watcher.look()
    for _ in range(8):
        encoder.segment()
    watcher.look()
    assert [segment.discontinuity for segment in segments] == [True, True, False, False, False, False]
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg.m3u8"]


async def test_row_40_a_planted_link_is_not_followed_and_a_pipe_not_waited_for(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(PACKET)
    run = tmp_path / "run"
    run.mkdir()
    async with watched(run) as result:
        encoder = Encoder(run)
        (run / "0.ts").symlink_to(secret)
        os.mkfifo(run / "1.ts")
        encoder.listed += [("0.ts", 0.02), ("1.ts", 0.02)]
        encoder.segment(PACKET * 2, name="2.ts")
        (segment,) = await result.until(1)
    assert segment.body == PACKET * 2
    assert secret.exists()


@pytest.mark.parametrize("text", ["", "garbage", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n"])
async def test_a_broken_playlist_is_waited_out(text: str, tmp_path: Path) -> None:
    (tmp_path / "ffmpeg.m3u8").write_text(text, encoding="utf-8")
    async with watched(tmp_path) as result:
        Encoder(tmp_path).segment()
        assert len(await result.until(1)) == 1


async def test_media_time_that_overtakes_the_clock_is_not_handed_on(tmp_path: Path) -> None:
    """A second of media time in a tenth of one, after a good beginning; each segment is seen by itself."""
    async with watched(tmp_path) as result:
        encoder = Encoder(tmp_path)
        for _ in range(3):
            await asyncio.sleep(0.2)
            encoder.segment(duration=0.2)
        await result.until(3)
        encoder.segment(duration=0.9)
        for _ in range(4):
            await asyncio.sleep(0.1)
            encoder.segment(duration=1.0)
        with pytest.raises(RunsAhead):
            await asyncio.wait_for(result.task, 15)
    assert len(result.segments) == 3


async def test_a_segment_that_is_a_little_early_is_handed_on_when_nothing_follows(tmp_path: Path) -> None:
    encoder, segments, clock = Encoder(tmp_path), list[FinishedSegment](), asyncio.get_running_loop().time
    watcher, began = Watcher(DirectoryEvents(), tmp_path, segments.append, 1.0), clock()
    encoder.segment(duration=0.9)
    while not segments and clock() - began < 15:
        watcher.look()
        await asyncio.sleep(0.05)
    assert clock() - began >= CONFIRMED_AFTER
    encoder.segment(duration=0.1)
    watcher.look()
    assert [segment.duration for segment in segments] == [0.9, 0.1]


async def test_what_is_finished_all_at_once_is_dated_one_after_the_other(tmp_path: Path) -> None:
    """After a moment of silence FFmpeg fills the gap and finishes several segments together."""
    async with watched(tmp_path) as result:
        await asyncio.sleep(0.8)
        encoder = Encoder(tmp_path)
        for _ in range(4):
            encoder.segment(duration=0.2)
        segments = await result.until(4)
    ends = [segment.program_date_time + timedelta(seconds=segment.duration) for segment in segments]
    assert abs(ends[-1] - datetime.now(UTC)) < timedelta(seconds=1)
    starts = [segment.program_date_time for segment in segments[1:]]
    assert all(abs(start - end) < timedelta(milliseconds=10) for start, end in zip(starts, ends, strict=False))
