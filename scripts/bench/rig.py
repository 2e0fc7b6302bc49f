"""A camera, a box, a store and the links between them, as in a shop: real but for the distance."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.bench.clock import since
from scripts.bench.far_store import Counts, FarStore
from scripts.bench.film import RtspFilm
from scripts.bench.link import Heard, Link, linked
from scripts.bench.worker import worker
from tests.worker_process import free_port
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.playlist_events import events_path
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.rtsp_camera import Clip

CAMERA = "cam_bench"
PATIENCE = 60.0  # for the first playlist, in seconds


@dataclass(frozen=True, slots=True)
class Conditions:
    """How far away and how busy everything is. Durations in seconds; `source` is "rtsp", or "test" for testsrc://."""

    up: Link
    down: Link
    put_time: float
    source: str = "rtsp"

    @classmethod
    def of(cls, options: argparse.Namespace) -> Conditions:
        """As the command line says: milliseconds, and Mbit/s with 0 for no limit."""
        return cls(
            Link(options.rtt / 1000, options.uplink * 1e6 or None, None, options.jitter / 1000),
            Link(options.viewer_rtt / 1000, None, options.downlink * 1e6 or None),
            options.put_time / 1000,
            options.source,
        )


@dataclass(slots=True)
class Rig:
    """`playlist` is its address for viewers, `events` where they hear of it, as near to them as the store; `box` and
    `viewer` count requests from each side; `heard` is all that the box has sent, connection by connection."""

    camera: RtspFilm
    process: asyncio.subprocess.Process
    heard: list[Heard]
    box: Counts
    viewer: Counts
    playlist: str
    events: str

    def taken(self, burnt_in: float, near: float) -> float:
        """Unix time (s) at which the picture with this time in it was taken, a moment before `near`."""
        if self.camera.began:
            return self.camera.sent(burnt_in, near)
        return near - since(near, burnt_in)

    async def until_published(self, objects: int = 3) -> None:
        """Resolves when so many media objects are stored; raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(objects):
                await self.box.media.get()


@asynccontextmanager
async def rig(conditions: Conditions, settings: str, film: Clip, scratch: Path) -> AsyncIterator[Rig]:
    """A worker that publishes the film, from its start to its end. `settings` are YAML: "profile: low"."""
    key, box, viewer = store_key(scratch), Counts(), Counts()
    app = create_app(list, storage_routes(ObjectFiles(scratch / "objects"), key=key), "'self'")
    listeners, heard = [listen(0) for _ in range(2)], list[Heard]()
    ports = [listener.getsockname()[1] for listener in listeners]
    own = free_port()
    public = "storage/v1/object/public/streams/"
    async with (
        RtspFilm(film) as camera,
        serving(FarStore(app, conditions.put_time, box), listeners[0]),
        serving(FarStore(app, conditions.put_time, viewer), listeners[1]),
        linked(conditions.up, ports[0], heard) as far,
        linked(conditions.down, ports[1]) as near,
        linked(conditions.down, own) as hearing,
    ):
        source = camera.url if conditions.source == "rtsp" else "testsrc://"
        cameras = f'- {{id: "{CAMERA}", rtsp_url: "{source}", settings: {{{settings}}}}}\n'
        playlist = f"http://127.0.0.1:{near.port}/{public}location_1/{CAMERA}/stream.m3u8"
        events = f"http://127.0.0.1:{hearing.port}{events_path(CAMERA)}"
        async with worker(cameras, f"http://127.0.0.1:{far.port}", key, scratch, own) as process:
            yield Rig(camera, process, heard, box, viewer, playlist, events)
