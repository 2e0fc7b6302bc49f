"""How long a segment takes from its last picture to being listed and readable, and what the worker costs meanwhile.

The real worker streams the test picture over a simulated uplink into the embedded store. The moment a playlist is
stored, every segment it names is read back; the newest one's last picture carries the time it was made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.clock import last_picture_time, since
from scripts.bench.link import Link, linked
from scripts.bench.worker import test_pictures, worker
from uploader.ffmpeg import binary
from uploader.hls.playlist import parse
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WARM_UP = 3  # segments of each camera that do not count
PATIENCE = 30.0  # for the next playlist
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Stored:
    """What the store has seen: (wall clock time, path) of each playlist."""

    playlists: asyncio.Queue[tuple[float, str]] = field(default_factory=lambda: asyncio.Queue(10_000))


class Observed:
    """The embedded store, noting when each playlist became readable."""

    def __init__(self, app: ASGIApp, stored: Stored) -> None:
        self._app = app
        self._stored = stored

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self._stored.playlists.put_nowait((time.time(), scope["path"].partition("/object/streams/")[2]))
            await send(message)

        wanted = scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/stream.m3u8")
        await self._app(scope, receive, noting if wanted else send)


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds used so far, and resident memory in bytes."""

    cpu: float
    memory: int

    @classmethod
    def of(cls, *pids: int) -> Usage:
        """Of these processes together."""
        stats = [Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for pid in pids]
        cpu = sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS
        return cls(cpu, sum(int(fields[21]) for fields in stats) * os.sysconf("SC_PAGE_SIZE"))


def offspring_cpu(pid: int) -> float:
    """CPU seconds that the processes took which `pid` started, those that have ended among them."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    total = (int(fields[13]) + int(fields[14])) / TICKS
    for child in children(pid):
        with suppress(OSError):  # ended just now
            total += Usage.of(child).cpu
    return total


def children(pid: int) -> list[int]:
    """The processes that `pid` started: its FFmpegs."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]


@dataclass(frozen=True, slots=True)
class Result:
    """Delays in seconds, sizes and memory in bytes, CPU as a share of one core for each camera."""

    segments: int
    delay_p50: float
    delay_p95: float
    segment_bytes: float
    worker_cpu: float
    worker_memory: int
    ffmpeg_cpu: float


async def measure(options: argparse.Namespace) -> Result:
    """One run of the real worker against the embedded store behind the link."""
    ffmpeg = binary.find().path
    stored = Stored()
    with tempfile.TemporaryDirectory() as name:
        key = store_key(Path(name))
        routes = storage_routes(ObjectFiles(Path(name) / "objects"), key=key)
        listener = listen(0)
        port = listener.getsockname()[1]
        link = Link(options.rtt / 1000, options.uplink * 1e6 if options.uplink else None)
        async with (
            serving(Observed(create_app(list, routes, "'self'"), stored), listener),
            linked(link, port) as far,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/storage/v1/object/public/streams/") as store,
            worker(
                test_pictures(options.cameras, options.settings), f"http://127.0.0.1:{far.port}", key, Path(name)
            ) as process,
        ):
            return await _collect(options, ffmpeg, stored, store, process.pid)


async def _collect(
    options: argparse.Namespace, ffmpeg: str, stored: Stored, store: httpx.AsyncClient, pid: int
) -> Result:
    counted = options.segments * options.cameras
    sightings = [sighting async for sighting in _sightings(stored, store, ffmpeg, WARM_UP * options.cameras)]
    before, began = (Usage.of(pid), Usage.of(*children(pid))), time.monotonic()
    sightings = [sighting async for sighting in _sightings(stored, store, ffmpeg, counted)]
    after, seconds = (Usage.of(pid), Usage.of(*children(pid))), (time.monotonic() - began) * options.cameras
    delays = [delay for delay, _ in sightings]
    return Result(
        segments=counted,
        delay_p50=statistics.median(delays),
        delay_p95=statistics.quantiles(delays, n=20)[-1],
        segment_bytes=statistics.mean(size for _, size in sightings),
        worker_cpu=(after[0].cpu - before[0].cpu) / seconds,
        worker_memory=after[0].memory,
        ffmpeg_cpu=(after[1].cpu - before[1].cpu) / seconds,
    )


async def _sightings(
    stored: Stored, store: httpx.AsyncClient, ffmpeg: str, count: int
) -> AsyncIterator[tuple[float, int]]:
    """Delay (s) and size (bytes) of the newest segment of each of the next `count` playlists, all of it read back."""
    for _ in range(count):
        async with asyncio.timeout(PATIENCE):
            at, path = await stored.playlists.get()
        playlist = parse(await _text(store, path))
        folder = path.rpartition("/")[0]
        bodies = [await _body(store, f"{folder}/{segment.uri}") for segment in playlist.segments]
        yield since(at, await last_picture_time(ffmpeg, bodies[-1])), len(bodies[-1])


async def _body(store: httpx.AsyncClient, path: str) -> bytes:
    return (await store.get(path)).raise_for_status().content


async def _text(store: httpx.AsyncClient, path: str) -> str:
    return (await _body(store, path)).decode()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench-publish", description=__doc__)
    parser.add_argument("--segments", type=int, default=60, help="how many of each camera (60)")
    parser.add_argument("--cameras", type=int, default=1, help="how many test pictures (1)")
    parser.add_argument("--rtt", type=float, default=60, help="round trip time of the uplink, ms (60)")
    parser.add_argument("--uplink", type=float, default=5, help="its rate, Mbit/s; 0: no limit (5)")
    parser.add_argument("--settings", default="", help="of each camera, as in cameras.yaml: 'frames_every: 10'")
    parser.add_argument("--json", action="store_true", help="figures for programs: seconds, bytes, shares of a core")
    options = parser.parse_args()
    result = asyncio.run(measure(options))
    sys.stdout.write(json.dumps(asdict(result)) + "\n" if options.json else table(options, result))


def table(options: argparse.Namespace, result: Result) -> str:
    """The figures for people, with what they are allowed to be."""
    sending = result.segment_bytes * 8 / (options.uplink * 1e6) if options.uplink else 0.0
    allowed = 2.5 * options.rtt / 1000 + sending + 0.15
    p50, p95 = result.delay_p50 * 1000, result.delay_p95 * 1000
    rate = f"{options.uplink:g} Mbit/s" if options.uplink else "no limit"
    return f"""\
{result.segments} segments of {result.segment_bytes / 1000:.0f} kB, {options.cameras} camera(s), \
uplink {options.rtt:g} ms RTT, {rate}
last picture made -> segment listed and readable   p50 {p50:5.0f} ms   p95 {p95:5.0f} ms
  2.5 round trips + the segment on the uplink + 150 ms would be {allowed * 1000:.0f} ms
worker   {result.worker_cpu * 100:5.2f} % of a core per camera   {result.worker_memory / 1e6:.0f} MB
FFmpeg   {result.ffmpeg_cpu * 100:5.2f} % of a core per camera
"""


if __name__ == "__main__":
    main()
