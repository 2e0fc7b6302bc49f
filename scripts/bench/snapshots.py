"""How old a worker's snapshot.jpg is, also of cameras that seldom send a keyframe."""

from __future__ import annotations

import asyncio
import json
import math
import random
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.clock import last_picture_time, since
from scripts.bench.film import RtspFilm, clip
from scripts.bench.worker import worker
from tests.worker_process import free_port
from uploader.ffmpeg import binary
from uploader.pictures.preview import LINGER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TEST_PICTURE: dict[str, object] = {"id": "cam_floor", "rtsp_url": "testsrc://"}
PATIENCE = 30.0
# Between one snapshot and the next, in seconds, by chance.
PAUSE = (0.05, 0.9)


@dataclass(frozen=True, slots=True)
class Shown:
    """A camera that the real worker shows on its pages: below `address`, asked by `client`. `pid` is the worker's."""

    client: httpx.AsyncClient
    address: str
    pid: int

    async def until_there_is_a_picture(self) -> None:
        """Resolves with the first snapshot; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await self.client.get(f"{self.address}/snapshot.jpg")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass  # it is just starting
                await asyncio.sleep(0.2)


@asynccontextmanager
async def shown(entry: dict[str, object]) -> AsyncIterator[Shown]:
    """A worker with this camera, once there is a picture."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/api/cameras/{entry['id']}"
    with tempfile.TemporaryDirectory(prefix="storefeed-bench-") as directory:
        async with (
            worker(json.dumps([entry]), "", "", Path(directory), port) as process,
            httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as client,
        ):
            camera = Shown(client, address, process.pid)
            await camera.until_there_is_a_picture()
            yield camera


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


async def snapshots(camera: Copied | None, count: int) -> Ages:
    """So many are asked for, one after the other, at moments that chance chooses."""
    if camera is None:
        return Ages(None, await _snapshots(TEST_PICTURE, count, since))
    film = await asyncio.to_thread(clip, fps=camera.fps, gop=camera.gop * camera.fps, size=camera.size)
    async with RtspFilm(film) as source:
        entry = {**camera.entry, "rtsp_url": source.url}
        return Ages(camera, await _snapshots(entry, count, lambda near, burnt_in: near - source.sent(burnt_in, near)))


async def _snapshots(entry: dict[str, object], count: int, age: Callable[[float, float], float]) -> list[float]:
    chance = random.Random(1)
    taken: list[tuple[float, bytes]] = []
    async with shown(entry) as camera:
        await asyncio.sleep(LINGER)  # until it has settled
        while len(taken) < count:
            await asyncio.sleep(chance.uniform(*PAUSE))
            answer = await camera.client.get(f"{camera.address}/snapshot.jpg")
            taken.append((time.time(), answer.content if answer.status_code == 200 else b""))
    ffmpeg = binary.find().path
    ages = [age(at, await last_picture_time(ffmpeg, picture)) for at, picture in taken if picture]
    return sorted(ages) + [math.inf] * (count - len(ages))


def summary(one: Ages) -> str:
    """How old the snapshots were, for people."""
    return (
        f"snapshot.jpg of {one.name}: {len(one.ages)} asks, age p50 {statistics.median(one.ages):.2f} s"
        f"  p95 {one.ages[int(0.95 * (len(one.ages) - 1))]:.2f}  max {one.ages[-1]:.2f}"
    )
