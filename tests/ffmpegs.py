"""The FFmpegs to test with: the machine's own and the one that imageio-ffmpeg carries, years apart.

STOREFEED_TEST_FFMPEGS names others instead, with ':' between them.
"""

from __future__ import annotations

import os
import shutil
from functools import cache
from typing import TYPE_CHECKING

import imageio_ffmpeg

from uploader.errors import FFmpegError
from uploader.ffmpeg import binary

if TYPE_CHECKING:
    from uploader.ffmpeg.command import FFmpeg


@cache
def ffmpegs() -> tuple[FFmpeg, ...]:
    """Each of them once, by version."""
    named = os.environ.get("STOREFEED_TEST_FFMPEGS", "").split(":")
    found = [binary.examine(path) for path in filter(None, named)] or [*_own(), *_carried()]
    return tuple({ffmpeg.version: ffmpeg for ffmpeg in found}.values())


def by_version() -> dict[str, FFmpeg]:
    """The same, by what they call themselves."""
    return {ffmpeg.version: ffmpeg for ffmpeg in ffmpegs()}


def _own() -> list[FFmpeg]:
    path = shutil.which("ffmpeg")
    return [binary.examine(path)] if path else []


def _carried() -> list[FFmpeg]:
    try:
        return [binary.examine(imageio_ffmpeg.get_ffmpeg_exe())]
    except (FFmpegError, RuntimeError):
        return []  # it has none for this kind of machine
