"""All cameras of this box: starts them, serves the pages, and ends everything in order on SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uploader.cameras_table import Entry, cameras_table
from uploader.environment import Supabase
from uploader.live_playlist import OBJECT_NAME
from uploader.pipeline import Pipeline
from uploader.reporter import OBJECT_NAME as STATUS_NAME
from uploader.scratch import scratch_directory
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.serving import HOST, serving
from uploader.server.storage_api import storage_routes, store_key
from uploader.storage.credentials import signed_in
from uploader.storage.supabase import supabase_store
from uploader.watcher import DirectoryEvents

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.routing import BaseRoute

    from uploader.cameras import Camera
    from uploader.environment import Environment
    from uploader.ffmpeg import FFmpeg
    from uploader.redaction import Redaction
    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, checked and ready: nothing of it can be the user's mistake any more."""

    cameras: tuple[Camera, ...]
    environment: Environment
    ffmpeg: FFmpeg
    data: Path
    listener: socket.socket
    redaction: Redaction

    @property
    def address(self) -> str:
        """Where this worker's own pages are."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}"


async def run(plan: Plan) -> None:
    """Stream every camera of the plan until SIGTERM or Ctrl-C."""
    stopped = _stop_signal()
    async with AsyncExitStack() as stack:
        scratch = stack.enter_context(scratch_directory(plan.data))
        events = stack.enter_context(DirectoryEvents().running())
        access, routes = _storage(plan)
        identity = await stack.enter_async_context(signed_in(access, plan.environment.location))
        store = await stack.enter_async_context(
            supabase_store(
                url=access.url,
                bucket=plan.environment.bucket,
                identity=identity,
                private=access.private,
            )
        )
        pipelines = [_pipeline(plan, camera, store, scratch, events) for camera in plan.cameras]
        if plan.environment.supabase is not None:
            entries = partial(_entries, store, pipelines)
            await stack.enter_async_context(cameras_table(access.url, identity, entries))
        app = create_app(
            lambda: [_shown(plan, store, pipeline) for pipeline in pipelines],
            routes,
            _origin(access.url),
            lambda camera: next(pipeline.details for pipeline in pipelines if pipeline.camera.id == camera),
        )
        await stack.enter_async_context(serving(app, plan.listener))
        _say_where(plan, store, pipelines)
        await _until(stopped, pipelines)


def _stop_signal() -> asyncio.Event:
    """Set by the first SIGTERM or Ctrl-C; the second ends the process on the spot."""
    stopped = asyncio.Event()

    def stop() -> None:
        if stopped.is_set():
            os._exit(1)  # FFmpeg is ended by the kernel (see the supervisor)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return stopped


def _storage(plan: Plan) -> tuple[Supabase, list[BaseRoute]]:
    """Where objects go; without a Supabase, into a store of our own that speaks the same language."""
    if plan.environment.supabase is not None:
        return plan.environment.supabase, []
    key = store_key(plan.data)
    plan.redaction.learn(key)
    return Supabase(plan.address, key), storage_routes(ObjectFiles(plan.data / "objects"), key=key)


def _pipeline(plan: Plan, camera: Camera, store: ObjectStore, scratch: Path, events: DirectoryEvents) -> Pipeline:
    project = plan.environment.supabase
    return Pipeline(
        camera,
        f"{camera.location or plan.environment.location}/{camera.id}",
        plan.ffmpeg,
        store,
        scratch,
        events,
        is_public=project is None or not project.private,
    )


def _entries(store: ObjectStore, pipelines: Sequence[Pipeline]) -> list[Entry]:
    """What the project's cameras table should say."""
    return [_entry(store, pipeline) for pipeline in pipelines]


def _entry(store: ObjectStore, pipeline: Pipeline) -> Entry:
    url = store.public_url(f"{pipeline.folder}/{OBJECT_NAME}")
    return Entry(pipeline.folder, url, lambda: pipeline.reporter.status)


def _shown(plan: Plan, store: ObjectStore, pipeline: Pipeline) -> dict[str, object]:
    """A camera in the API: its status, and where to find the rest."""
    return {
        "id": pipeline.camera.id,
        **pipeline.reporter.status.as_json(),
        "stream_url": store.public_url(f"{pipeline.folder}/{OBJECT_NAME}"),
        "status_url": store.public_url(f"{pipeline.folder}/{STATUS_NAME}"),
        "page_url": f"{plan.address}/cameras/{pipeline.camera.id}",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _say_where(plan: Plan, store: ObjectStore, pipelines: Sequence[Pipeline]) -> None:
    log.info("Viewer page: %s/", plan.address)
    for pipeline in pipelines:
        log.info("Playlist of %s: %s", pipeline.camera.name, store.public_url(f"{pipeline.folder}/{OBJECT_NAME}"))


async def _until(stopped: asyncio.Event, pipelines: Sequence[Pipeline]) -> None:
    tasks = [asyncio.create_task(pipeline.run(), name=pipeline.camera.id) for pipeline in pipelines]
    try:
        await stopped.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
