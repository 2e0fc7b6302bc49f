"""How late the picture on a viewer's screen is, and what that costs: real worker, FFmpeg, RTSP and Chromium.

A camera on RTSP shows a film whose pictures carry the time. The worker publishes it over a simulated uplink into the
embedded store, Chromium plays it over a simulated downlink, and every picture on its screen is read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from scripts.bench.film import NOISE, clip
from scripts.bench.glass import Sight, build, looking
from scripts.bench.ledger import ledger
from scripts.bench.publish import Usage, offspring_cpu
from scripts.bench.rig import Conditions, Rig, rig

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rtsp_camera import Clip

PATIENCE = 30.0  # for the next word from the screen, in seconds
PROFILES = ("stable", "standard", "low", "realtime")
# What a name ends with when the viewer hears of what is stored, instead of asking for it.
PUSH = "+push"
# The documented settings are those of `standard`, played as documented.
CASES = {"documented": ("standard", "documented"), **{profile: (profile, "storefeed") for profile in PROFILES}}
PUSHED = {profile + PUSH: (profile, "storefeed") for profile in PROFILES}


@dataclass(frozen=True, slots=True)
class Result:
    """Delays in seconds; requests and stalls per minute; bytes up per byte of H.264; CPU as a share of one core."""

    name: str
    pictures: int
    delay_p50: float
    delay_p95: float
    delay_max: float
    said_error: float  # what the player claims, minus the truth: median, seconds
    said_error_p95: float  # how far off it is, either way
    stalls: float
    rate_min: float
    rate_max: float
    box_requests: dict[str, float]
    viewer_requests: dict[str, float]
    video_rate: float  # H.264, bits per second
    up_per_byte: float
    worker_cpu: float
    ffmpeg_cpu: float
    unreadable: int
    errors: dict[str, int]


@dataclass(slots=True)
class _Tally:
    """What has happened since the warm-up."""

    delays: list[float] = field(default_factory=list)
    said_errors: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    stalls: int = 0
    unreadable: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    log: TextIO | None = None

    def add(self, sight: Sight, taken: Callable[[float, float], float]) -> None:
        """One more second of looking."""
        delays = [shown - taken(burnt_in, shown) for shown, burnt_in in sight.pictures if burnt_in is not None]
        self.delays += delays
        if delays and sight.said is not None:
            self.said_errors.append(sight.said - delays[-1])
        self.rates.append(sight.rate)
        self.stalls += sight.stalls
        self.unreadable += len(sight.pictures) - len(delays)
        self.errors.update(sight.errors)
        if self.log is not None:
            self.log.write(sight.model_dump_json() + "\n")
            self.log.flush()


async def measure(options: argparse.Namespace, name: str, film: Clip, page: Path) -> Result:
    """One case, from the start of the worker to the end of looking."""
    profile, player = {**CASES, **PUSHED}[name]
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        async with rig(Conditions.of(options), f"profile: {profile}", film, scratch) as line:
            await line.until_published()
            events = line.events if name in PUSHED else None
            async with looking(page, scratch, line.playlist, player, events) as sights:
                await _look(sights, options.warm_up, _Tally(), line)
                return await _watch(options, name, line, sights)


async def _look(sights: asyncio.Queue[Sight], seconds: float, tally: _Tally, line: Rig) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        async with asyncio.timeout(PATIENCE):
            tally.add(await sights.get(), line.taken)


async def _watch(options: argparse.Namespace, name: str, line: Rig, sights: asyncio.Queue[Sight]) -> Result:
    before = (Usage.of(line.process.pid).cpu, offspring_cpu(line.process.pid))
    asked = Counter(line.box.requests), Counter(line.viewer.requests)
    clock, tally = asyncio.get_running_loop().time, _Tally()
    tally.log = options.log
    began = clock()
    await _look(sights, options.seconds, tally, line)
    seconds = clock() - began
    after = (Usage.of(line.process.pid).cpu, offspring_cpu(line.process.pid))
    book = ledger(line.heard, began, clock())
    return Result(
        name=name,
        pictures=len(tally.delays),
        delay_p50=statistics.median(tally.delays),
        delay_p95=statistics.quantiles(tally.delays, n=20)[-1],
        delay_max=max(tally.delays),
        said_error=statistics.median(tally.said_errors),
        said_error_p95=statistics.quantiles(map(abs, tally.said_errors), n=20)[-1],
        stalls=tally.stalls / seconds * 60,
        rate_min=min(tally.rates),
        rate_max=max(tally.rates),
        box_requests=_per_minute(line.box.requests - asked[0], seconds),
        viewer_requests=_per_minute(line.viewer.requests - asked[1], seconds),
        video_rate=book.video * 8 / seconds,
        up_per_byte=book.per_byte,
        worker_cpu=(after[0] - before[0]) / seconds,
        ffmpeg_cpu=(after[1] - before[1]) / seconds,
        unreadable=tally.unreadable,
        errors=dict(tally.errors),
    )


def _per_minute(requests: Counter[str], seconds: float) -> dict[str, float]:
    return {kind: count / seconds * 60 for kind, count in sorted(requests.items())}


async def run(options: argparse.Namespace) -> list[Result]:
    """Every case that is asked for, one after the other."""
    film = clip(noise=NOISE)
    with tempfile.TemporaryDirectory() as page:
        await build(Path(page))
        return [await measure(options, name, film, Path(page)) for name in options.profiles]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench-latency", description=__doc__)
    cases = ",".join(CASES)
    parser.add_argument("--profiles", default=cases, help=f"which, by commas ({cases}); {PUSH} behind one: also pushed")
    parser.add_argument("--seconds", type=float, default=60, help="of looking at each (60)")
    parser.add_argument("--warm-up", type=float, default=20, help="seconds that do not count (20)")
    parser.add_argument(
        "--source", choices=("rtsp", "test"), default="rtsp", help="a camera, or the test picture (rtsp)"
    )
    parser.add_argument("--rtt", type=float, default=60, help="round trip time of the box's link, ms (60)")
    parser.add_argument("--uplink", type=float, default=5, help="its rate, Mbit/s; 0: no limit (5)")
    parser.add_argument("--jitter", type=float, default=0, help="how much longer a packet may take on it, ms (0)")
    parser.add_argument("--viewer-rtt", type=float, default=30, help="round trip time of the viewer's link, ms (30)")
    parser.add_argument("--downlink", type=float, default=20, help="its rate, Mbit/s; 0: no limit (20)")
    parser.add_argument("--put-time", type=float, default=50, help="the store's own time for each object, ms (50)")
    parser.add_argument(
        "--log", type=argparse.FileType("w"), help="a file for every second as it was seen, to look for causes in"
    )
    parser.add_argument(
        "--json", action="store_true", help="figures for programs: seconds, per minute, shares of a core"
    )
    options = parser.parse_args()
    options.profiles = options.profiles.split(",")
    if unknown := [name for name in options.profiles if name not in {*CASES, *PUSHED}]:
        parser.error(f"there is no '{unknown[0]}'; choose from {cases}")
    results = asyncio.run(run(options))
    sys.stdout.write(
        json.dumps([asdict(result) for result in results]) + "\n" if options.json else table(options, results)
    )


def table(options: argparse.Namespace, results: list[Result]) -> str:
    """The figures for people."""
    rate = statistics.mean(result.video_rate for result in results) / 1e6
    conditions = f"""\
{options.seconds:g} s each after {options.warm_up:g} s; video of {rate:.2f} Mbit/s; box {options.rtt:g} ms RTT, \
{options.uplink:g} Mbit/s up, jitter {options.jitter:g} ms; viewer {options.viewer_rtt:g} ms RTT, \
{options.downlink:g} Mbit/s down; {options.put_time:g} ms per PUT
"""
    titles = (
        f"{'':14}{'median':>8}{'p95':>8}{'stalls':>8}{'rate':>12}{'said':>8}{'up/byte':>9}{'FFmpeg':>8}{'worker':>8}"
    )
    head = [conditions, f"{titles}  requests per minute of box | viewer"]
    return "\n".join([*head, *(_line(result) for result in results)]) + "\n"


def _line(result: Result) -> str:
    box, viewer = (
        ", ".join(f"{count:.0f} {kind}" for kind, count in requests.items())
        for requests in (result.box_requests, result.viewer_requests)
    )
    return (
        f"{result.name:14}{result.delay_p50:6.2f} s{result.delay_p95:6.2f} s{result.stalls:8.1f}"
        f"{result.rate_min:7.2f}-{result.rate_max:.2f}{result.said_error:+6.2f} s{result.up_per_byte:9.3f}"
        f"{result.ffmpeg_cpu * 100:6.1f} %{result.worker_cpu * 100:6.1f} %  {box} | {viewer}"
    )


if __name__ == "__main__":
    main()
