"""A store that is slow, away, busy, or says no: what viewers see, what is lost, and how soon it is over."""

from __future__ import annotations

import asyncio
from itertools import repeat

import pytest

from tests.faults.box import WINDOW, Box, Shot, seconds
from tests.faults.life import (
    PLAYLISTS,
    SEGMENT,
    SEGMENTS,
    asked,
    filmed,
    leftovers,
    listings,
    lived,
    lost,
    recovery,
    spell,
)
from tests.faults.spell import WRITES, Kind, Spell, Target
from tests.faults.store import FaultyStore
from tests.virtual_time import run
from uploader.publishing.doubt import NULL_PACKET
from uploader.publishing.store_trouble import REFUSED_PAUSE
from uploader.reporting.status import State

REMOVALS = frozenset({Target.REMOVE})


def test_row_7_told_to_end_while_the_store_says_429() -> None:
    async def story() -> tuple[Box, float]:
        box = Box(FaultyStore([spell(Kind.BUSY, 60, 1.0)]))
        box.start()
        await asyncio.sleep(25)
        began = seconds()
        await box.stop()
        return box, seconds() - began

    box, took = run(story())
    assert took <= 4
    assert box.auditor.violations == []


@pytest.mark.parametrize("wish", [0.0, 3.0, 10.0])
def test_row_23_429_with_a_pause_that_is_kept(wish: float) -> None:
    box = lived(Spell(21.0, 4.0, Kind.BUSY, wish, WRITES), 80)
    for target in (Target.SEGMENT, Target.PLAYLIST):
        times = asked(box, [target], 21.0, 25.0)
        # Two segments may be on their way, each with its own pause.
        assert all(later - earlier >= wish - 0.1 for earlier, later in zip(times, times[2:], strict=False))
    assert recovery(box, 25.0) <= wish + SEGMENT + 0.5
    assert lost(box) <= (wish + 4) / SEGMENT


def test_row_24_500_for_thirty_seconds() -> None:
    box = lived(spell(Kind.BROKEN, 30), 100)
    assert recovery(box, 51.0) <= 3
    assert lost(box) <= 15
    tries = asked(box, [Target.SEGMENT, Target.PLAYLIST], 22.0, 51.0)
    assert 10 <= len(tries) <= 120, "neither given up nor hammered"


def test_row_25_the_store_hangs() -> None:
    box = lived(spell(Kind.HANG, 30), 100)
    assert recovery(box, 51.0) <= 6


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.LOST_REPLY])
def test_row_26_and_row_27_a_broken_connection_or_a_lost_reply_loses_nothing(kind: Kind) -> None:
    box = lived(Spell(21.0, 30.0, kind, every=3), 80)
    assert lost(box) == 0
    stored = {
        (version.path, version.body)
        for version in box.store.history
        if version.path.endswith(".ts") and version.body not in (None, NULL_PACKET)
    }
    assert len({path for path, _ in stored}) == len({body for _, body in stored})


def test_row_27_what_was_stored_although_it_was_given_up_is_removed() -> None:
    box = lived(spell(Kind.LOST_REPLY, 60, targets=SEGMENTS), 200)
    assert lost(box) > 5
    assert leftovers(box) == []


def test_row_30_the_key_expires_in_the_middle() -> None:
    async def story() -> Box:
        box = Box(FaultyStore([spell(Kind.REFUSED, 100)]))
        worker = box.start()
        await asyncio.sleep(30)
        condition = worker.reporter.status.condition
        assert (condition.state, condition.reason, condition.advice) == (
            State.NOT_UPLOADING,
            "The key is wrong.",
            "Copy it again.",
        )
        await asyncio.sleep(150)
        assert worker.state is State.LIVE
        await box.stop()
        return box

    box = run(story())
    assert recovery(box, 121.0) <= REFUSED_PAUSE + SEGMENT + 1
    assert box.auditor.violations == []


@pytest.mark.parametrize("since", [0.0, 21.0], ids=["from the start", "in the middle"])
def test_row_30_a_new_key_is_used_at_once(since: float) -> None:
    async def story() -> Box:
        box = Box(FaultyStore([Spell(since, 300, Kind.REFUSED)]))
        box.start()
        await asyncio.sleep(64.3)
        box.store.replace_key()
        await asyncio.sleep(40)
        await box.stop()
        return box

    box = run(story())
    assert recovery(box, 64.3) <= 5
    assert box.auditor.violations == []


def test_row_31_a_store_that_says_no_is_not_hammered() -> None:
    box = Box(FaultyStore([Spell(0.0, 300.0, Kind.REFUSED)]))

    async def story() -> None:
        box.start()
        await asyncio.sleep(290)
        await box.stop()

    run(story())
    assert len(box.store.requests) <= 2 * 290 / 30 + 2


def test_row_31_a_segment_that_is_refused_is_marked_however_short_it_is() -> None:
    async def story() -> Box:
        shots = [Shot(), Shot(), Shot(0.4), Shot(), Shot()]
        return await filmed(Box(FaultyStore([Spell(4.2, 1.0, Kind.REFUSED, targets=SEGMENTS)]), shots), 60)

    assert lost(run(story())) >= 1


@pytest.mark.parametrize("length", [1.0, 60.0, 600.0])
def test_row_32_the_network_is_down(length: float) -> None:
    box = lived(spell(Kind.RESET, length), 21 + length + 100)
    back = 21 + length
    assert recovery(box, back) <= 3
    if length > 2 * WINDOW:
        oldest = min(box.filmed[number] for at, number in listings(box) if at >= back)
        assert oldest >= back - WINDOW, "what nobody waits for any more is not sent"
        edge = [box.filmed[number] for at, number in listings(box) if at <= back + WINDOW]
        assert max(edge) >= back
    assert box.auditor.most_segments < 45
    assert leftovers(box) == []


@pytest.mark.parametrize("share", [0.95, 0.6, 0.34])
def test_row_33_an_uplink_slower_than_the_camera_keeps_the_edge(share: float) -> None:
    """`share` is how much of what the camera gives can be sent. Below a third an upload alone takes too long."""
    box = Box(FaultyStore([spell(Kind.THIN, 300, share * 75_000 / SEGMENT)]), size=75_000)

    async def story() -> str | None:
        worker = box.start()
        await asyncio.sleep(250)
        reason = worker.reporter.status.condition.reason
        await box.stop()
        return reason

    reason = run(story())
    assert box.auditor.violations == []
    late = [at - box.filmed[number] for at, number in listings(box) if at > 45]
    assert max(late) <= 10
    assert len(late) > 0.9 * share * (250 - 45) / SEGMENT, "it uses what uplink there is"
    assert reason is not None
    assert "uplink" in reason


def test_row_34_jitter_changes_no_order() -> None:
    box = lived(None, 200, jitter=2.0, seed=3)
    numbers = [number for _, number in sorted(listings(box))]
    assert numbers == sorted(numbers)
    assert lost(box) == 0


def test_row_35_playlists_that_take_longer_than_a_segment_are_coalesced() -> None:
    box = lived(spell(Kind.SLOW, 60, 3.0, targets=PLAYLISTS), 120)
    assert lost(box) == 0
    assert len(asked(box, [Target.PLAYLIST], 21.0, 81.0)) <= 60 / 3 + 1


def test_row_35_a_playlist_that_lands_late_stands_for_a_second_even_when_the_camera_is_silent() -> None:
    async def story() -> Box:
        silent = [*repeat(Shot(), 15), Shot(pause=1000.0)]
        return await filmed(Box(FaultyStore([Spell(21.0, 1.5, Kind.LATE, 4.0, PLAYLISTS)]), silent), 100)

    box = run(story())
    versions = [version for version in box.store.history if version.path == "stream.m3u8"]
    (late,) = [index for index, version in enumerate(versions) if version.overtaken]
    assert versions[late].time > 30.3
    assert versions[late + 1].time - versions[late].time <= 1.2
    assert versions[late + 1].body == versions[late - 1].body
    assert versions[late + 2 :] == []
    assert len(asked(box, [Target.GET], 32, 90)) <= 60, "and when nothing can land any more, nobody looks"
    assert asked(box, [Target.GET], 88, 90) == []


@pytest.mark.parametrize("kind", [Kind.BROKEN, Kind.HANG, Kind.REFUSED, Kind.SILENT, Kind.LOST_REPLY])
def test_row_36_removals_fail_for_a_minute(kind: Kind) -> None:
    box = lived(spell(kind, 90, targets=REMOVALS), 360)
    assert leftovers(box) == []


@pytest.mark.parametrize("listing", [Kind.BROKEN, Kind.HANG, Kind.SLOW])
def test_row_36_lists_are_slow_or_fail_at_the_start(listing: Kind) -> None:
    box = lived(Spell(0.0, 10.0, listing, 3.0, frozenset({Target.LIST})), 60)
    assert recovery(box, 10.0) <= 7
