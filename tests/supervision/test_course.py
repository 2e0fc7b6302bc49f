"""The life of one camera: what may follow what, what is said, how long is waited, and what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from uploader.ffmpeg.causes import CLOSED, WRONG_LOGIN, Cause, Kind
from uploader.reporting.status import LIVE, STARTING, State
from uploader.supervision.course import Supervision
from uploader.supervision.history import KEPT, SHOWN, History, IllegalTransition, Phase
from uploader.supervision.moment import Moment

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
TOO_MANY_VIEWERS = Cause("The camera refuses another viewer (453).", "Close other players.", Kind.BUSY)
FROZEN = Cause("No picture for 3 s although the connection stands.", "Check the camera's network.")


def at(seconds: float) -> Moment:
    return Moment(1000.0 + seconds, NOON + timedelta(seconds=seconds))


def live(since: float = 0.0, until: float = 0.0) -> Supervision:
    started = Supervision().started(at(since)).first_frame(at(since)).segment(at(since))
    return started.segment(at(until)) if until > since else started


def crashing(times: int, why: Cause = CLOSED, first: Supervision | None = None) -> Supervision:
    supervision = first or Supervision()
    for _ in range(times):
        supervision = supervision.started(at(0)).lost(at(0), why)
    return supervision


def test_a_good_start_goes_through_its_phases_and_ends_stopped() -> None:
    supervision = live().segment(at(2)).stopped(at(3))
    assert [step.phase for step in supervision.history.steps] == ["start", "first_frame", "live", "stopped"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], Phase.LIVE),
        ([], Phase.STOPPED),
        ([Phase.START], Phase.START),
        ([Phase.START, Phase.LIVE], Phase.FIRST_FRAME),
        ([Phase.START, Phase.LIVE], Phase.START),
        ([Phase.START, Phase.STALLED], Phase.LIVE),
        ([Phase.START, Phase.STALLED], Phase.START),
        ([Phase.START, Phase.BACKING_OFF], Phase.LIVE),
        ([Phase.START, Phase.REFUSED], Phase.BACKING_OFF),
        ([Phase.START, Phase.STOPPED], Phase.STOPPED),
    ],
)
def test_what_cannot_happen_is_not_entered(before: list[Phase], after: Phase) -> None:
    history = History()
    for phase in before:
        history = history.enter(phase, NOON)
    with pytest.raises(IllegalTransition):
        history.enter(after, NOON)


def test_every_phase_can_be_left_and_be_reached() -> None:
    reached = set()
    histories = [History()]
    for _ in range(5):
        histories = [new for old in histories for phase in Phase if (new := _entered(old, phase))]
        reached |= {history.phase for history in histories}
    assert reached == set(Phase)


def _entered(history: History, phase: Phase) -> History | None:
    try:
        return history.enter(phase, NOON)
    except IllegalTransition:
        return None


def test_a_lost_picture_is_told_until_there_is_one_again() -> None:
    lost = live(0, 2).lost(at(3), CLOSED)
    assert (lost.condition.state, lost.condition.reason) == (State.RECONNECTING, CLOSED.reason)
    again = lost.started(at(4)).first_frame(at(5))
    assert again.condition == lost.condition
    assert again.segment(at(7)).condition == LIVE


def test_the_first_start_and_one_after_a_stop_say_that_they_start() -> None:
    assert Supervision().started(at(0)).condition == STARTING
    assert live().stopped(at(1)).started(at(2)).condition == STARTING


def test_a_stall_is_said_once_although_ending_ffmpeg_takes_a_while() -> None:
    stalled = live(0, 2).stalled(at(6), FROZEN)
    assert stalled.condition.state is State.STALLED
    ended = stalled.lost(at(8), FROZEN)
    assert ended.condition == stalled.condition
    assert ended.failures == 1


def test_the_same_trouble_again_is_nothing_new_to_say() -> None:
    conditions = {crashing(times).condition for times in range(6, 12)}
    assert len(conditions) == 1


def test_after_half_a_minute_without_a_picture_the_camera_is_offline() -> None:
    lost = live(0, 2).lost(at(3), CLOSED)
    assert lost.started(at(31)).lost(at(31), CLOSED).condition.state is State.RECONNECTING
    assert lost.started(at(33)).lost(at(33), CLOSED).condition.state is State.OFFLINE
    assert lost.started(at(33)).stalled(at(50), FROZEN).condition.state is State.OFFLINE


def test_waits_grow_with_failures_and_a_minute_of_good_pictures_forgives_them() -> None:
    failed = crashing(4)
    assert failed.pause(CLOSED) == 8
    short = failed.started(at(10)).segment(at(11)).segment(at(70)).lost(at(71), CLOSED)
    assert short.pause(CLOSED) == 15
    long = failed.started(at(10)).segment(at(11)).segment(at(71)).lost(at(72), CLOSED)
    assert long.pause(CLOSED) == 1


def test_a_camera_that_can_be_reached_again_is_a_fresh_one() -> None:
    assert crashing(1, first=crashing(6).returned()).pause(CLOSED) == 1


def test_a_wrong_password_is_tried_three_times_and_then_every_five_minutes() -> None:
    waits = [crashing(tries, WRONG_LOGIN).pause(WRONG_LOGIN) for tries in range(1, 6)]
    assert waits == [1, 2, 300, 300, 300]
    assert crashing(3, WRONG_LOGIN).condition.state is State.REFUSED
    assert str(crashing(3, WRONG_LOGIN).condition.advice).endswith("Trying again in 5 minutes.")


def test_a_camera_with_too_many_viewers_is_not_called_every_second() -> None:
    waits = [crashing(tries, TOO_MANY_VIEWERS).pause(TOO_MANY_VIEWERS) for tries in range(1, 7)]
    assert waits == [5, 5, 5, 8, 15, 30]


def test_one_refusal_after_an_outage_is_not_the_third_one() -> None:
    """A camera whose accounts come up later than its port must not be left alone for five minutes."""
    assert crashing(1, WRONG_LOGIN, first=crashing(6)).pause(WRONG_LOGIN) == 1


def test_a_login_that_worked_is_tried_again_when_the_camera_has_forgotten_its_lost_viewer() -> None:
    lost = live(0, 5).lost(at(6), CLOSED)
    waits = [crashing(tries, WRONG_LOGIN, first=lost).pause(WRONG_LOGIN) for tries in (1, 2, 3)]
    assert waits[0] + waits[1] >= 60
    assert waits[2] == 300


def test_the_last_hour_is_counted() -> None:
    supervision = live(0, 2).lost(at(3), CLOSED).started(at(4)).segment(at(6)).stalled(at(10), FROZEN)
    supervision = supervision.lost(at(11), FROZEN).started(at(12)).lost(at(13), CLOSED)
    history = supervision.history
    soon, later = at(14).time, at(3605).time
    assert (history.restarts(soon), history.reconnects(soon), history.stalls(soon)) == (2, 2, 1)
    assert (history.restarts(later), history.reconnects(later), history.stalls(later)) == (1, 1, 1)


def test_the_last_steps_are_remembered_with_time_and_reason() -> None:
    history = crashing(40).history
    shown = history.as_json()
    assert len(shown) == SHOWN
    assert shown[-1] == {
        "from": "start",
        "to": "backing_off",
        "at": "2026-11-20T12:00:00.000Z",
        "reason": "The camera closed the connection.",
    }


def test_memory_stays_bounded_and_old_steps_are_forgotten() -> None:
    assert len(crashing(KEPT).history.steps) == KEPT
    supervision = crashing(100)
    later = supervision.started(at(7200)).lost(at(7201), CLOSED)
    assert len(later.history.steps) == SHOWN
    assert later.history.restarts(at(7201).time) == 1
