"""When pictures were taken: smooth, never early by much, and back on the clock after a step."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from uploader.hls.timeline import AGAIN, TICKS, Timeline, stamped

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def test_the_first_segment_starts_its_duration_before_it_was_seen() -> None:
    start, _ = Timeline().place(2.0, NOON)
    assert start == NOON - seconds(2)


def test_segments_seen_late_are_dated_as_if_they_had_been_seen_in_time() -> None:
    chance = random.Random(7)
    timeline, start = Timeline(), NOON
    for number in range(200):
        late = chance.uniform(0, 0.4)
        start, timeline = timeline.place(2.0, NOON + seconds(2 * (number + 1) + late))
    true = NOON + seconds(2 * 199)
    assert abs(start - true) < seconds(0.1)


def test_a_first_segment_seen_late_is_forgotten() -> None:
    _, timeline = Timeline().place(2.0, NOON + seconds(2.7))
    start, _ = timeline.place(2.0, NOON + seconds(4))
    assert start == NOON + seconds(2)


def test_a_step_of_the_boxs_clock_is_followed_at_once() -> None:
    _, timeline = Timeline().place(2.0, NOON)
    start, _ = timeline.place(2.0, NOON + seconds(3602))
    assert start == NOON + seconds(3600)
    _, timeline = Timeline().place(2.0, NOON)
    start, _ = timeline.place(2.0, NOON - seconds(3598))
    assert start == NOON - seconds(3600)


@pytest.mark.parametrize("late", [0.0, 0.4, 7.0, 31.0])
def test_a_stamped_segment_is_dated_by_its_stamp_however_late_it_was_finished(late: float) -> None:
    timeline = Timeline()
    for number in range(5):
        true = NOON + seconds(2 * number)
        start, timeline = timeline.place(2.0, true + seconds(2 + late * (number % 2)), true)
        assert start == true


@pytest.mark.parametrize("off", [-3600.0, -121.0, 1.1, 3600.0])
def test_a_stamp_that_cannot_be_is_not_believed(off: float) -> None:
    start, _ = Timeline().place(2.0, NOON + seconds(2), NOON + seconds(off))
    assert start == NOON


def test_a_stamped_run_goes_on_where_a_stamp_is_missing() -> None:
    _, timeline = Timeline().place(2.0, NOON + seconds(5), NOON)
    start, _ = timeline.place(2.0, NOON + seconds(5.5))
    assert start == NOON + seconds(2) + seconds(0.004)


@pytest.mark.parametrize("days", [0.0, 1.0, 1.2, 365.0])
def test_media_time_that_begins_again_leads_to_the_same_date(days: float) -> None:
    true = NOON + seconds(days * 86400)
    ticks = round(days * 86400 * TICKS) % round(AGAIN * TICKS)
    assert abs(stamped(NOON, ticks, true + seconds(7)) - true) < seconds(0.001)


def test_a_camera_that_runs_slow_is_followed() -> None:
    timeline, start = Timeline(), NOON
    for number in range(1000):
        start, timeline = timeline.place(2.0, NOON + seconds((number + 1) * 2.003))
    assert abs(start - (NOON + seconds(1000 * 2.003 - 2))) < seconds(0.1)
