"""Publishing on virtual time: what a viewer could have seen at every moment, on good days and across restarts."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.configuration.cameras import Camera
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.hls.playlist import MediaPlaylist, Segment, parse
from uploader.hls.window import segment_name, serial_of
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import LIVE, State
from uploader.segments.segment import FinishedSegment, GrowingSegment
from uploader.storage import PLAYLIST, SEGMENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

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


def test_an_uplink_that_is_too_slow_is_told_and_the_viewer_does_not_fall_behind() -> None:
    async def story() -> tuple[MemoryStore, Box, float]:
        store = MemoryStore(delay=5.0)
        async with working(store) as box:
            box.reporter.picture(LIVE)
            await box.film(60)
            newest = box.reporter.status.last_segment_at
            assert newest is not None
            return store, box, (now() - newest).total_seconds()

    store, box, behind = run(story())
    audit(store)
    assert "The uplink is too slow" in str(box.reporter.status.condition.reason)
    assert box.reporter.status.condition.state is State.LIVE
    assert box.reporter.status.lost > 0
    assert behind < 25


def test_what_has_to_keep_out_of_its_way_waits_while_a_finished_segment_is_being_stored() -> None:
    async def story() -> list[tuple[float, float]]:
        store = MemoryStore(delay=0.7)
        waits: list[tuple[float, float]] = []
        async with working(store) as box:
            filming = asyncio.create_task(box.film(10))
            while not filming.done():
                began = asyncio.get_running_loop().time()
                await box.publisher.uplink.quiet()
                waits.append((began, asyncio.get_running_loop().time() - began))
                await asyncio.sleep(0.05)
            assert not box.publisher.uplink.is_behind
            video = box.reporter.journal.needed_bps
            assert video is not None
            assert box.publisher.uplink.spare == video / 8 / 4
        return waits

    waits = run(story())
    # Segments end every 2 s and take 0.7 s: whoever asks meanwhile waits for the rest of that, and else not at all.
    assert max(wait for _, wait in waits) == pytest.approx(0.7, abs=0.1)
    assert all(wait < 0.01 for began, wait in waits if began > 4 and began % 2 > 0.8)
    assert sum(wait > 0.5 for _, wait in waits) >= 7


def test_for_one_that_is_sent_while_it_is_made_nobody_waits() -> None:
    async def story() -> None:
        async with working(MemoryStore(delay=0.7)) as box:
            await box.film(2)
            growing = GrowingSegment(asyncio.get_running_loop().time())
            growing.add(b"G")
            box.publisher.offer(growing)
            await asyncio.sleep(1)
            began = asyncio.get_running_loop().time()
            await box.publisher.uplink.quiet()
            growing.finish(FinishedSegment(b"G", 1.0, now(), began))
            await box.publisher.uplink.quiet()
            assert asyncio.get_running_loop().time() == began

    run(story())


@pytest.mark.parametrize("failing", [False, True])
def test_an_uplink_that_is_behind_says_so(failing: bool) -> None:
    async def story() -> bool:
        store = MemoryStore(delay=0.1 if failing else 5.0)
        async with working(store) as box:
            await box.film(10)
            if failing:
                assert not box.publisher.uplink.is_behind
                store.failures.extend([StorageRefused("No.", status=403)] * 4)
                await box.film(2)
            return box.publisher.uplink.is_behind

    assert run(story())
