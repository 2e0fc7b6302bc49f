"""Stand-ins for FFmpeg: small programs that do one thing real ones do on a bad day."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from uploader.ffmpeg.command import FFmpeg

if TYPE_CHECKING:
    from pathlib import Path

# What every stand-in knows: its directory (at the end of the last argument), how to finish a segment and to
# report progress.
_PRELUDE = """
import os, signal, sys, time
directory = os.path.dirname(sys.argv[-1]).rpartition("]")[2]
started, names = time.monotonic(), []

def segment(duration=2.0, mark=b"", whole=True):
    name = f"{len(names)}.ts"
    with open(f"{directory}/{name}", "wb") as file:
        file.write(((b"\\x47" + mark.ljust(187)) * 10)[: None if whole else 1000])
    names.append(f"#EXTINF:{duration:.6f},\\n{name}\\n")
    with open(f"{directory}/ffmpeg.m3u8.tmp", "w") as file:
        file.write("#EXTM3U\\n#EXT-X-TARGETDURATION:2\\n" + "".join(names[-5:]))
    os.rename(f"{directory}/ffmpeg.m3u8.tmp", f"{directory}/ffmpeg.m3u8")

def progress(seconds):
    print(f"out_time_us={int(seconds * 1e6)}\\nprogress=continue", flush=True)

def film(seconds, period=0.2):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        progress(time.monotonic() - started)
        time.sleep(period)
"""


def stand_in(directory: Path, story: str) -> FFmpeg:
    """A program that lives this story (Python, after the prelude)."""
    program = directory / "stand-in-ffmpeg"
    program.write_text(f"#!{sys.executable}\n{_PRELUDE}\n{story}\n", encoding="utf-8")
    program.chmod(0o755)
    return FFmpeg(str(program), "5.1", libavformat=59)
