"""A camera whose scratch directory is full, then has room again: `python -m tests.faults.full_disk DIRECTORY`.

A program of its own, because it runs on a file system that only it sees. It prints what came of it, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tests.supervision.observed import supervised
from uploader.ffmpeg import binary
from uploader.reporting.status import State

# What is left (bytes): room for FFmpeg's playlist, and not for a segment of the test picture.
LEFT = 60 * 1024


def fill(directory: Path) -> Path:
    """Leave hardly any room."""
    room = os.statvfs(directory)
    filler = directory / "filler"
    filler.write_bytes(b"\0" * (room.f_bavail * room.f_frsize - LEFT))
    return filler


async def story(directory: Path) -> dict[str, object]:
    filler = fill(directory)
    async with supervised(binary.find(), directory) as observed:
        await observed.until(lambda: State.STALLED in observed.states, 20)
        conditions = [(condition.reason, condition.advice) for condition in observed.conditions]
        handed_on = len(observed.segments)
        filler.unlink()
        emptied = time.monotonic()
        await observed.until(lambda: len(observed.segments) >= handed_on + 2, 30)
        return {
            "handed_on": handed_on,
            "conditions": conditions,
            "recovered": time.monotonic() - emptied,
            "marked": observed.segments[handed_on].discontinuity,
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(story(Path(sys.argv[1])))))
