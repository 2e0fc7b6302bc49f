"""Players that know nothing of Storefeed play what it publishes: FFmpeg's own HLS demuxer, which is ffplay's."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from scripts.bench.clock import read_time
from tests.worker_process import running
from uploader.ffmpeg import binary
from uploader.ffmpeg.test_source import BITS, HEIGHT, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

# How many segments a stream has when the player comes, so that none begins with the stream itself, and how long the
# longest is (s): what a player reloads the playlist by.
STREAMS = {"stable": (2, 4), "standard": (3, 2), "low": (5, 1), "realtime": (15, 2)}
CAMERAS = "".join(
    f"- {{id: {profile}, rtsp_url: 'testsrc://', settings: {{profile: {profile}, target_width: 426, target_fps: 8}}}}\n"
    for profile in STREAMS
)
SECONDS = 12.0  # of video
# Until a player has found its distance (s): it begins three segments from the end, and those may be short.
SETTLING = 4.0
# On a busy machine a segment may be so much later than another (s), or a picture be filmed twice and the next left out.
BUSY = 2.0
GAP = 0.35


@dataclass(frozen=True, slots=True)
class Picture:
    """When it was taken, by the clock in it, and how old it was when the player could have shown it (s)."""

    taken: float
    age: float

    @classmethod
    def now(cls, frame: bytes) -> Picture:
        taken = read_time(frame)
        return cls(taken, (time.time() - taken) % ((1 << BITS) / 1000))


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
                pictures.append(Picture.now(frame))
            assert (await player.stderr.read(), await player.wait()) == (b"", 0)
    finally:
        if player.returncode is None:
            player.kill()
            await player.wait()
    return pictures


async def test_ffplay_plays_every_profile_without_a_gap_and_without_standing_still(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    with running(tmp_path, "--all") as worker:
        for profile, (count, _) in STREAMS.items():
            worker.until_segments(count, profile)
        shows = await asyncio.gather(*(played(f"{worker.folder}/{profile}/stream.m3u8") for profile in STREAMS))
    for (profile, (_, target_duration)), pictures in zip(STREAMS.items(), shows, strict=True):
        begun = pictures[0].taken
        assert pictures[-1].taken - begun > SECONDS - 1, profile
        assert all(0 <= after.taken - before.taken < GAP for before, after in pairwise(pictures)), profile
        at_first = max(picture.age for picture in pictures if picture.taken - begun < SETTLING)
        assert at_first < 3 * target_duration + BUSY + SETTLING, profile
        assert max(picture.age for picture in pictures) < at_first + BUSY, profile
