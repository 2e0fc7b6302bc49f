"""A removed camera leaves the bucket: no viewer meets a hole, and nothing starts at nought when it returns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.hls.playlist import MediaPlaylist, Segment, parse
from uploader.hls.window import resume, segment_name
from uploader.pictures.frames import kind
from uploader.pictures.still import WEBP
from uploader.retirement import GRACE, retire
from uploader.storage import PLAYLIST, SEGMENT, STATUS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from uploader.pictures.shot import Shot

FOLDER = "location_1/cam_floor"
NAMES = [segment_name(serial, "5a1f00c3") for serial in range(40, 45)]
LISTED = MediaPlaylist(
    2,
    media_sequence=41,
    discontinuity_sequence=3,
    segments=tuple(Segment(name, 2.0, discontinuity=name == NAMES[2]) for name in NAMES[1:]),
)


async def stored() -> MemoryStore:
    """What a camera leaves behind: its window, a segment that had just left it, its status."""
    store = MemoryStore()
    for name in NAMES:
        await store.put(f"{FOLDER}/{name}", b"G", SEGMENT)
    await store.put(f"{FOLDER}/stream.m3u8", LISTED.render().encode(), PLAYLIST)
    await store.put(f"{FOLDER}/status.json", b"{}", STATUS)
    await store.put("location_1/cam_door/stream.m3u8", b"another camera's", PLAYLIST)
    return store


def names(store: MemoryStore) -> set[str]:
    return {path.removeprefix(f"{FOLDER}/") for path in store.objects if path.startswith(FOLDER)}


def test_the_playlist_is_emptied_first_and_segments_go_when_nobody_can_want_them() -> None:
    async def story() -> tuple[MemoryStore, list[set[str]]]:
        store = await stored()
        task = asyncio.create_task(retire(store, FOLDER, asyncio.Event()))
        seen = []
        for seconds in (GRACE - 1, 2, GRACE - 2, 2):
            await asyncio.sleep(seconds)
            playlist = parse(store.objects[f"{FOLDER}/stream.m3u8"].decode())
            assert {segment.uri for segment in playlist.segments} <= names(store)
            seen.append(names(store) - {segment.uri for segment in playlist.segments})
        await task
        return store, seen

    store, unlisted = run(story())
    rest = {"stream.m3u8", "status.json"}
    assert unlisted == [{NAMES[0], *rest}, {*NAMES, *rest}, {*NAMES, *rest}, rest]
    assert "location_1/cam_door/stream.m3u8" in store.objects


def test_the_numbers_go_on_when_the_camera_returns() -> None:
    async def story() -> MemoryStore:
        store = await stored()
        await retire(store, FOLDER, asyncio.Event())
        return store

    left = run(story()).objects[f"{FOLDER}/stream.m3u8"].decode()
    again = resume(left, {"stream.m3u8"}, target_duration=4, length=5).playlist
    assert (again.next_sequence, again.discontinuity_sequence, again.segments) == (45, 4, ())


def test_in_a_hurry_it_is_done_at_once_in_the_same_order() -> None:
    async def story() -> tuple[MemoryStore, float]:
        store, hurry = await stored(), asyncio.Event()
        task = asyncio.create_task(retire(store, FOLDER, hurry))
        await asyncio.sleep(5)
        began = asyncio.get_running_loop().time()
        hurry.set()
        await task
        return store, asyncio.get_running_loop().time() - began

    store, took = run(story())
    assert names(store) == {"stream.m3u8", "status.json"}
    assert took < 1


def test_what_another_worker_writes_is_left_alone() -> None:
    async def story(after: float) -> MemoryStore:
        store = await stored()
        task = asyncio.create_task(retire(store, FOLDER, asyncio.Event()))
        await asyncio.sleep(after)
        await store.put(f"{FOLDER}/stream.m3u8", b"#EXTM3U another's", PLAYLIST)
        await task
        return store

    for after in (GRACE / 2, 1.5 * GRACE):
        store = run(story(after))
        assert store.objects[f"{FOLDER}/stream.m3u8"] == b"#EXTM3U another's"
        assert set(NAMES) <= names(store)


def test_what_somebody_else_put_there_stays() -> None:
    async def story() -> MemoryStore:
        store = await stored()
        for name in ("snapshot.jpg", "preflight.json", "logo.png", "segment_042.ts"):
            await store.put(f"{FOLDER}/{name}", b"x", SEGMENT)
        await retire(store, FOLDER, asyncio.Event())
        return store

    assert names(run(story())) == {"stream.m3u8", "status.json", "logo.png", "segment_042.ts"}


@pytest.mark.parametrize("hurried", [True, False], ids=["the worker ends", "the camera is back"])
def test_what_stays_when_it_is_cut_short_is_told(hurried: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        store, hurry = await stored(), asyncio.Event()
        store.reading_fails = StorageUnavailable("No way to the store.")
        task = asyncio.create_task(retire(store, FOLDER, hurry))
        await asyncio.sleep(GRACE)
        if hurried:
            hurry.set()
        await asyncio.sleep(2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(story())
    told = f"What is still stored in {FOLDER} stays there"
    assert [message.startswith(told) for message in caplog.messages] == [True] * hurried


def test_a_playlist_that_is_none_is_left_as_it_is() -> None:
    async def story() -> MemoryStore:
        store = await stored()
        await store.put(f"{FOLDER}/stream.m3u8", b"\xff garbage", PLAYLIST)
        await retire(store, FOLDER, asyncio.Event())
        return store

    store = run(story())
    assert store.objects[f"{FOLDER}/stream.m3u8"] == b"\xff garbage"
    assert names(store) == {"stream.m3u8", "status.json"}


def test_a_camera_that_never_published_leaves_nothing_to_do() -> None:
    store = MemoryStore()
    run(retire(store, FOLDER, asyncio.Event()))
    assert (store.objects, store.removed) == ({}, [])


def test_a_store_that_is_away_for_a_while_is_asked_again() -> None:
    async def story() -> MemoryStore:
        store = await stored()
        task = asyncio.create_task(retire(store, FOLDER, asyncio.Event()))
        store.reading_fails = StorageUnavailable("No way to the store.")
        await asyncio.sleep(300)
        assert set(NAMES) <= names(store)
        store.reading_fails = None
        await task
        return store

    assert names(run(story())) == {"stream.m3u8", "status.json"}


def test_a_store_that_refuses_is_the_end_of_it() -> None:
    async def story() -> MemoryStore:
        store = await stored()
        store.reading_fails = StorageRefused("No.", status=403)
        await retire(store, FOLDER, asyncio.Event())
        return store

    assert set(NAMES) <= names(run(story()))


def test_its_frames_go_last_and_before_them_their_rows() -> None:
    frames = [f"{FOLDER}/frames/2026/11/{day:02}/202611{day:02}T120000Z.webp" for day in (19, 20, 21)]
    seen: list[tuple[str, datetime | None, set[str]]] = []

    class Rows:
        def __init__(self, folder: str) -> None:
            self.folder = folder

        async def add(self, path: str, url: str, shot: Shot) -> None:
            raise AssertionError(path, url, shot)

        async def forget(self, before: datetime | None) -> None:
            seen.append((self.folder, before, names(store)))

    async def story() -> MemoryStore:
        store.objects.update((await stored()).objects)
        for path in frames:
            await store.put(path, b"F", kind(WEBP))
        await retire(store, FOLDER, asyncio.Event(), Rows)
        return store

    store = MemoryStore()
    run(story())
    assert names(store) == {"stream.m3u8", "status.json"}
    assert seen == [(FOLDER, None, names(store) | {path.removeprefix(f"{FOLDER}/") for path in frames})]


def test_a_store_that_goes_away_in_between_keeps_no_frame_in_the_end() -> None:
    class Breaking(MemoryStore):
        async def remove(self, paths: Sequence[str]) -> set[str]:
            gone = await super().remove(paths)
            if any("/frames/" in path for path in paths) and not self.reading_fails:
                self.reading_fails = StorageUnavailable("No way to the store.")
                asyncio.get_running_loop().call_later(100, self.back)
            return gone

        def back(self) -> None:
            self.reading_fails = None

    async def story() -> MemoryStore:
        store = Breaking()
        store.objects.update((await stored()).objects)
        for day in (19, 20, 21):
            await store.put(f"{FOLDER}/frames/2026/11/{day}/202611{day}T120000Z.webp", b"F", kind(WEBP))
        await retire(store, FOLDER, asyncio.Event())
        return store

    assert names(run(story())) == {"stream.m3u8", "status.json"}
