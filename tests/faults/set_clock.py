"""A camera watched on a box whose clock is set: `python -m tests.faults.set_clock STORY` (JSON).

A program of its own, because libfaketime has to be there from its beginning (`environment`); what it cannot bear
(time.sleep, and what waits with it) is done by whoever starts it. The clock is `offset` seconds off at first, then
`later`. It prints what a viewer could have seen, as JSON, and leaves the segments in the directory, by their number.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from pathlib import Path

from tests.quirks.watching import History, watching
from uploader.ffmpeg.command import FFmpeg

BEFORE, AFTER = 3, 5  # so many segments of a second


def library() -> str:
    """Where libfaketime is."""
    return next(str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


def environment(directory: Path, offset: float) -> dict[str, str]:
    """What lets a program believe in a clock that is `offset` seconds off, and follow what is written there later."""
    set_clock(directory, offset)
    return {
        "LD_PRELOAD": library(),
        "FAKETIME_TIMESTAMP_FILE": str(directory / "offset"),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def set_clock(directory: Path, offset: float) -> None:
    """For all programs that were started in that environment."""
    (directory / "offset.new").write_text(f"{offset:+.0f}", encoding="utf-8")
    (directory / "offset.new").rename(directory / "offset")


def believing(ffmpeg: FFmpeg, directory: Path, offset: float) -> FFmpeg:
    """This FFmpeg under that clock: it gets nothing of the worker's environment."""
    program = directory / "ffmpeg"
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment(directory, offset).items())
    program.write_text(f'#!/bin/sh\nexec env {variables} {ffmpeg.path} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return FFmpeg(str(program), ffmpeg.version, ffmpeg.libavformat)


async def story(
    directory: str, url: str, ffmpeg: tuple[str, str, int], later: float, settings: dict[str, object]
) -> dict[str, object]:
    clock = asyncio.get_running_loop().time
    async with watching(url, FFmpeg(*ffmpeg), Path(directory, "scratch"), settings) as history:
        await history.until(lambda seen: len(seen.published) >= BEFORE, 30)
        await asyncio.sleep(0.5)  # in the middle of a segment
        set_clock(Path(directory), later)
        step = clock()
        await history.until(lambda seen: _since(seen, step) >= AFTER, 40)
        for published in history.published:
            Path(directory, f"{published.sequence}.ts").write_bytes(published.body)
        return {
            "step": step,
            "segments": [
                {
                    "at": published.at,
                    "sequence": published.sequence,
                    "duration": published.segment.duration,
                    "date": published.segment.program_date_time.timestamp(),  # type: ignore[union-attr]
                    "discontinuity": published.segment.discontinuity,
                }
                for published in history.published
            ],
            "reasons": history.reasons,
            "lateness": history.lateness,
            "video": history.status["video"],
        }


def _since(history: History, moment: float) -> int:
    return sum(published.at > moment for published in history.published)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(story(**json.loads(sys.argv[1])))))
