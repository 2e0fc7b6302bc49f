"""How long it takes until a camera is live: from the start of the worker, and again after something happened to it."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.shop import Shop, shop
from tests.rtsp_camera import Away, Drop, Freeze, encoded

if TYPE_CHECKING:
    from tests.rtsp_camera import Fault

# Seconds between one camera and the next, so that they do not all come back at the same moment.
STAGGERED = 0.4
# Longer than it takes to notice.
FROZEN, AWAY = 8.0, 5.0
FAULTS: dict[str, Fault | None] = {
    "FFmpeg is killed": None,
    "the camera freezes for 8 s": Freeze(FROZEN),
    "the camera hangs up": Drop(),
    "the camera restarts in 5 s": Away(AWAY),
}


# Keyframes so many frames apart, 15 of them a second: what is copied, and what has to be converted.
STARTS = {"a keyframe every 2 s": 30, "a keyframe every 8 s": 120}


async def starts(name: str, times: int) -> list[float]:
    """Seconds from the start of a worker with one camera to its first playlist, so many times."""
    film = encoded(fps=15, gop=STARTS[name], size="640x360", seconds=16)
    took = []
    for _ in range(times):
        began = time.time()
        with tempfile.TemporaryDirectory() as scratch:
            async with shop([film], ["video: auto"], Path(scratch)) as stand:
                took.append((await stand.playlist())[0] - began)
    return took


async def recoveries(name: str, times: int) -> list[float]:
    """Seconds from the end of the fault to a playlist with a segment from after it, of so many cameras once each.

    Each has its own, because a camera that fails again and again is asked ever more seldom.
    """
    film = encoded(fps=15, gop=30, size="640x360")
    with tempfile.TemporaryDirectory() as scratch:
        async with shop([film] * times, ["video: auto"] * times, Path(scratch)) as stand:
            await stand.until_published(3)
            back = asyncio.create_task(_back(stand))
            try:
                async with asyncio.TaskGroup() as faults:
                    ended = [faults.create_task(_fail(stand, number, FAULTS[name])) for number in range(times)]
                returned = await back
            finally:
                back.cancel()
    return [returned[number] - ended[number].result() for number in range(times)]


async def _fail(stand: Shop, number: int, fault: Fault | None) -> float:
    """Let it happen; when it was over (Unix time, s)."""
    await asyncio.sleep(number * STAGGERED)
    if fault is None:
        os.kill(stand.ffmpeg(number), signal.SIGKILL)
    else:
        await fault.happen(stand.cameras[number])
    return time.time()


async def _back(stand: Shop) -> dict[int, float]:
    """When each camera's playlist was first seen with a discontinuity in it."""
    returned: dict[int, float] = {}
    while len(returned) < len(stand.cameras):
        at, number, playlist = await stand.playlist()
        if playlist.discontinuity_sequence or any(segment.discontinuity for segment in playlist.segments):
            returned.setdefault(number, at)
    return returned
