"""Whether media time overtakes the clock, told with numbers instead of waiting."""

from __future__ import annotations

import pytest

from uploader.supervision.headway import CONFIRMED_AFTER, Headway, RunsAhead, limit


def filming(until: int, *, start: float = 0.8, late: float = 0.0) -> Headway:
    """An FFmpeg started at 0 that needs a moment to begin, then finishes a segment of 1 s each second."""
    headway = Headway(0.0).finished(1.0, start + 1.0 + late)
    for second in range(2, until + 1):
        headway = headway.finished(1.0, start + second)
    return headway


def test_on_a_good_day_every_segment_goes_at_once() -> None:
    assert filming(100).doubted is None


def test_segments_that_come_late_and_catch_up_go_at_once() -> None:
    headway = filming(10).finished(1.0, 14.0).finished(1.0, 14.1).finished(1.0, 14.2)
    assert headway.finished(1.0, 14.8).doubted is None


@pytest.mark.parametrize("start", [0.8, 5.0], ids=["a quick start", "a keyframe that was waited for"])
def test_three_seconds_out_of_nothing_are_a_flood_however_late_the_first_picture_came(start: float) -> None:
    headway = filming(10, start=start)
    first = headway.finished(1.0, start + 10.1)
    assert first.doubted is not None, "held back"
    second = first.finished(1.0, start + 10.15)
    with pytest.raises(RunsAhead):
        second.finished(1.0, start + 10.2)


def test_a_flood_in_the_first_moment_is_one_too() -> None:
    with pytest.raises(RunsAhead):
        Headway(0.0).finished(3.0, 0.8)


def test_what_is_a_little_ahead_and_stays_so_is_believed_after_a_moment() -> None:
    headway = filming(10).finished(1.0, 10.8 + 0.3)
    assert headway.waited(11.1 + CONFIRMED_AFTER - 0.1).doubted is not None
    headway = headway.waited(11.11 + CONFIRMED_AFTER)
    assert headway.doubted is None
    assert headway.finished(1.0, 12.1).doubted is None
    assert headway.finished(1.0, 13.1).doubted is None


def test_a_start_that_was_seen_late_and_catches_up_goes_at_once() -> None:
    """As with a camera that sends a picture every ten seconds, and segments with it; the first look saw one of them."""
    headway = Headway(0.0).finished(1.0, 12.0).finished(1.0, 12.02).finished(6.0, 12.1)
    assert headway.doubted is None
    assert headway.finished(4.0, 16.1).doubted is None
    with pytest.raises(RunsAhead):
        headway.finished(4.0, 13.9)


def test_segments_of_ten_seconds_that_come_with_the_pictures_are_no_flood() -> None:
    headway = Headway(0.0, limit(10.0)).finished(10.0, 19.5)
    assert headway.finished(10.0, 20.8).doubted is not None


def test_where_media_time_is_known_ten_seconds_that_are_finished_slowly_with_one_picture_are_no_flood() -> None:
    """A slow box needs seconds to encode what lies between two pictures of a camera that sends one in ten."""
    headway = Headway(0.0).knowing(11.0)
    for finished in (31.2, 31.9, 32.6, 33.3, 34.0, 34.7, 41.2, 41.9, 42.6, 43.3):
        headway = headway.finished(1.0, finished)
        assert headway.doubted is None


def test_where_media_time_is_known_a_flood_is_one_from_its_first_moment() -> None:
    headway = Headway(0.0).knowing(11.0).finished(1.0, 12.1)
    assert headway.finished(1.7, 12.2).doubted is not None
    with pytest.raises(RunsAhead):
        headway.finished(3.2, 12.2)
