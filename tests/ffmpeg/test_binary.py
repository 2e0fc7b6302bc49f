"""An FFmpeg that can do the job is found, and what is none is told from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uploader.errors import FFmpegError
from uploader.ffmpeg import binary
from uploader.ffmpeg.command import unfit, version_of

if TYPE_CHECKING:
    from pathlib import Path


def test_versions_are_read_from_the_banner() -> None:
    banner = "ffmpeg version 5.1.9-0+deb12u1 Copyright (c)\nbuilt with gcc\nlibavformat    59. 27.100 / 59. 27.100\n"
    assert version_of(banner) == ("5.1.9-0+deb12u1", 59)
    assert version_of("bash: no such thing") is None


def test_an_ffmpeg_without_x264_is_not_fit() -> None:
    encoders = " V..... mpeg4    MPEG-4 part 2\n A..... aac    AAC\n"
    both = "  E hls    Apple\n  E mpegts    TS\n D  rtsp    RTSP input\n D  lavfi   Libavfilter\n"
    assert unfit(encoders, both, both) == ["libx264"]


def test_the_machines_ffmpeg_is_found_and_examined() -> None:
    assert binary.find().libavformat >= 58


def test_a_program_that_is_no_ffmpeg_is_refused_and_the_next_one_taken(tmp_path: Path) -> None:
    fit = binary.find()
    assert binary.find([str(impostor(tmp_path)), str(tmp_path / "missing"), fit.path]) == fit


def test_without_a_fit_ffmpeg_it_says_what_is_wrong_and_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(FFmpegError) as missing:
        binary.find([])
    assert str(missing.value).startswith("FFmpeg is not installed. Install it with 'sudo apt install ffmpeg'")
    with pytest.raises(FFmpegError, match="does not work as FFmpeg"):
        binary.find([str(tmp_path / "missing")])


def test_what_replaces_an_ffmpeg_is_examined_anew(tmp_path: Path) -> None:
    program = tmp_path / "replaced"
    program.symlink_to(binary.find().path)
    assert binary.examine(str(program)).version == binary.find().version
    impostor(tmp_path).rename(program)
    with pytest.raises(FFmpegError, match="does not work as FFmpeg"):
        binary.examine(str(program))


def impostor(directory: Path) -> Path:
    program = directory / "ffmpeg"
    program.write_text("#!/bin/sh\necho hello\n", encoding="utf-8")
    program.chmod(0o755)
    return program
