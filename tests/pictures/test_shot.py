"""A dated picture out of the stream, by the real FFmpegs."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from scripts.bench.clock import last_picture_time
from tests.ffmpegs import ffmpegs
from tests.pictures.test_preview import filmed, filming
from uploader.ffmpeg import binary
from uploader.ffmpeg.test_source import BITS, HEIGHT, WIDTH
from uploader.pictures import still
from uploader.pictures.shot import NotMade, shoot
from uploader.pictures.tail import Tail
from uploader.segments.transport_stream import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg
    from uploader.pictures.shot import Shot

# Seconds by which the date may be off on a machine that is busy; half a second on one that is not.
NEAR = 4.0


async def date_error(shot: Shot) -> float:
    """Seconds between the date of the shot and the clock that is burnt into it."""
    stamp: float = shot.taken_at.timestamp() % (2**BITS / 1000)
    burnt_in = await last_picture_time(binary.find().path, shot.body)
    return abs(stamp - burnt_in)


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
@pytest.mark.parametrize(("profile", "makes"), [("standard", "webp"), ("standard", "jpeg"), ("realtime", "webp")])
async def test_it_is_a_picture_of_the_stream_and_its_date_is_the_clock_in_it(
    ffmpeg: FFmpeg, profile: str, makes: str, tmp_path: Path
) -> None:
    ffmpeg = replace(ffmpeg, makes_webp=ffmpeg.makes_webp and makes == "webp")
    async with filming(tmp_path, ffmpeg, profile) as (_, tail):
        await asyncio.sleep(1.2)  # the keyframe is not the newest picture
        shot = await shoot(ffmpeg, tail)
    assert shot is not None
    assert shot.made is (still.WEBP if ffmpeg.makes_webp else still.JPEG)
    assert (shot.width, shot.height) == (WIDTH, HEIGHT)
    assert shot.body.startswith(b"RIFF" if ffmpeg.makes_webp else b"\xff\xd8")
    assert await date_error(shot) < NEAR


async def test_its_date_is_when_the_keyframe_came_not_when_it_is_asked_for() -> None:
    keyframe, *_, newest = filmed(5, gop=30)
    tail = Tail()
    tail.add(keyframe)
    tail.add(replace(newest, time=keyframe.time + 300 * 90_000))
    shot = await shoot(binary.find(), tail)
    assert shot is not None
    assert 300 <= (datetime.now(UTC) - shot.taken_at).total_seconds() < 300 + NEAR


async def test_without_a_picture_or_an_ffmpeg_there_is_none() -> None:
    tail = Tail()
    assert await shoot(binary.find(), tail) is None
    tail.add(Frame(b"G" * 188, 0, is_keyframe=True))
    for ffmpeg in (binary.find(), replace(binary.find(), path="/nowhere/ffmpeg")):
        with pytest.raises(NotMade):
            await shoot(ffmpeg, tail)


def test_the_sides_stand_in_the_picture() -> None:
    tall = b"RIFF....WEBPVP8 ....\x10\x20\x30\x9d\x01\x2a" + struct.pack("<HH", 0x4000 | 480, 0x8000 | 854)
    assert still.size(tall, still.WEBP) == (480, 854)
    lossless = tall.replace(b"VP8 ", b"VP8L")
    baseline = b"\xff\xd8\xff\xfe\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 480, 854)
    assert still.size(baseline, still.JPEG) == (854, 480)
    for broken in (b"", b"\n", lossless, baseline, tall[:20], b"x" + tall):
        assert still.size(broken, still.WEBP) is None
    assert still.size(baseline[1:], still.JPEG) is None
