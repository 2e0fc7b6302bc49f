"""One camera: standing by while another worker streams it, on virtual time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.configuration.cameras import Camera
from uploader.errors import StorageUnavailable
from uploader.ffmpeg.command import FFmpeg
from uploader.pipeline import Pipeline
from uploader.reporting.status import Condition, State
from uploader.segments.watcher import DirectoryEvents
from uploader.storage import PLAYLIST

FOLDER = "location_1/cam_floor"


def pipeline(store: MemoryStore) -> Pipeline:
    camera = Camera(id="cam_floor", rtsp_url="testsrc://")
    return Pipeline(camera, FOLDER, FFmpeg("ffmpeg", "5.1", 59), store, Path("/nowhere"), DirectoryEvents())


async def write(store: MemoryStore, seconds: int) -> None:
    for number in range(seconds // 2):
        await store.put(f"{FOLDER}/stream.m3u8", str(number).encode(), PLAYLIST)
        await asyncio.sleep(2)


def test_it_stands_by_while_the_other_one_writes_and_takes_over_when_that_one_is_silent() -> None:
    async def story() -> tuple[list[Condition], float]:
        store = MemoryStore()
        standing = pipeline(store)
        waiting = asyncio.create_task(standing.stand_by())
        await write(store, 600)
        assert not waiting.done()
        conditions = [standing.reporter.status.condition]
        began = asyncio.get_running_loop().time()
        await waiting
        return [*conditions, standing.reporter.status.condition], asyncio.get_running_loop().time() - began

    (standing_by, taken_over), silence = run(story())
    assert standing_by.state is State.STOPPED
    assert "Another worker streams this camera" in str(standing_by.reason)
    assert taken_over.state is State.STARTING
    assert 30 <= silence <= 60


def test_a_store_that_cannot_be_reached_is_no_reason_to_take_over() -> None:
    async def story() -> bool:
        store = MemoryStore()
        waiting = asyncio.create_task(pipeline(store).stand_by())
        await write(store, 20)
        store.reading_fails = StorageUnavailable("No way to the store.")
        await asyncio.sleep(600)
        return waiting.done()

    assert not run(story())


def test_a_playlist_that_somebody_removed_is_written_by_nobody() -> None:
    async def story() -> float:
        store = MemoryStore()
        waiting = asyncio.create_task(pipeline(store).stand_by())
        await write(store, 20)
        await store.remove([f"{FOLDER}/stream.m3u8"])
        removed = asyncio.get_running_loop().time()
        await asyncio.wait({waiting}, timeout=600)
        assert waiting.done()
        return asyncio.get_running_loop().time() - removed

    assert 30 <= run(story()) <= 60


def test_who_stands_by_says_no_goodbye_in_the_others_place() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        standing = pipeline(store)
        standing.reporter.stand_by(standing_by=True)
        await standing.reporter.farewell()
        return store

    assert run(story()).history == []
