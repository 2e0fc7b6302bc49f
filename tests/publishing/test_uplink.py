"""An uplink that is shared, or too slow."""

from __future__ import annotations

import asyncio

import pytest

from tests.memory_store import MemoryStore
from tests.publishing.filming import Box, audit, now, working
from tests.virtual_time import run
from uploader.errors import StorageRefused
from uploader.reporting.status import LIVE, State
from uploader.segments.segment import FinishedSegment, GrowingSegment


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


def test_a_single_frame_is_no_segment_and_ends_nothing() -> None:
    """All that a busy camera gives before it closes the connection: it lasts for no time that is known."""

    async def story() -> int | None:
        async with working(MemoryStore(delay=0.1)) as box:
            await asyncio.sleep(1)
            growing = GrowingSegment(asyncio.get_running_loop().time(), discontinuity=True)
            growing.add(b"G")
            box.publisher.offer(growing)
            await asyncio.sleep(1)
            growing.finish(FinishedSegment(b"G", 0.0, now(), asyncio.get_running_loop().time(), discontinuity=True))
            await box.film(3)
            await asyncio.sleep(1)
            assert box.reporter.status.lost == 1
            return box.reporter.status.media_sequence

    assert run(story()) == 2
