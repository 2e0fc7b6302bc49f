"""One worker after the other, or beside it: whose numbers and names go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.memory_store import MemoryStore
from tests.publishing.filming import CAMERA, FOLDER, PLAYLIST_PATH, Box, audit, playlists, working
from tests.virtual_time import run
from uploader.hls.playlist import MediaPlaylist, Segment
from uploader.hls.window import segment_name, serial_of
from uploader.publishing.publisher import Publisher
from uploader.storage import PLAYLIST, SEGMENT

if TYPE_CHECKING:
    from collections.abc import Coroutine


def test_a_restarted_worker_goes_on_with_the_numbers_and_the_stored_segments() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        for _ in range(3):
            async with working(store) as box:
                await box.film(4)
                await asyncio.sleep(0.1)
        return store

    store = run(story())
    audit(store)
    last = playlists(store)[-1]
    assert last.next_sequence == 12
    assert len(last.segments) == 5
    assert [s.discontinuity for s in last.segments] == [False, True, False, False, False]


def test_a_worker_killed_between_segment_and_playlist_uses_no_name_twice() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore(delay=0.3)
        for _ in range(4):
            async with working(store) as box:
                await box.film(3)
                await asyncio.sleep(0.45)  # the segment is stored, its playlist is not
        return store

    audit(run(story()))


def test_leftovers_of_a_killed_worker_are_swept_and_nothing_else() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        for name in (segment_name(3, "dead0000"), segment_name(4, "dead0000"), "logo.png", "segment_042.ts"):
            await store.put(f"{FOLDER}/{name}", b"x", SEGMENT)
        async with working(store) as box:
            await box.film(25)
        return store

    store = run(story())
    assert {path.removeprefix(f"{FOLDER}/") for path in store.removed} >= {
        segment_name(3, "dead0000"),
        segment_name(4, "dead0000"),
    }
    assert f"{FOLDER}/logo.png" in store.objects
    assert f"{FOLDER}/segment_042.ts" in store.objects
    assert playlists(store)[0].media_sequence == 5


def test_a_second_worker_is_noticed_the_older_one_stands_down_and_no_number_goes_back() -> None:
    async def story() -> tuple[MemoryStore, bool, bool]:
        store = MemoryStore(delay=0.1)
        older = Box(store)
        first = asyncio.create_task(older.publisher.run())
        await older.film(4)
        newer = Box(store)
        second = asyncio.create_task(newer.publisher.run())
        await asyncio.gather(older.film(6, cut=False), _later(newer.film(6), 0.7))
        await asyncio.sleep(1)
        stood_down, goes_on = first.done(), not second.done()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return store, stood_down, goes_on

    store, stood_down, goes_on = run(story())
    assert stood_down
    assert goes_on
    audit(store)


def test_whoever_goes_on_from_another_worker_marks_it_and_names_what_follows_behind_it() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with working(store) as box:
            await box.film(3)
            await asyncio.sleep(0.1)
            others = [segment_name(100 + index, "feed0000") for index in range(5)]
            for name in others:
                await store.put(f"{FOLDER}/{name}", b"x", SEGMENT)
            text = MediaPlaylist(2, 100, 7, tuple(Segment(name, 2.0) for name in others)).render()
            await store.put(PLAYLIST_PATH, text.encode(), PLAYLIST)
            await box.film(2, cut=False)
            await asyncio.sleep(0.1)
        return store

    last = playlists(run(story()))[-1]
    assert last.next_sequence == 107
    assert [segment.discontinuity for segment in last.segments[-2:]] == [True, False]
    # The first one had its name before the other worker was seen.
    assert serial_of(last.segments[-1].uri) == 105


def test_no_serial_comes_again_although_the_playlist_is_far_behind_the_names() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        last = Segment(segment_name(4, "dead0000"), 2.0)
        for serial in (4, 40):
            await store.put(f"{FOLDER}/{segment_name(serial, 'dead0000')}", b"x", SEGMENT)
        await store.put(PLAYLIST_PATH, MediaPlaylist(2, 4, 0, (last,)).render().encode(), PLAYLIST)
        async with working(store) as box:
            await box.film(1)
            await asyncio.sleep(0.1)
        return store

    last = playlists(run(story()))[-1]
    assert last.next_sequence == 6
    assert serial_of(last.segments[-1].uri) == 41


async def _later(story: Coroutine[Any, Any, None], delay: float) -> None:
    await asyncio.sleep(delay)
    await story


def test_what_was_lost_and_removed_is_counted_on_when_publishing_begins_anew() -> None:
    async def story() -> tuple[int, int]:
        store = MemoryStore()
        box = Box(store)
        for _ in range(2):
            box.publisher = Publisher(store, FOLDER, CAMERA.settings, box.reporter)
            task = asyncio.create_task(box.publisher.run())
            await box.film(1, duration=7.0)
            await box.film(2, cut=False)
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return box.reporter.status.lost, box.reporter.status.removed

    assert run(story()) == (2, 2)  # each tries the store with an object that it removes
