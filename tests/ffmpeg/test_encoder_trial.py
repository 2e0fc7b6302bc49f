"""Which encoder is used: one that has proved to work. There is no hardware here, so programs stand in for FFmpeg."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from uploader.ffmpeg import binary
from uploader.ffmpeg.command import FFmpeg
from uploader.ffmpeg.encoder_trial import Encoders
from uploader.ffmpeg.encoders import has_failed

if TYPE_CHECKING:
    from pathlib import Path


def box(directory: Path, story: str) -> FFmpeg:
    """An FFmpeg on a box with other hardware. It keeps a list of what it was asked to encode with."""
    program = directory / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys, time\nname = sys.argv[sys.argv.index('-c:v') + 1]\n"
        f"open({str(directory / 'asked')!r}, 'a').write(name + '\\n')\n"
        f"def encode(): sys.stdout.buffer.write(bytes(5000))\n{story}\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return FFmpeg(str(program), "5.1", libavformat=59)


def asked(directory: Path) -> list[str]:
    return sorted((directory / "asked").read_text(encoding="utf-8").split())


async def test_auto_takes_the_best_that_works(tmp_path: Path) -> None:
    ffmpeg = box(tmp_path, "encode() if name in ('h264_vaapi', 'h264_v4l2m2m') else sys.exit(1)")
    assert await Encoders(ffmpeg).choose("auto") == "h264_vaapi"


async def test_without_hardware_it_is_libx264(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(1)")).choose("auto") == "libx264"


async def test_an_encoder_that_ends_well_and_gives_nothing_does_not_work(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(0)")).choose("auto") == "libx264"


async def test_an_encoder_that_hangs_is_given_up(tmp_path: Path) -> None:
    ffmpeg = box(tmp_path, "encode() if name == 'h264_v4l2m2m' else time.sleep(60)")
    encoders = Encoders(ffmpeg, deadline=1.0)
    assert await encoders.choose("auto") == "h264_v4l2m2m"


async def test_all_cameras_share_one_trial_and_only_of_what_is_wanted(tmp_path: Path) -> None:
    encoders = Encoders(box(tmp_path, "encode()"))
    assert await asyncio.gather(*(encoders.choose("h264_nvmpi") for _ in range(8))) == ["h264_nvmpi"] * 8
    assert asked(tmp_path) == ["h264_nvmpi"]


async def test_libx264_needs_no_trial(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "encode()")).choose("libx264") == "libx264"
    assert not (tmp_path / "asked").exists()


async def test_a_named_encoder_that_does_not_work_is_replaced(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(1)")).choose("h264_nvenc") == "libx264"


async def test_an_encoder_that_fails_later_is_not_chosen_again(tmp_path: Path) -> None:
    encoders = Encoders(box(tmp_path, "encode()"))
    assert await encoders.choose("auto") == "h264_nvenc"
    encoders.failed("h264_nvenc")
    assert await encoders.choose("auto") == "h264_vaapi"


async def test_the_real_ffmpeg_passes_the_trial_where_it_can() -> None:
    assert await Encoders(binary.find())._works("libx264")
    # Jetson's: in no FFmpeg that is not made for it.
    assert not await Encoders(binary.find())._works("h264_nvmpi")


def test_an_encoder_is_blamed_for_what_it_says() -> None:
    assert has_failed("h264_nvenc", ["[h264_nvenc @ 0x1] [error] OpenEncodeSessionEx failed: out of memory (10)"])
    assert has_failed("h264_vaapi", ["[enc:h264_vaapi @ 0x1] [error] Failed to upload"])
    assert not has_failed("h264_nvenc", ["[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized"])
    assert not has_failed("libx264", ["[libx264 @ 0x1] [error] broken"])
