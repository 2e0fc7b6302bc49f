"""A store that says that all is well, and keeps something else than it was given."""

from __future__ import annotations

import asyncio

from tests.faults.box import WINDOW, Box, Worker
from tests.faults.life import PLAYLISTS, SEGMENT, SEGMENTS, asked, leftovers, listings, lost, recovery, spell
from tests.faults.spell import Kind, Spell, Target
from tests.faults.store import FaultyStore
from tests.strict_playlist import read
from tests.virtual_time import run
from uploader.publishing.store_trouble import REFUSED_PAUSE
from uploader.reporting.status import State


def halves(box: Box) -> set[str]:
    """Segments that were listed although only half of them was stored."""
    return {
        uri
        for version in box.store.history
        if version.path == "stream.m3u8" and version.body is not None
        for uri in read(version.body).uris
        if box.auditor.number_of(uri) is None
    }


def test_row_28_a_store_that_keeps_half_from_the_start_gets_no_segment_listed() -> None:
    async def story() -> Box:
        box = Box(FaultyStore([Spell(0.0, 60, Kind.HALF, targets=SEGMENTS)]))
        worker = box.start()
        await asyncio.sleep(59)
        condition = worker.reporter.status.condition
        assert condition.state is State.NOT_UPLOADING
        assert "keeps 2500 of the 5000 bytes" in str(condition.reason)
        assert len(asked(box, [Target.SEGMENT], 0, 59)) <= 6, "it is not hammered"
        await asyncio.sleep(90)
        assert worker.state is State.LIVE
        await box.stop()
        return box

    box = run(story())
    assert box.auditor.violations == []
    assert listings(box)[0][0] >= 60
    assert recovery(box, 60) <= REFUSED_PAUSE + SEGMENT + 1
    assert leftovers(box) == []


def test_row_28_a_store_that_begins_to_keep_half_is_found_out_within_a_window() -> None:
    async def story() -> Box:
        box = Box(FaultyStore([spell(Kind.HALF, 100, targets=SEGMENTS)]))
        worker = box.start()
        await asyncio.sleep(21 + WINDOW + SEGMENT)
        assert "keeps 2500 of the 5000 bytes" in str(worker.reporter.status.condition.reason)
        await asyncio.sleep(150)
        assert worker.state is State.LIVE
        assert worker.reporter.status.condition.reason is None
        await box.stop()
        return box

    box = run(story())
    assert len(halves(box)) <= WINDOW / SEGMENT
    assert all("is not what the camera gave" in violation for violation in box.auditor.violations)
    assert recovery(box, 121) <= REFUSED_PAUSE + SEGMENT + 1


def test_row_28_one_in_three_is_told_and_soon_none_of_them_is_listed() -> None:
    async def story() -> tuple[Box, set[str]]:
        box = Box(FaultyStore([Spell(21.0, 200.0, Kind.HALF, targets=SEGMENTS, every=3)]))
        box.start()
        await asyncio.sleep(21 + WINDOW + SEGMENT)
        before = halves(box)
        await asyncio.sleep(150)
        await box.stop()
        return box, before

    box, before = run(story())
    assert 1 <= len(before) <= 2
    assert halves(box) == before, "every third is stored again, under another name"
    assert lost(box) == len(before)


def test_row_28_a_playlist_that_is_kept_in_half_is_told() -> None:
    async def story() -> Worker:
        box = Box(FaultyStore([Spell(21.0, 20.0, Kind.HALF, targets=PLAYLISTS)]))
        worker = box.start()
        await asyncio.sleep(26)
        assert "something else than the playlist" in str(worker.reporter.status.condition.reason)
        await asyncio.sleep(30)
        await box.stop()
        return worker

    assert run(story()).reporter.status.condition.reason is None
