"""When pictures were taken: smooth, never early by much, and back on the clock after a step."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from uploader.hls.timeline import Timeline

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


def test_a_camera_that_runs_slow_is_followed() -> None:
    timeline, start = Timeline(), NOON
    for number in range(1000):
        start, timeline = timeline.place(2.0, NOON + seconds((number + 1) * 2.003))
    assert abs(start - (NOON + seconds(1000 * 2.003 - 2))) < seconds(0.1)
