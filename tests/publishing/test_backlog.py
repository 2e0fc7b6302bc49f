"""What waits to be uploaded: the newest wins, and what is given up is marked."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime

from tests.virtual_time import run
from uploader.publishing.backlog import Backlog
from uploader.segments.segment import FinishedSegment, GrowingSegment


def segment(number: int, at: float | None = None) -> GrowingSegment:
    finished = float(number) if at is None else at
    return GrowingSegment.whole(FinishedSegment(bytes([number]), 2.0, datetime(2026, 11, 20, tzinfo=UTC), finished))


def part(number: int, *, keyframe: bool = False) -> GrowingSegment:
    growing = GrowingSegment(float(number), independent=keyframe)
    growing.add(bytes([number]))
    return growing


async def taken(backlog: Backlog, count: int) -> list[tuple[int, bool]]:
    segments = [await asyncio.wait_for(backlog.next(lasting=0.5), 1) for _ in range(count)]
    return [(segment.body[0], segment.discontinuity) for segment in segments]


async def test_a_few_wait_in_order_and_nothing_is_lost() -> None:
    backlog = Backlog(viewable=math.inf)
    for number in range(2):
        backlog.offer(segment(number))
    assert await taken(backlog, 2) == [(0, False), (1, False)]
    assert backlog.lost == 0


async def test_when_too_many_wait_only_the_newest_is_kept_and_marked() -> None:
    backlog = Backlog(viewable=math.inf)
    for number in range(3):
        backlog.offer(segment(number))
    assert await taken(backlog, 1) == [(2, True)]
    assert backlog.lost == 2


async def test_what_was_finished_together_is_not_given_up() -> None:
    """With its next picture, a camera that sends one in ten seconds finishes five segments."""
    backlog = Backlog(viewable=math.inf)
    for number in range(5):
        backlog.offer(segment(number, at=7.0 + number / 1000))
    assert await taken(backlog, 5) == [(number, False) for number in range(5)]
    assert backlog.lost == 0


async def test_whoever_waits_gets_the_next_one_when_it_comes() -> None:
    backlog = Backlog(viewable=math.inf)
    waiting = asyncio.create_task(taken(backlog, 1))
    await asyncio.sleep(0)
    backlog.offer(segment(7))
    assert await waiting == [(7, False)]


async def test_an_outage_of_any_length_keeps_no_more_than_a_few() -> None:
    backlog = Backlog(viewable=math.inf)
    for number in range(250):
        backlog.offer(segment(number))
    waiting = 250 - backlog.lost
    assert waiting <= 2
    assert len(await taken(backlog, waiting)) == waiting


def test_what_nobody_would_see_any_more_when_it_is_through_is_given_up_but_for_the_newest() -> None:
    async def story() -> list[tuple[int, bool]]:
        backlog = Backlog(viewable=10.0)
        await asyncio.sleep(8)
        taken = []
        for lasting, left in ((2.5, 2), (3.5, 1), (60.0, 1)):
            for number in (1, 2):
                backlog.offer(segment(number))
            for _ in range(left):
                following = await backlog.next(lasting)
                taken.append((following.body[0], following.discontinuity))
        assert backlog.lost == 2
        return taken

    assert run(story()) == [(1, False), (2, False), (2, True), (2, True)]


async def test_parts_are_given_up_only_where_a_keyframe_begins_anew() -> None:
    backlog = Backlog(math.inf, parts=6)
    for number in range(26):
        backlog.offer(part(number, keyframe=number % 6 == 0))
    # Two segments of six may wait; number 12 was the first keyframe to find more than that, then 24.
    assert await taken(backlog, 2) == [(24, True), (25, False)]
    assert backlog.lost == 24


async def test_a_camera_without_keyframes_does_not_fill_the_memory() -> None:
    backlog = Backlog(math.inf, parts=6)
    for number in range(250):
        backlog.offer(part(number))
    waiting = 250 - backlog.lost
    assert waiting <= 30
    assert len(await taken(backlog, waiting)) == waiting
