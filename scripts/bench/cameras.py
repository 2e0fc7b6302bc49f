"""What cameras cost: FFmpeg for one of them, the worker for many; and the time to start, and to recover from a fault.

Everything is real but the cameras, which send a film over RTSP that was encoded beforehand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.publish import Usage
from scripts.bench.recovery import FAULTS, STARTS, recoveries, starts
from scripts.bench.shop import Shop, shop
from tests.rtsp_camera import encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rtsp_camera import Clip

INPUTS: dict[str, Callable[[], Clip]] = {
    "480p15": lambda: encoded(fps=15, gop=30, size="854x480"),
    "1080p25": lambda: encoded(fps=25, gop=50, size="1920x1080"),
}
MODES = ("transcode", "copy")
# What a good substream is: nothing has to be converted.
SUBSTREAM = {"fps": 15, "gop": 30, "size": "640x360"}
# Segments of each camera that do not count.
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU as a share of one core, memory in bytes."""

    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Result:
    """FFmpeg's cost by input and mode, the worker's by the number of cameras, starts (s) by what the camera sends,
    recoveries (s) by what happened."""

    ffmpeg: dict[str, dict[str, Cost]]
    worker: dict[int, Cost]
    start: dict[str, list[float]]
    recovery: dict[str, list[float]]


async def measure(options: argparse.Namespace) -> Result:
    """All that is asked for, one after the other."""
    return Result(
        ffmpeg=await _ffmpeg(options.seconds) if options.seconds else {},
        worker={count: await _worker(count, options.seconds) for count in options.cameras} if options.seconds else {},
        start={name: await starts(name, options.times) for name in STARTS} if options.times else {},
        recovery={name: await recoveries(name, options.times) for name in FAULTS} if options.times else {},
    )


async def _ffmpeg(seconds: float) -> dict[str, dict[str, Cost]]:
    films = {name: film() for name, film in INPUTS.items()}
    cases = [(name, mode) for name in films for mode in MODES]
    settings = [f"video: {mode}" for _, mode in cases]
    with tempfile.TemporaryDirectory() as scratch:
        async with shop([films[name] for name, _ in cases], settings, Path(scratch)) as stand:
            await stand.until_published(WARM_UP)
            costs = await _costs([stand.ffmpeg(number) for number in range(len(cases))], seconds)
    by_case = dict(zip(cases, costs, strict=True))
    return {name: {mode: by_case[name, mode] for mode in MODES} for name in films}


async def _worker(count: int, seconds: float) -> Cost:
    with tempfile.TemporaryDirectory() as scratch:
        async with shop([encoded(**SUBSTREAM)] * count, ["video: copy"] * count, Path(scratch)) as stand:
            await stand.until_published(WARM_UP)
            reading = asyncio.create_task(_read_on(stand))
            try:
                return (await _costs([stand.pid], seconds))[0]
            finally:
                reading.cancel()


async def _read_on(stand: Shop) -> None:
    while True:
        await stand.playlist()


async def _costs(pids: list[int], seconds: float) -> list[Cost]:
    before, began = [Usage.of(pid) for pid in pids], time.monotonic()
    await asyncio.sleep(seconds)
    after, took = [Usage.of(pid) for pid in pids], time.monotonic() - began
    return [Cost((b.cpu - a.cpu) / took, b.memory) for a, b in zip(before, after, strict=True)]


def table(result: Result) -> str:
    """The figures for people, with what they are allowed to be."""
    lines = []
    for name, costs in result.ffmpeg.items():
        copied, made = costs["copy"].cpu, costs["transcode"].cpu
        lines.append(
            f"FFmpeg, {name}: transcode {made * 100:5.2f} % of a core, copy {copied * 100:5.2f} %"
            f"  (1/{made / copied if copied else 0:.0f}; at most 1/10)"
        )
    for count, cost in result.worker.items():
        lines.append(
            f"worker, {count:2} camera(s): {cost.cpu * 100 / count:5.2f} % of a core per camera (at most 1 %), "
            f"{cost.memory / 1e6:.0f} MB (at most {70 + 2 * count})"
        )
    for name, seconds in result.start.items():
        lines.append(
            f"{name}: first playlist after {statistics.median(seconds):.1f} s p50, {max(seconds):.1f} s max of "
            f"{len(seconds)}"
        )
    for name, seconds in result.recovery.items():
        lines.append(
            f"{name}: live again in {statistics.median(seconds):.1f} s p50, {max(seconds):.1f} s max of {len(seconds)}"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench-cameras", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="length of each CPU measurement; 0: none (30)")
    parser.add_argument("--cameras", type=int, nargs="*", default=[1, 8, 32], help="how many for the worker (1 8 32)")
    parser.add_argument("--times", type=int, default=10, help="starts, and recoveries from each fault; 0: none (10)")
    parser.add_argument("--json", action="store_true", help="figures for programs: seconds, bytes, shares of a core")
    options = parser.parse_args()
    result = asyncio.run(measure(options))
    sys.stdout.write(json.dumps(asdict(result)) + "\n" if options.json else table(result))


if __name__ == "__main__":
    main()
