"""How late the moving picture of preview.mjpeg is, what it costs while somebody looks and while nobody does; and how
old snapshot.jpg is, also of cameras that seldom send a keyframe.

The real worker films the test picture, whose pictures carry the time they were made; viewers on the same machine note
when each of them was there. The other cameras are on RTSP and copied, their pictures carry a time as well.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.clock import last_picture_time, since
from scripts.bench.publish import Usage, children
from scripts.bench.snapshots import CAMERAS, TEST_PICTURE, Shown, shown, snapshots, summary
from uploader.ffmpeg import binary
from uploader.ffmpeg.outputs import TAP
from uploader.pictures.tail import Tail
from uploader.pictures.tap import tapping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WARM_UP = 2.0
PART = re.compile(rb"Content-Length: (\d+)\r\n\r\n")
# Pictures of all viewers whose clock is read; all would take longer than the run.
READ = 120


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


async def measure(viewers: int, seconds: float) -> Result:
    """So many viewers look for so long."""
    async with shown(TEST_PICTURE) as camera:
        seen = [Seen() for _ in range(viewers)]
        looking = [asyncio.create_task(_look(camera, one)) for one in seen]
        await asyncio.sleep(WARM_UP)
        for one in seen:
            one.pictures.clear()
        before = Usage.of(camera.pid).cpu, _preview_cpu(camera.pid)
        await asyncio.sleep(seconds)
        after = Usage.of(camera.pid).cpu, _preview_cpu(camera.pid)
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


async def _look(camera: Shown, seen: Seen) -> None:
    async with camera.client.stream("GET", f"{camera.address}/preview.mjpeg") as response:
        rest = b""
        async for data in response.aiter_bytes():
            rest += data
            while (head := PART.search(rest)) and len(rest) >= (end := head.end() + int(head[1])):
                seen.pictures.append((time.time(), rest[head.end() : end]))
                rest = rest[end:]


async def _delays(seen: Seen, read: int) -> list[float]:
    step = max(1, len(seen.pictures) // read)
    ffmpeg = binary.find().path
    return [since(at, await last_picture_time(ffmpeg, picture)) for at, picture in seen.pictures[::step]]


def _preview_cpu(pid: int) -> float:
    """Seconds of CPU that the FFmpeg has used which makes the preview."""
    found = (child for child in children(pid) if b"mpjpeg" in Path(f"/proc/{child}/cmdline").read_bytes())
    return sum(Usage.of(child).cpu for child in found)


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
