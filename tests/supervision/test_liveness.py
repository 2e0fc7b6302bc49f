"""Whether an FFmpeg still gives pictures, told with numbers instead of waiting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from uploader.ffmpeg.causes import NO_PICTURE
from uploader.supervision.liveness import NO_SEGMENT, Liveness, first_limit, segment_limit


def filming(until: float, *, segments: bool = True, duration: float = 2.0) -> Liveness:
    """An FFmpeg started at 0 that reports every half second and finishes a segment every `duration`, until then."""
    live = Liveness(duration, started=0.0)
    for half in range(2, int(until * 2) + 1):
        now = half / 2
        live = live.reported(f"out_time_us={int(now * 1e6)}", now)
        if segments and now % duration == 0:
            live = live.finished(now)
    return live


def test_pictures_and_segments_are_no_trouble() -> None:
    assert filming(60).trouble(60.4) is None


@pytest.mark.parametrize(("now", "trouble"), [(14.9, None), (15.1, NO_PICTURE)])
def test_a_camera_that_never_sends_is_given_fifteen_seconds(now: float, trouble: object) -> None:
    assert Liveness(2.0, started=0.0).trouble(now) == trouble


@pytest.mark.parametrize(("failures", "limit"), [(0, 15.0), (1, 30.0), (2, 45.0), (20, 45.0)])
def test_a_camera_that_failed_is_given_more_time_for_its_first_picture(failures: int, limit: float) -> None:
    live = Liveness(2.0, 0.0, first_limit(failures))
    assert live.trouble(limit - 0.1) is None
    assert live.trouble(limit + 0.1) == NO_PICTURE


def test_media_time_that_stands_still_is_a_stall_after_three_seconds_whatever_lines_arrive() -> None:
    live = filming(20)
    for half in range(41, 50):
        live = live.reported("out_time_us=20000000", half / 2)
    assert live.trouble(22.9) is None
    trouble = live.trouble(23.1)
    assert trouble is not None
    assert trouble.reason == "No picture for 3 s although the connection stands."


def test_long_segments_come_with_longer_gaps() -> None:
    assert filming(20, duration=4).trouble(25.9) is None
    assert filming(20, duration=4).trouble(26.1) is not None


@pytest.mark.parametrize("segments", [True, False], ids=["after some", "from the start"])
def test_pictures_without_a_segment_in_three_durations_are_a_stall(*, segments: bool) -> None:
    begun, live = 2 if segments else 1, filming(2, segments=segments)
    for half in range(5, 2 * (begun + 7) + 1):
        live = live.reported(f"out_time_us={half * 500_000}", half / 2)
        assert live.trouble(half / 2) is None
    live = live.reported("out_time_us=29000000", begun + 7.5)
    assert live.trouble(begun + 7.5) == NO_SEGMENT


def test_that_no_segment_comes_where_no_picture_does_is_not_told_as_if_pictures_came() -> None:
    """A camera of a picture in two seconds is waited for as long as for a segment, or longer."""
    live = every(2.0, until=30)
    assert live.patience > segment_limit(1.0)
    live = replace(live, segment_duration=1.0, segment=live.advanced - 0.5 if live.advanced else None)
    troubles = [live.trouble(30 + tenth / 10) for tenth in range(100)]
    assert {trouble.reason.split(" s ")[0] for trouble in troubles if trouble} == {"No picture for 6"}


def every(interval: float, until: float) -> Liveness:
    """A camera that sends a picture so often (s), reported up to half a second later; two segments come with each."""
    live = Liveness(2.0, started=0.0)
    for half in range(2, int(until * 2) + 1):
        now = half / 2
        pictured = now // interval * interval
        before, live = live, live.reported(f"out_time_us={int(pictured * 1e6)}", now)
        if live.advanced != before.advanced:
            live = live.finished(now)
    return live


def test_a_camera_that_sends_a_picture_every_four_seconds_is_left_alone() -> None:
    for half in range(2, 120):
        assert every(4.0, half / 2).trouble(half / 2) is None
    trouble = every(4.0, 20.0).trouble(32.1)
    assert trouble is not None
    assert trouble.reason == "No picture for 12 s although the connection stands."


def test_a_slow_camera_is_left_alone_although_each_of_its_pictures_is_told_in_several_reports() -> None:
    """FFmpeg 7 and newer report while they work, and a busy box takes seconds for ten seconds of pictures."""
    live = Liveness(1.0, 0.0, first_limit(1))
    for second in (20, 30, 40, 50, 60):
        for part in range(4):
            assert live.trouble(second + part / 2) is None
            live = live.reported(f"out_time_us={(second - 20 + part * 3) * 1_000_000 + 66_667}", second + part / 2)
        live = live.finished(second + 1.5)
    assert live.trouble(69.9) is None


def test_after_a_freeze_that_passed_the_next_one_is_found_as_soon_as_ever() -> None:
    live = filming(20).reported("out_time_us=22900000", 22.9)
    for half in range(46, 52):
        live = live.reported(f"out_time_us={half * 500_000}", half / 2).finished(half / 2)
    assert live.trouble(25.5 + 2.9) is None
    assert live.trouble(25.5 + 3.1) is not None


def test_however_seldom_pictures_come_a_camera_that_sends_none_for_half_a_minute_is_called_again() -> None:
    live = Liveness(2.0, started=0.0)
    for second in (1, 13, 41):
        live = live.reported(f"out_time_us={second * 1_000_000}", float(second))
    assert live.trouble(41 + 30.1) is not None
