"""All cameras of this box: starts them, serves the pages, follows the files, and ends all in order on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uploader.configuration.environment import Supabase
from uploader.edit import Edit
from uploader.ffmpeg.encoder_trial import Encoders
from uploader.fleet import Fleet
from uploader.heap import kept_small
from uploader.pages import pages
from uploader.pictures.frames import Darkroom
from uploader.pictures.unattended_frames import UnattendedFrames
from uploader.pipeline import Pipeline
from uploader.reload import Reload
from uploader.reporting.cameras_table import Entry, cameras_table
from uploader.reporting.frames_table import frames_table
from uploader.retirement import retire
from uploader.segments.scratch import scratch_directory
from uploader.segments.watcher import DirectoryEvents
from uploader.server.objects import ObjectFiles
from uploader.server.playlist_events import events_path
from uploader.server.serving import serving
from uploader.server.storage_api import storage_routes, store_key
from uploader.service import systemd
from uploader.storage.connections import is_loopback
from uploader.storage.credentials import signed_in
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.routing import BaseRoute

    from uploader.configuration.camera import Camera
    from uploader.plan import Plan
    from uploader.storage import ObjectStore
    from uploader.storage.identity import Identity
    from uploader.storage.supabase import SupabaseStore

log = logging.getLogger(__name__)


async def run(plan: Plan) -> None:
    """Stream every camera of the plan until SIGTERM or Ctrl-C."""
    stopped = _stop_signal()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(kept_small())
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
        darkroom = await _darkroom(plan, store, access.url, identity, stack)
        made = partial(_pipeline, plan, store, scratch, events, Encoders(plan.ffmpeg), darkroom)
        fleet = Fleet(plan.place, made, partial(retire, store, rows=darkroom.rows))
        reload = Reload(plan.sources, plan.configuration, plan.selected, fleet, identity, plan.redaction)
        if plan.environment.supabase is not None:
            entries = partial(_entries, fleet)
            await stack.enter_async_context(cameras_table(access.url, identity, entries))
        app = pages(plan, access, routes, fleet, lambda: reload.problems)
        await stack.enter_async_context(serving(app, plan.listener))
        log.info("Viewer page: %s/", plan.address)
        if plan.token is not None:
            log.info("It asks for a token; the link that has it: python live_stream.py link")
        # Last, so that the cameras end first: what they say in the end is still stored and served.
        await stack.enter_async_context(fleet.sailing())
        fleet.apply(Edit(plan.cameras))
        await stack.enter_async_context(systemd.told(os.environ, partial(_summary, fleet)))
        unattended = _unattended_frames(plan, store, fleet, reload, darkroom)
        await _until(stopped, reload, unattended)


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


def _pipeline(
    plan: Plan,
    store: ObjectStore,
    scratch: Path,
    events: DirectoryEvents,
    encoders: Encoders,
    darkroom: Darkroom,
    camera: Camera,
    folder: str,
) -> Pipeline:
    # Viewers of a project are elsewhere, and cannot reach this box.
    events_url = events_path(camera.id) if plan.environment.supabase is None else None
    return Pipeline(
        camera,
        folder,
        plan.ffmpeg,
        store,
        scratch,
        events,
        is_public=plan.is_public,
        encoders=encoders,
        events_url=events_url,
        darkroom=darkroom,
    )


async def _darkroom(plan: Plan, store: SupabaseStore, url: str, identity: Identity, stack: AsyncExitStack) -> Darkroom:
    """Whose clock the dates of frames are compared with, and which database hears of them."""
    # A store on this box has the same clock, which cannot confirm itself.
    ahead = (lambda: None) if is_loopback(urlsplit(url).hostname or "") else store.ahead
    if plan.environment.supabase is None:
        return Darkroom(ahead)
    return Darkroom(ahead, await stack.enter_async_context(frames_table(url, identity)))


def _unattended_frames(
    plan: Plan, store: ObjectStore, fleet: Fleet, reload: Reload, darkroom: Darkroom
) -> UnattendedFrames:
    def known() -> dict[str, timedelta]:
        return {plan.place(camera): timedelta(days=camera.settings.frames_keep_days) for camera in reload.cameras}

    def attended() -> set[str] | None:
        # Whose folder it is cannot be told while an entry of cameras.yaml is broken.
        return None if reload.problems else {pipeline.folder for pipeline in (*fleet.pipelines, *fleet.leaving)}

    return UnattendedFrames(store, plan.environment.location, attended, known, darkroom)


def _entries(fleet: Fleet) -> list[Entry]:
    """What the project's cameras table should say."""
    return [_entry(pipeline) for pipeline in (*fleet.pipelines, *fleet.leaving)]


def _entry(pipeline: Pipeline) -> Entry:
    return Entry(pipeline.folder, pipeline.stream_url, lambda: pipeline.reporter.status)


def _summary(fleet: Fleet) -> str:
    return systemd.summary(pipeline.reporter.status.condition.state for pipeline in fleet.pipelines)


async def _until(stopped: asyncio.Event, reload: Reload, unattended: UnattendedFrames) -> None:
    """Follow the files until it is over."""
    tasks = [
        asyncio.create_task(reload.run(), name="reload"),
        asyncio.create_task(unattended.run(), name="unattended frames"),
    ]
    try:
        await stopped.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
