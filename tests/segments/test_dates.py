"""EXT-X-PROGRAM-DATE-TIME is when the picture was taken: checked against the clock in the test picture itself."""

from __future__ import annotations

import asyncio
import subprocess
from statistics import median
from typing import TYPE_CHECKING

from scripts.bench.clock import read_time
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.ffmpeg.test_source import BITS
from uploader.segments.segment import FinishedSegment, GrowingSegment
from uploader.segments.watcher import DirectoryEvents
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

PROFILES = ("standard", "low", "realtime")
SECONDS = 9.0
# Dates are true to this many seconds; on a busy machine half of them may be so many times as far off.
TRUE_TO = 0.1
BUSY = 2.0
TAKES = 3


def first_picture(body: bytes) -> bytes:
    """Gray, as the clock is read from."""
    run = [binary.find().path, "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-frames:v", "1"]
    output = ["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    return subprocess.run([*run, *output], input=body, capture_output=True, check=True, timeout=20).stdout


async def filmed(scratch: Path, profile: str) -> list[FinishedSegment]:
    segments: list[FinishedSegment | GrowingSegment] = []
    entry = {"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"profile": profile}}
    with DirectoryEvents().running() as events:
        supervisor = Supervisor(
            Camera.model_validate(entry), binary.find(), scratch, events, segments.append, lambda _: None
        )
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    whole = [segment if isinstance(segment, FinishedSegment) else segment.finished for segment in segments]
    return [segment for segment in whole if segment is not None]


def late(segment: FinishedSegment) -> float:
    """How much later than its first picture was taken the segment is dated (s)."""
    dated: float = segment.program_date_time.timestamp() % (2**BITS / 1000)
    return dated - read_time(first_picture(segment.body))


async def errors(scratch: Path) -> dict[str, list[float]]:
    """By profile: how far off each segment's date is (s)."""
    films = await asyncio.gather(*(filmed(scratch, profile) for profile in PROFILES))
    return {
        profile: [abs(await asyncio.to_thread(late, segment)) for segment in segments[1:] if segment.independent]
        for profile, segments in zip(PROFILES, films, strict=True)
    }


def are_true(off: list[float]) -> bool:
    return bool(off) and min(off) <= TRUE_TO and median(off) <= TRUE_TO * BUSY


async def test_the_date_of_a_segment_is_when_its_first_picture_was_taken(tmp_path: Path) -> None:
    """Filmed again where the machine was too busy to film; what is wrong is wrong each time."""
    for _ in range(TAKES):
        off = await errors(tmp_path)
        if all(map(are_true, off.values())):
            break
    assert all(map(are_true, off.values())), off
