"""Finds an FFmpeg that can do the job: the machine's own where it is fit, else the one that `imageio-ffmpeg` carries.

`python -m uploader.ffmpeg.binary` exits with 0 when the machine has a fit one of its own, else with 1 and says why.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.errors import FFmpegError
from uploader.ffmpeg.command import FFmpeg, lists, unfit, version_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# A healthy binary lists its parts in 50 ms; a wrong architecture or a missing library fails at once.
TIMEOUT = 10.0


def find(candidates: Sequence[str] | None = None) -> FFmpeg:
    """The first fit FFmpeg of `candidates`, by default the machine's own and then the carried one.

    Raises FFmpegError, with what is missing and how to get it.
    """
    reasons: list[str] = []
    for path in candidates if candidates is not None else filter(None, (shutil.which("ffmpeg"), _carried())):
        try:
            return examine(path)
        except FFmpegError as error:
            reasons.append(error.what)
    raise FFmpegError(
        " ".join(reasons) or "FFmpeg is not installed.",
        "Install it with 'sudo apt install ffmpeg', or start with scripts/run, which brings its own.",
    )


def examine(path: str) -> FFmpeg:
    """What the program at `path` is; raises FFmpegError when it is no FFmpeg or lacks something a camera needs."""
    try:
        made = Path(path).stat()
    except OSError:
        raise FFmpegError(f"{path} does not work as FFmpeg.") from None
    return _examined(path, (made.st_ino, made.st_size, made.st_mtime_ns))


@cache
def _examined(path: str, made: tuple[int, ...]) -> FFmpeg:  # noqa: ARG001  (asked again only when it is another one)
    known = version_of(_ask(path, "-version"))
    if known is None:
        raise FFmpegError(f"{path} does not work as FFmpeg.")
    encoders = _ask(path, "-encoders")
    lacks = unfit(encoders, _ask(path, "-muxers"), _ask(path, "-demuxers"))
    if lacks:
        raise FFmpegError(f"The FFmpeg at {path} lacks {', '.join(lacks)}.")
    return FFmpeg(path, *known, makes_webp=lists("libwebp", encoders))


def _ask(path: str, question: str) -> str:
    try:
        answer = subprocess.run(
            [path, "-hide_banner", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout


def _carried() -> str | None:
    """The FFmpeg inside the optional package imageio-ffmpeg, where it is installed and has one for this machine."""
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        return None
    import imageio_ffmpeg  # noqa: PLC0415  (optional)

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def _machine_has_one() -> int:
    path = shutil.which("ffmpeg")
    try:
        found = examine(path) if path else None
    except FFmpegError as error:
        sys.stderr.write(f"{error}\n")
        found = None
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(_machine_has_one())
