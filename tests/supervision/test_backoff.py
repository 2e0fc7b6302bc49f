"""How long to wait before the next try."""

from __future__ import annotations

import pytest

from uploader.supervision.backoff import delay, refused_delay


def test_the_waits_grow_and_are_capped() -> None:
    assert [delay(failures, chance=0.5) for failures in range(1, 9)] == [1, 2, 4, 8, 15, 30, 30, 30]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0.8), (1.0, 1.2)])
def test_chance_spreads_them(chance: float, seconds: float) -> None:
    assert delay(1, chance=chance) == pytest.approx(seconds)


def test_a_refused_login_is_tried_three_times_and_then_seldom() -> None:
    assert [refused_delay(refusals, accepted=False) for refusals in (1, 2, 3, 4)] == [1, 2, 300, 300]


def test_a_login_that_was_good_before_is_given_time_until_the_camera_forgets_a_viewer() -> None:
    delays = [refused_delay(refusals, accepted=True) for refusals in (1, 2, 3, 4)]
    assert sum(delays[:2]) >= 60
    assert delays[2:] == [300, 300]


def test_row_2_an_encoder_that_crashes_at_once_is_started_at_most_twelve_times_in_two_minutes() -> None:
    starts, at = 0, 0.0
    while at < 120:
        starts += 1
        at += delay(starts, chance=0.0)
    assert starts <= 12
