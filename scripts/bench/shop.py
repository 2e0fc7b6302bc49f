"""A shop with many cameras on RTSP, its box and a store, on this machine: all real, but the films are ready."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.publish import Observed, Stored, children
from scripts.bench.worker import worker
from tests.rtsp_camera import RtspCamera
from uploader.hls.playlist import MediaPlaylist, parse
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.rtsp_camera import Clip

PATIENCE = 60.0  # for something to be published, in seconds


@dataclass(slots=True)
class Shop:
    """`pid` is the worker's; `cameras` are numbered as they stand in cameras.yaml."""

    cameras: Sequence[RtspCamera]
    pid: int
    _stored: Stored
    _store: httpx.AsyncClient
    _seen: dict[int, int] = field(default_factory=dict)

    async def playlist(self) -> tuple[float, int, MediaPlaylist]:
        """The next playlist to be written: when (Unix time, s), of which camera, and what it says."""
        async with asyncio.timeout(PATIENCE):
            at, path = await self._stored.playlists.get()
        text = (await self._store.get(path)).raise_for_status().text
        return at, int(path.split("/")[-2].removeprefix("cam_")), parse(text)

    async def until_published(self, count: int) -> None:
        """Resolves when every camera has so many segments more than now; raises TimeoutError."""
        first: dict[int, int] = {}
        missing = set(range(len(self.cameras)))
        while missing:
            _, number, playlist = await self.playlist()
            if playlist.next_sequence >= first.setdefault(number, playlist.next_sequence) + count - 1:
                missing.discard(number)

    def ffmpeg(self, number: int) -> int:
        """The process of this camera's FFmpeg."""
        address = f":{self.cameras[number].port}/".encode()
        found = (pid for pid in children(self.pid) if address in Path(f"/proc/{pid}/cmdline").read_bytes())
        return next(found)


@asynccontextmanager
async def shop(films: Sequence[Clip], settings: Sequence[str], scratch: Path) -> AsyncIterator[Shop]:
    """A worker with a camera for each film. `settings` are theirs, as YAML: "video: copy"."""
    stored, key = Stored(), store_key(scratch)
    app = Observed(create_app(list, storage_routes(ObjectFiles(scratch / "objects"), key=key), "'self'"), stored)
    listener = listen(0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with AsyncExitStack() as stack:
        cameras = [await stack.enter_async_context(RtspCamera(film)) for film in films]
        await stack.enter_async_context(serving(app, listener))
        public = httpx.AsyncClient(base_url=f"{address}/storage/v1/object/public/streams/")
        store = await stack.enter_async_context(public)
        entries = "".join(
            f'- {{id: "cam_{number}", rtsp_url: "{camera.url}", settings: {{{wanted}}}}}\n'
            for number, (camera, wanted) in enumerate(zip(cameras, settings, strict=True))
        )
        process = await stack.enter_async_context(worker(entries, address, key, scratch))
        yield Shop(cameras, process.pid, stored, store)
