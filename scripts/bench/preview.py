"""How late the moving picture of preview.mjpeg is, what it costs while somebody looks and while nobody does; and how
old snapshot.jpg is, also of cameras that seldom send a keyframe.

The real worker films the test picture, whose pictures carry the time they were made; viewers on the same machine note
when each of them was there. The other cameras are on RTSP and copied, their pictures carry a time as well.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.clock import last_picture_time
from scripts.bench.film import RtspFilm, clip
from uploader.ffmpeg import binary
from uploader.ffmpeg.command import TAP
from uploader.ffmpeg.test_source import BITS
from uploader.pictures.preview import LINGER
from uploader.pictures.tail import Tail
from uploader.pictures.tap import tapping
from uploader.server.serving import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).parent.parent.parent
ENTRY: dict[str, object] = {"id": "cam_floor", "rtsp_url": "testsrc://"}
PATIENCE = 30.0
WARM_UP = 2.0
TICKS = os.sysconf("SC_CLK_TCK")
PART = re.compile(rb"Content-Length: (\d+)\r\n\r\n")
# Pictures of all viewers whose clock is read; all would take longer than the run.
READ = 120
# Between one snapshot and the next, in seconds, by chance.
PAUSE = (0.05, 0.9)


@dataclass(slots=True)
class Seen:
    """What came to one viewer: (wall clock time, JPEG)."""

    pictures: list[tuple[float, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """With so many viewers: seconds from the picture to the viewer, pictures a second, CPU of a core (0..1)."""

    viewers: int
    delay_p50: float
    delay_p95: float
    fps: float
    worker_cpu: float
    preview_cpu: float


@dataclass(frozen=True, slots=True)
class Copied:
    """A camera on RTSP whose stream is copied: a keyframe every `gop` seconds."""

    gop: int
    fps: int = 15
    size: str = "854x480"

    @property
    def entry(self) -> dict[str, object]:
        """What cameras.yaml says of it, but for its address."""
        settings = {"video": "copy", "segment_duration": self.gop, "target_width": int(self.size.split("x")[0])}
        return {"id": "cam_floor", "settings": settings}


CAMERAS = (None, Copied(4), Copied(8), Copied(8, 25, "1920x1080"))


@dataclass(frozen=True, slots=True)
class Ages:
    """How old a camera's snapshots were, in seconds, `inf` where there was none; `camera` None: the test picture."""

    camera: Copied | None
    ages: list[float]

    @property
    def name(self) -> str:
        """What it is."""
        one = self.camera
        return f"copied {one.size} at {one.fps}, keyframe every {one.gop} s" if one else "test picture"


@asynccontextmanager
async def worker(directory: Path, entry: dict[str, object] = ENTRY) -> AsyncIterator[tuple[str, int]]:
    """The real one, with this camera: its address and its process id."""
    (directory / "cameras.yaml").write_text(json.dumps([entry]), encoding="utf-8")
    with listen(0) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "STOREFEED_PORT": str(port), "STOREFEED_DATA": str(directory / "data")}
    environment = {name: value for name, value in environment.items() if not name.startswith("SUPABASE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "live_stream.py"), "--all"),
        cwd=directory,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/api/cameras/cam_floor", process.pid
    finally:
        process.terminate()
        await process.wait()


async def measure(viewers: int, seconds: float) -> Result:
    """So many viewers look for so long."""
    with tempfile.TemporaryDirectory(prefix="storefeed-bench-") as directory:
        async with (
            worker(Path(directory)) as (address, pid),
            httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as client,
        ):
            await _until_there_is_a_picture(client, address)
            seen = [Seen() for _ in range(viewers)]
            looking = [asyncio.create_task(_look(client, f"{address}/preview.mjpeg", one)) for one in seen]
            await asyncio.sleep(WARM_UP)
            for one in seen:
                one.pictures.clear()
            before = _cpu(pid), _preview_cpu(pid)
            await asyncio.sleep(seconds)
            after = _cpu(pid), _preview_cpu(pid)
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
    delays = sorted([delay for one in seen for delay in await _delays(one, READ // viewers)])
    return Result(
        viewers,
        statistics.median(delays),
        delays[int(0.95 * (len(delays) - 1))],
        statistics.mean(len(one.pictures) for one in seen) / seconds,
        (after[0] - before[0]) / seconds,
        (after[1] - before[1]) / seconds,
    )


async def snapshots(camera: Copied | None, count: int) -> Ages:
    """So many are asked for, one after the other, at moments that chance chooses."""
    if camera is None:
        return Ages(None, await _snapshots(ENTRY, count, lambda near, burnt_in: near % (2**BITS / 1000) - burnt_in))
    film = await asyncio.to_thread(clip, fps=camera.fps, gop=camera.gop * camera.fps, size=camera.size)
    async with RtspFilm(film) as source:
        entry = {**camera.entry, "rtsp_url": source.url}
        return Ages(camera, await _snapshots(entry, count, lambda near, burnt_in: near - source.sent(burnt_in, near)))


async def _snapshots(entry: dict[str, object], count: int, age: Callable[[float, float], float]) -> list[float]:
    chance = random.Random(1)
    taken: list[tuple[float, bytes]] = []
    with tempfile.TemporaryDirectory(prefix="storefeed-bench-") as directory:
        async with worker(Path(directory), entry) as (address, _), httpx.AsyncClient(timeout=PATIENCE) as client:
            await _until_there_is_a_picture(client, address)
            await asyncio.sleep(LINGER)  # until it has settled
            while len(taken) < count:
                await asyncio.sleep(chance.uniform(*PAUSE))
                answer = await client.get(f"{address}/snapshot.jpg")
                taken.append((time.time(), answer.content if answer.status_code == 200 else b""))
    ffmpeg = binary.find().path
    ages = [age(at, await last_picture_time(ffmpeg, picture)) for at, picture in taken if picture]
    return sorted(ages) + [math.inf] * (count - len(ages))


async def _until_there_is_a_picture(client: httpx.AsyncClient, address: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if (await client.get(f"{address}/snapshot.jpg")).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it is just starting
            await asyncio.sleep(0.2)


async def _look(client: httpx.AsyncClient, url: str, seen: Seen) -> None:
    async with client.stream("GET", url) as response:
        rest = b""
        async for data in response.aiter_bytes():
            rest += data
            while (head := PART.search(rest)) and len(rest) >= (end := head.end() + int(head[1])):
                seen.pictures.append((time.time(), rest[head.end() : end]))
                rest = rest[end:]


async def _delays(seen: Seen, read: int) -> list[float]:
    step = max(1, len(seen.pictures) // read)
    ffmpeg = binary.find().path
    return [at % (2**BITS / 1000) - await last_picture_time(ffmpeg, picture) for at, picture in seen.pictures[::step]]


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _preview_cpu(pid: int) -> float:
    """And that the FFmpeg has which makes the preview."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    return sum(_cpu(int(child)) for child in children if b"mpjpeg" in Path(f"/proc/{child}/cmdline").read_bytes())


async def cost_when_off(seconds: float) -> float:
    """What keeping the newest pictures at hand takes of a core (0..1) while nobody looks."""
    with tempfile.TemporaryDirectory(prefix="storefeed-bench-") as directory:
        tail = Tail()
        async with tapping(Path(directory), tail):
            film = ["-re", "-f", "lavfi", "-i", "testsrc2=size=854x480:rate=15", "-t", str(seconds)]
            encoded = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30"]
            output = ["-f", "mpegts", "-flush_packets", "1", "-y", f"{directory}/{TAP}"]
            process = await asyncio.create_subprocess_exec(
                *(binary.find().path, "-v", "error", *film, *encoded, *output), stdin=asyncio.subprocess.DEVNULL
            )
            began = time.process_time()
            await process.wait()
            return (time.process_time() - began) / seconds


HEADINGS = "viewers  delay p50  p95    fps   worker  FFmpeg of the preview (of a core)"


def row(one: Result) -> str:
    """The figures of this many viewers, for people."""
    return (
        f"{one.viewers:7d}  {1000 * one.delay_p50:6.0f} ms  {1000 * one.delay_p95:4.0f}  {one.fps:5.1f}"
        f"  {one.worker_cpu:5.1%}  {one.preview_cpu:5.1%}"
    )


def summary(one: Ages) -> str:
    """How old the snapshots were, for people."""
    return (
        f"snapshot.jpg of {one.name}: {len(one.ages)} asks, age p50 {statistics.median(one.ages):.2f} s"
        f"  p95 {one.ages[int(0.95 * (len(one.ages) - 1))]:.2f}  max {one.ages[-1]:.2f}"
    )


async def _run(options: argparse.Namespace) -> AsyncIterator[str]:
    if options.viewers:
        yield HEADINGS
    for viewers in options.viewers:
        yield row(await measure(viewers, options.seconds))
    yield f"while nobody looks: {await cost_when_off(options.seconds):.2%} of a core for each camera"
    for camera in CAMERAS if options.snapshots else ():
        yield summary(await snapshots(camera, options.snapshots))


async def _tell(options: argparse.Namespace) -> None:
    async for line in _run(options):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each measurement takes")
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 10], help="how many look at once")
    parser.add_argument("--snapshots", type=int, default=60, help="how many are asked for, of each camera")
    asyncio.run(_tell(parser.parse_args()))


if __name__ == "__main__":
    main()
