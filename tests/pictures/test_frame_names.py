"""What frames are called, and which clock may say that they are old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.pictures.frame_names import (
    FOLDER,
    SETTLED,
    TRUSTED,
    day,
    is_day,
    may_date,
    may_judge,
    path,
    taken_at,
    wrong_clock,
)

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_frame_is_called_after_when_it_was_taken_in_utc() -> None:
    local = datetime(2026, 11, 22, 0, 41, 23, 900_000, tzinfo=timezone(timedelta(hours=2)))
    assert path(local, ".webp") == "frames/2026/11/21/20261121T224123Z.webp"


@given(MOMENTS, MOMENTS)
def test_names_and_days_sort_by_time_and_say_it(one: datetime, other: datetime) -> None:
    (folder, _, name), second = path(one, ".webp").rpartition("/"), path(other, ".webp")
    assert taken_at(name) == one.replace(microsecond=0)
    assert folder == f"{FOLDER}/{day(one)}"
    assert is_day(day(one))
    if one.replace(microsecond=0) != other.replace(microsecond=0):
        assert (path(one, ".webp") < second) == (one < other)
        assert day(one) <= day(other) or one > other


@pytest.mark.parametrize(
    "name",
    [
        "20261121T104123Z.png",
        "20261121T104123Z.webp.tmp",
        "20261321T104123Z.webp",
        "20261121T104123.webp",
        "٢٠٢٦1121T104123Z.webp",
        "snapshot.jpg",
        ".emptyFolderPlaceholder",
        "",
    ],
)
def test_what_is_none_of_ours_has_no_date(name: str) -> None:
    assert taken_at(name) is None


@pytest.mark.parametrize("folder", ["2026/11", "2026/11/21/more", "2026/1/21", "keep/11/21", ""])
def test_what_is_no_day_is_none(folder: str) -> None:
    assert not is_day(folder)


def test_a_clock_that_another_one_contradicts_dates_nothing() -> None:
    assert may_date(None)
    assert may_date(TRUSTED)
    assert may_date(-TRUSTED)
    assert not may_date(TRUSTED + 1)
    assert not may_date(-86_400.0)


YESTERDAY, LONG_AGO = day(NOON - timedelta(days=1)), day(NOON - timedelta(days=3650))
CUTOFF = NOON - timedelta(days=7)


@pytest.mark.parametrize(
    ("ahead", "newest", "settled", "trusted"),
    [
        # Another machine's clock confirms it, or contradicts it: nothing else counts.
        (0.5, LONG_AGO, 0.0, True),
        (-TRUSTED, "", 0.0, True),
        (3600.0, YESTERDAY, SETTLED, False),
        (-86_400.0 * 365, YESTERDAY, SETTLED, False),
        # Nobody says: what was there does, or a day without a step.
        (None, YESTERDAY, 0.0, True),
        (None, day(CUTOFF), 0.0, True),
        (None, day(CUTOFF - timedelta(days=1)), 0.0, False),
        (None, LONG_AGO, SETTLED - 1, False),
        (None, LONG_AGO, SETTLED, True),
        (None, "", 0.0, False),
    ],
)
def test_which_clock_may_say_what_is_old(ahead: float | None, newest: str, settled: float, trusted: bool) -> None:
    assert may_judge(ahead, newest, CUTOFF, settled) is trusted


def test_a_wrong_clock_is_told_in_words() -> None:
    assert wrong_clock(-86_400 * 20_000) == (
        "The box's clock is 20000 days behind; frames would be dated wrong, so none are kept.",
        "Switch on time from the network: sudo timedatectl set-ntp true",
    )
    assert "5 minutes ahead" in wrong_clock(300)[0]
