"""What viewers get of what was filmed, on good days and on bad ones."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.memory_store import MemoryStore
from tests.publishing.filming import FOLDER, PLAYLIST_PATH, Box, audit, now, playlists, working
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.reporting.status import LIVE, State
from uploader.storage import PLAYLIST, SEGMENT

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_segments_are_stored_before_a_playlist_names_them() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore(delay=0.3)
        async with working(store) as box:
            await box.film(8)
            await asyncio.sleep(1)
        return store

    store = run(story())
    audit(store)
    assert [p.media_sequence for p in playlists(store)] == [0, 0, 0, 0, 0, 1, 2, 3]
    assert store.kinds[PLAYLIST_PATH] == PLAYLIST
    assert {kind for path, kind in store.kinds.items() if path.endswith(".ts")} == {SEGMENT}


def test_the_first_playlist_of_all_has_no_discontinuity() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with working(store) as box:
            await box.film(3)
            await asyncio.sleep(0.1)
        return store

    assert "DISCONTINUITY\n" not in playlists(run(story()))[-1].render()


def test_a_restarted_encoder_shows_as_a_discontinuity() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with working(store) as box:
            await box.film(3)
            await asyncio.sleep(3)
            await box.film(2)
            await asyncio.sleep(0.1)
        return store

    store = run(story())
    audit(store)
    assert [s.discontinuity for s in playlists(store)[-1].segments] == [False, False, False, True, False]


def test_what_left_the_playlist_is_removed_after_the_grace_and_not_before() -> None:
    async def story() -> tuple[MemoryStore, int, int]:
        store = MemoryStore()
        async with working(store) as box:
            await box.film(14)
            soon = len([path for path in store.removed if path.endswith(".ts")])
            await box.film(40, cut=False)
            return store, soon, len([path for path in store.objects if path.endswith(".ts")])

    store, soon, left = run(story())
    assert soon == 0
    assert left <= 5 + 35 / 2 + 5
    listed = {f"{FOLDER}/{segment.uri}" for segment in playlists(store)[-1].segments}
    assert listed <= store.objects.keys()


def test_a_hiccup_of_the_store_loses_nothing() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore(delay=0.1)
        async with working(store) as box:
            await box.film(2)
            store.failures.extend([StorageUnavailable("The store is busy.")] * 3)
            await box.film(3, cut=False)
            await asyncio.sleep(1)
            assert box.reporter.status.upload is None
        return store

    store = run(story())
    audit(store)
    last = playlists(store)[-1]
    assert last.next_sequence == 5
    assert not any(segment.discontinuity for segment in last.segments)


def test_after_an_outage_the_viewer_is_back_at_the_live_edge_and_the_loss_is_marked() -> None:
    async def story() -> tuple[MemoryStore, float]:
        store = MemoryStore(delay=0.1)
        async with working(store) as box:
            await box.film(6)
            store.failures.extend([StorageUnavailable("No way to the store.")] * 500)
            await box.film(60, cut=False)
            assert box.reporter.status.condition.state is State.NOT_UPLOADING
            store.failures.clear()
            await box.film(2, cut=False)
            await asyncio.sleep(1)
            newest = box.reporter.status.last_segment_at
            assert newest is not None
            return store, (now() - newest).total_seconds()

    store, behind = run(story())
    audit(store)
    assert behind <= 2
    listed = playlists(store)[-1].segments
    assert any(segment.discontinuity for segment in listed)
    for earlier, later in pairwise(listed):
        assert earlier.end is not None
        assert later.program_date_time is not None
        missing = later.program_date_time - earlier.end > timedelta(seconds=1)
        assert later.discontinuity is missing
    assert len(store.objects) < 40


def test_a_store_that_says_no_is_asked_seldom_and_the_reason_is_told() -> None:
    async def story() -> tuple[MemoryStore, Box]:
        store = MemoryStore()
        async with working(store) as box:
            store.failures.extend([StorageRefused("The key is wrong.", "Check SUPABASE_KEY.", status=403)] * 100)
            await box.film(60)
            return store, box

    store, box = run(story())
    assert 100 - len(store.failures) <= 9
    assert box.reporter.status.condition.reason == "The key is wrong."
    assert box.reporter.status.condition.advice == "Check SUPABASE_KEY."


def test_a_segment_that_is_too_long_is_left_out_and_marked() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with working(store) as box:
            await box.film(2)
            await box.film(1, duration=7.0, cut=False)
            await box.film(2, cut=False)
            await asyncio.sleep(0.1)
        return store

    store = run(story())
    audit(store)
    assert [s.discontinuity for s in playlists(store)[-1].segments] == [False, False, True, False]


def test_a_store_that_keeps_everything_in_silence_is_reported() -> None:
    class Keeping(MemoryStore):
        async def remove(self, paths: Sequence[str]) -> set[str]:
            return set()

    async def story() -> str | None:
        store = Keeping()
        async with working(store) as box:
            box.reporter.picture(LIVE)
            await box.film(40)
            return box.reporter.status.condition.reason

    assert "keeps old segments" in str(run(story()))
