"""From FFmpeg's pipe to segments that are there before they are finished; the real FFmpeg, its test picture."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.processes import processes_in
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.ffmpeg.outputs import PIPE
from uploader.hls.cuts import Cuts
from uploader.pictures.tail import Tail
from uploader.segments.cutter import Cutter, cutting
from uploader.segments.segment import Abandoned, FinishedSegment, GrowingSegment
from uploader.segments.transport_stream import PACKET, NotTransportStream
from uploader.segments.watcher import DirectoryEvents
from uploader.supervision.headway import RunsAhead
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from uploader.supervision.course import Supervision


class Cut:
    """A supervised camera of this profile, and what came of it."""

    def __init__(self, scratch: Path, **settings: object) -> None:
        camera = {"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"target_width": 426, **settings}}
        self.segments: list[GrowingSegment] = []
        self.told: list[Supervision] = []
        self._supervisor = Supervisor(
            Camera.model_validate(camera),
            binary.find(),
            scratch,
            DirectoryEvents(),
            self._take,
            self.told.append,
        )
        self.task = asyncio.create_task(self._supervisor.run())

    def _take(self, segment: FinishedSegment | GrowingSegment) -> None:
        assert isinstance(segment, GrowingSegment)
        self.segments.append(segment)

    @property
    def finished(self) -> list[FinishedSegment]:
        return [segment.finished for segment in self.segments if segment.finished]

    async def until(self, come: Callable[[], bool], limit: float = 20.0) -> None:
        async with asyncio.timeout(limit):
            while not come():
                assert not self.task.done(), self.task
                await asyncio.sleep(0.01)


@asynccontextmanager
async def cut(scratch: Path, **settings: object) -> AsyncIterator[Cut]:
    result = Cut(scratch, **settings)
    try:
        yield result
    finally:
        result.task.cancel()
        await asyncio.gather(result.task, return_exceptions=True)


def packets(body: bytes) -> list[bytes]:
    return [body[at : at + PACKET] for at in range(0, len(body), PACKET)]


def decoded(body: bytes) -> int:
    """Frames that a decoder which knows nothing else gets out of these bytes."""
    run = [binary.find().path, "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-f", "framecrc", "-"]
    output = subprocess.run(run, input=body, capture_output=True, check=True).stdout.decode()
    return len([line for line in output.splitlines() if not line.startswith("#")])


async def test_a_segment_is_handed_on_with_its_first_frame_and_whole_with_its_last(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="low") as result:
        await result.until(lambda: len(result.finished) >= 3)
        assert processes_in(tmp_path) != []
    first, second, third = result.finished[:3]
    assert [segment.duration for segment in (first, second, third)] == pytest.approx([1.0] * 3)
    assert [segment.discontinuity for segment in (first, second, third)] == [True, False, False]
    assert [decoded(segment.body) for segment in (first, second)] == [15, 15]
    # Fourteen frames lie between the first and the last; a busy machine may see some of them at once.
    took = [growing.finished.finished - growing.began for growing in result.segments[1:3] if growing.finished]
    assert max(took) > 0.5
    assert processes_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


async def test_parts_are_five_frames_each_and_begin_with_a_keyframe_every_sixth_time(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="realtime") as result:
        await result.until(lambda: len(result.finished) >= 14)
    parts = result.finished[:14]
    assert [part.independent for part in parts] == ([True] + [False] * 5) * 2 + [True, False]
    assert [part.duration for part in parts] == pytest.approx([1 / 3] * 14)
    assert [decoded(part.body) for part in parts[::6]] == [5, 5, 5]
    assert decoded(b"".join(part.body for part in parts)) == 5 * 14


async def test_every_object_begins_with_tables_whose_counters_go_on(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="realtime") as result:
        await result.until(lambda: len(result.finished) >= 8)
    starts = [packets(part.body)[:2] for part in result.finished[:8]]
    assert [[packet[1:3] for packet in start] for start in starts] == [[b"\x40\x00", b"\x50\x00"]] * 8
    assert [[packet[3] & 15 for packet in start] for start in starts] == [[count] * 2 for count in range(8)]
    video = [packet for part in result.finished[:8] for packet in packets(part.body) if packet[1] & 0x1F == 1]
    assert all((b[3] - a[3]) & 15 == 1 for a, b in pairwise(video)), "no packet is lost or there twice"


async def test_the_headers_of_the_encoding_are_in_every_part(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="realtime") as result:
        await result.until(lambda: len(result.finished) >= 3)
    for part in result.finished[:3]:
        assert part.body.count(b"\0\0\1\x67") == 5
        assert part.body.count(b"\0\0\1\x68") == 5


async def test_sound_goes_along(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="realtime", audio=True) as result:
        await result.until(lambda: len(result.finished) >= 8)
    loud = [any(packet[1] & 0x1F == 1 and packet[2] == 1 for packet in packets(part.body)) for part in result.finished]
    assert sum(loud) >= len(loud) - 1


async def test_dates_follow_one_another_and_the_clock(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="realtime") as result:
        await result.until(lambda: len(result.finished) >= 10)
        now = datetime.now(UTC)
    parts = result.finished[:10]
    dates = [part.program_date_time for part in parts]
    assert median((b - a).total_seconds() for a, b in pairwise(dates)) == pytest.approx(1 / 3, abs=0.05)
    assert timedelta(0) < now - dates[-1] < timedelta(seconds=5)


async def test_what_is_open_when_the_worker_ends_is_abandoned(tmp_path: Path) -> None:
    async with cut(tmp_path, profile="low") as result:
        await result.until(lambda: len(result.segments) >= 2)
    last = result.segments[-1]
    assert last.finished is None
    with pytest.raises(Abandoned):
        _ = [piece async for piece in last]


def write(path: Path, *, fps: int, seconds: float, paced: bool = True) -> None:
    """Small pictures, a keyframe every second; not `paced`: as fast as it goes."""
    picture = [*(["-re"] if paced else []), "-f", "lavfi", "-i", f"testsrc2=size=64x64:rate={fps}", "-t", str(seconds)]
    output = ["-c:v", "libx264", "-tune", "zerolatency", "-g", str(fps), "-f", "mpegts", "-y", str(path)]
    run = [binary.find().path, "-v", "error", *picture, *output]
    subprocess.run(run, check=True, stdin=subprocess.DEVNULL)


@asynccontextmanager
async def fed(directory: Path, cuts: Cuts) -> AsyncIterator[tuple[Cutter, list[GrowingSegment], Path]]:
    segments: list[GrowingSegment] = []
    with cutting(directory, cuts, segments.append, lambda _: True, Tail()) as cutter:
        yield cutter, segments, directory / PIPE


async def test_what_ffmpeg_wrote_in_its_last_moment_is_a_segment_too(tmp_path: Path) -> None:
    async with fed(tmp_path, Cuts(1.0, by_count=True)) as (cutter, segments, path):
        await asyncio.to_thread(write, path, fps=10, seconds=1.5)
        cutter.end()
    assert [segment.finished.duration for segment in segments if segment.finished] == pytest.approx([1.0, 0.5])


async def test_what_must_not_be_shown_is_abandoned(tmp_path: Path) -> None:
    segments: list[GrowingSegment] = []
    answers = iter((False, True))
    with cutting(tmp_path, Cuts(1.0, by_count=True), segments.append, lambda _: next(answers), Tail()) as cutter:
        await asyncio.to_thread(write, tmp_path / PIPE, fps=10, seconds=2)
        cutter.end()
    assert [segment.finished is not None for segment in segments] == [False, True]


async def test_media_time_that_overtakes_the_clock_is_noticed_and_nothing_of_it_finished(tmp_path: Path) -> None:
    async with fed(tmp_path, Cuts(1.0, by_count=True)) as (cutter, segments, path):
        await asyncio.to_thread(write, path, fps=5, seconds=20.4, paced=False)
        with pytest.raises(RunsAhead):
            await cutter.run()
        # FFmpeg may have ended by itself in the same moment; what is left in the pipe are a few reads.
        for _ in range(4):
            with pytest.raises(RunsAhead):
                cutter.end()
    assert len(segments) >= 3
    assert all(segment.is_over and not segment.finished for segment in segments)


async def test_garbage_in_the_pipe_is_an_error_and_not_a_segment(tmp_path: Path) -> None:
    async with fed(tmp_path, Cuts(1.0)) as (cutter, segments, path):
        with path.open("wb") as pipe:
            pipe.write(bytes(PACKET))
        with pytest.raises(NotTransportStream):
            await cutter.run()
        assert segments == []
