"""Players that know nothing of Storefeed play what it publishes: FFmpeg's own HLS demuxer, which is ffplay's."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from scripts.bench.clock import read_time
from tests.worker_process import running
from uploader.ffmpeg import binary
from uploader.ffmpeg.test_source import HEIGHT, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

# How many segments a stream has when the player comes, that none begins with the stream itself.
SEGMENTS = {"stable": 2, "standard": 3, "low": 5, "realtime": 15}
SECONDS = 12.0  # of video
# Until a player has found its distance (s): it begins three segments from the end, which are one second of parts.
SETTLING = 4.0
CAMERAS = "".join(
    f'- {{id: {profile}, rtsp_url: "testsrc://", settings: {{profile: {profile}, target_width: 426, target_fps: 10}}}}\n'
    for profile in SEGMENTS
)
STEP = 0.1  # s between two pictures


@dataclass(frozen=True, slots=True)
class Picture:
    """When it was taken and when the player had it, Unix time (s)."""

    taken: float
    decoded: float

    @property
    def age(self) -> float:
        return self.decoded - self.taken


async def played(url: str) -> list[Picture]:
    """What the player shows of `SECONDS` of a stream, each picture as soon as it can be shown."""
    player = await asyncio.create_subprocess_exec(
        *(binary.find().path, "-loglevel", "error", "-nostdin", "-threads", "1", "-i", url, "-t", str(SECONDS)),
        *("-vf", f"scale={WIDTH}:{HEIGHT}", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert player.stdout is not None
    assert player.stderr is not None
    pictures: list[Picture] = []
    try:
        async with asyncio.timeout(SECONDS + 40):
            while frame := await player.stdout.read(1):
                frame += await player.stdout.readexactly(WIDTH * HEIGHT - 1)
                pictures.append(Picture(read_time(frame), time.time()))
            assert (await player.stderr.read(), await player.wait()) == (b"", 0)
    finally:
        if player.returncode is None:
            player.kill()
            await player.wait()
    return pictures


async def test_ffplay_plays_every_profile_without_a_gap_and_without_standing_still(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    with running(tmp_path, "--all") as worker:
        for profile, count in SEGMENTS.items():
            worker.until_segments(count, profile)
        urls = [f"{worker.folder}/{profile}/stream.m3u8" for profile in SEGMENTS]
        shows = await asyncio.gather(*(played(url) for url in urls))
    for profile, pictures in zip(SEGMENTS, shows, strict=True):
        taken = [picture.taken for picture in pictures]
        print(profile, len(pictures), max(b - a for a, b in zip(taken, taken[1:])), [round(p.age,2) for p in pictures[::10]])
