"""What became of a camera's last segments."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.memory_store import MemoryStore
from tests.publishing.filming import working
from tests.virtual_time import run
from uploader.reporting.journal import KEPT, Journal

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def made(journal: Journal, ended: float, size: int = 250_000) -> Journal:
    """One more segment of 2 s, which ended so many seconds after noon."""
    number = journal.next_number
    return journal.begun().made(number, NOON + timedelta(seconds=ended), 2.0, size, ended)


def fates(journal: Journal) -> list[str]:
    return [passage.fate.value for passage in journal.passages]


def test_a_segment_is_made_uploaded_and_listed_with_how_long_each_took() -> None:
    journal = made(Journal(), 2.0)
    assert fates(journal) == ["made"]
    journal = journal.uploaded(0, 0.5, alone=True).listed(0, 1795).published(1795, 0.6)
    shown = journal.as_json()
    assert json.loads(json.dumps(shown)) == {
        "segments": [[1795, "2026-11-20T12:00:02.000Z", 2.0, 250_000, 0.5, 0.6, "uploaded"]],
        "uplink": {"needed_bps": 1_000_000, "achieved_bps": 4_000_000},
    }


def test_one_playlist_may_list_several_and_each_has_a_lag_of_its_own() -> None:
    journal = made(made(Journal(), 2.0), 4.0)
    for number in range(2):
        journal = journal.uploaded(number, 1.0, alone=True).listed(number, number)
    journal = journal.published(1, 0.5)
    assert [passage.publish_lag for passage in journal.passages] == [2.5, 0.5]
    assert fates(journal) == ["late", "uploaded"]


def test_what_was_passed_over_is_lost() -> None:
    journal = Journal()
    for number in range(4):
        journal = made(journal, 2.0 * number)
    journal = journal.listed(0, 7).published(7, 0.3).listed(3, 8)
    assert fates(journal) == ["uploaded", "lost", "lost", "made"]


def test_one_that_was_never_finished_is_lost_when_it_was_given_up() -> None:
    journal = Journal().begun()
    assert journal.as_json()["segments"] == []
    journal = journal.lost(0, NOON)
    assert journal.as_json()["segments"] == [[None, "2026-11-20T12:00:00.000Z", None, 0, None, None, "lost"]]


def test_nothing_is_known_of_the_uplink_from_segments_that_were_sent_while_they_were_made() -> None:
    journal = made(Journal(), 2.0).uploaded(0, 0.001, alone=False).listed(0, 0).published(0, 0.1)
    assert (journal.needed_bps, journal.achieved_bps) == (1_000_000, None)
    assert Journal().needed_bps is None


def test_the_last_ones_are_kept_and_no_more() -> None:
    journal = Journal()
    for number in range(500):
        journal = made(journal, 2.0 * number)
    assert [passage.number for passage in journal.passages] == list(range(500 - KEPT, 500))
    assert journal.listed(3, 3).lost(4, NOON).published(3, 0.1) == journal  # too old to be spoken of


def test_a_publisher_keeps_it_through_an_outage() -> None:
    async def story() -> Journal:
        store = MemoryStore(delay=0.2)
        async with working(store) as box:
            await box.film(5)
            await asyncio.sleep(1)
            store.delay = 30
            await box.film(12)
            store.delay = 0.2
            await asyncio.sleep(30)
            await box.film(3)
            await asyncio.sleep(1)
        return box.reporter.journal

    journal = run(story())
    told = fates(journal)
    assert told[:5] == ["uploaded"] * 5
    assert told[-3:] == ["uploaded"] * 3
    assert told.count("lost") >= 8
    assert "made" not in told
    listed = [passage.media_sequence for passage in journal.passages if passage.media_sequence is not None]
    assert listed == list(range(len(listed)))
    assert journal.passages[0].publish_lag == pytest.approx(0.4)
