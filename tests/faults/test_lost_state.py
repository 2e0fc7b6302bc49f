"""What numbers and names are made from is gone, somebody else's, or wrong; what left the playlist is still wanted."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.faults.box import FOLDER, PLAYLIST_PATH, Box
from tests.faults.life import SEGMENT, filmed, lost, recovery, spell
from tests.faults.spell import Kind
from tests.faults.store import FaultyStore
from tests.strict_playlist import read
from tests.virtual_time import run


def test_row_8_two_workers_for_one_camera_never_give_a_number_twice() -> None:
    async def story() -> FaultyStore:
        store = FaultyStore(latency=0.2)
        older, newer = Box(store), Box(store, size=6000)
        older.start()
        await asyncio.sleep(15.3)
        worker = newer.start()
        await asyncio.sleep(30)
        assert not worker.task.done()
        assert older.worker is not None
        assert older.worker.task.done(), "the older one goes on"
        assert older.worker.task.exception() is not None
        await newer.stop()
        older.close()
        return store

    store = run(story())
    # Two cameras' numbers are compared with one another, and two writers may be writing: that is the fault itself.
    about_numbers = [violation for violation in store.auditor.violations if "(2)" in violation or "(1)" in violation]
    assert about_numbers == []


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_row_42_the_clock_of_the_box_is_set(step: float) -> None:
    async def story() -> Box:
        box = Box(FaultyStore())
        box.start()
        await asyncio.sleep(21)
        box.clock += timedelta(seconds=step)
        await asyncio.sleep(40)
        await box.stop()
        return box

    box = run(story())
    assert box.auditor.violations == []
    assert lost(box) == 0


def test_row_42_the_next_worker_starts_in_1970() -> None:
    async def story() -> Box:
        box = Box(FaultyStore())
        box.start()
        await asyncio.sleep(21)
        await box.kill()
        box.clock -= timedelta(days=20_000)
        return await filmed(box, 40)

    assert lost(run(story())) == 0


@pytest.mark.parametrize("lost_playlist", [None, b"", b"\0\xff garbage", b"<html>log in</html>"])
def test_row_43_and_row_44_the_state_in_the_store_is_lost_or_garbage(lost_playlist: bytes | None) -> None:
    async def story() -> Box:
        box = Box(FaultyStore())
        box.start()
        await asyncio.sleep(41)
        await box.kill()
        box.store.put_by_hand(PLAYLIST_PATH, lost_playlist)
        await asyncio.sleep(1)
        return await filmed(box, 60)

    box = run(story())
    assert recovery(box, 42.0) <= SEGMENT + 1


def test_row_44_a_foreign_playlist_and_foreign_objects_are_left_behind() -> None:
    async def story() -> Box:
        box = Box(FaultyStore())
        foreign = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:10,\nfileSequence7.ts\n"
        box.store.put_by_hand(PLAYLIST_PATH, foreign)
        box.store.put_by_hand(f"{FOLDER}/logo.png", b"png")
        await filmed(box, 60)
        return box

    box = run(story())
    assert f"{FOLDER}/logo.png" in box.store.objects
    assert recovery(box, 0.0) <= SEGMENT + 1


def test_row_43_every_object_is_lost() -> None:
    async def story() -> Box:
        box = Box(FaultyStore())
        box.start()
        await asyncio.sleep(21)
        for path in list(box.store.objects):
            if path.endswith(".ts"):
                box.store.put_by_hand(path, None)
        await box.kill()
        return await filmed(box, 30)

    assert recovery(run(story()), 21.0) <= SEGMENT + 1


@pytest.mark.parametrize("kind", [None, Kind.BROKEN, Kind.HANG, Kind.RESET])
def test_row_52_a_viewer_that_is_25_seconds_late_finds_every_segment(kind: Kind | None) -> None:
    missing: list[str] = []

    async def viewer(store: FaultyStore) -> None:
        while True:
            listed = read(store.objects[PLAYLIST_PATH]).uris if PLAYLIST_PATH in store.objects else set()
            for uri in listed:
                asyncio.get_running_loop().call_later(25.0, fetch, store, uri)
            await asyncio.sleep(0.5)

    def fetch(store: FaultyStore, uri: str) -> None:
        if f"{FOLDER}/{uri}" not in store.objects:
            missing.append(uri)

    async def story() -> Box:
        box = Box(FaultyStore([spell(kind, 40)] if kind else []))
        watching = asyncio.create_task(viewer(box.store))
        await filmed(box, 200)
        watching.cancel()
        return box

    run(story())
    assert missing == []
