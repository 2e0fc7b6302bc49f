"""A publisher with a camera before it, on virtual time, and what a viewer could have seen of it at every moment."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from uploader.configuration.cameras import Camera
from uploader.hls.playlist import MediaPlaylist, parse
from uploader.hls.window import serial_of
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.segments.segment import FinishedSegment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.memory_store import MemoryStore

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
FOLDER = "location_1/cam_floor"
CAMERA = Camera(id="cam_floor", name="Floor Camera", rtsp_url="testsrc://")
PLAYLIST_PATH = f"{FOLDER}/stream.m3u8"


def now() -> datetime:
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())


class Box:
    """A publisher with a camera that gives a segment every two seconds."""

    def __init__(self, store: MemoryStore) -> None:
        self.reporter = Reporter(CAMERA, FOLDER, store, now)
        self.publisher = Publisher(store, FOLDER, CAMERA.settings, self.reporter)

    async def film(self, segments: int, *, duration: float = 2.0, cut: bool = True) -> None:
        for index in range(segments):
            await asyncio.sleep(duration)
            finished = asyncio.get_running_loop().time()
            start = now() - timedelta(seconds=duration)
            body = b"segment" * (len(repr(finished)) + index)
            self.publisher.offer(FinishedSegment(body, duration, start, finished, discontinuity=cut and index == 0))


@asynccontextmanager
async def working(store: MemoryStore) -> AsyncIterator[Box]:
    box = Box(store)
    task = asyncio.create_task(box.publisher.run())
    try:
        yield box
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def playlists(store: MemoryStore) -> list[MediaPlaylist]:
    return [parse(body.decode()) for path, body in store.history if path == PLAYLIST_PATH]


def audit(store: MemoryStore) -> None:
    """Every playlist version a viewer could have read keeps the invariants, and none was written for nothing."""
    stored: set[str] = set()
    number_of: dict[int, str] = {}
    last = MediaPlaylist(0)
    text = b""
    for path, body in store.history:
        name = path.removeprefix(f"{FOLDER}/")
        if path != PLAYLIST_PATH:
            assert name not in stored or serial_of(name) is None, f"{name} was used twice"
            stored.add(name)
            continue
        assert body != text, "the same playlist was written twice"
        text = body
        playlist = parse(body.decode())
        assert playlist.media_sequence >= last.media_sequence
        assert playlist.discontinuity_sequence >= last.discontinuity_sequence
        assert last.target_duration in {0, playlist.target_duration}
        for number, segment in enumerate(playlist.segments, playlist.media_sequence):
            assert segment.uri in stored, f"{segment.uri} is listed but not stored"
            assert number_of.setdefault(number, segment.uri) == segment.uri
            assert int(segment.duration + 0.5) <= playlist.target_duration
        last = playlist
    assert store.most_writing.get(PLAYLIST_PATH, 0) <= 1
