"""One camera's supervision as a value: events come in, and out come its phase, what to say, how long to wait. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from uploader.ffmpeg.causes import Kind
from uploader.reporting.status import LIVE, STARTING, Condition, State
from uploader.supervision import backoff
from uploader.supervision.history import History, Phase

if TYPE_CHECKING:
    from uploader.ffmpeg.causes import Cause
    from uploader.supervision.moment import Moment

# From here on (s) a camera counts as offline, not as reconnecting.
OFFLINE_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class Supervision:
    """Where one camera is. `condition` is what to say of it: a trouble is told until there is a picture again.

    `failures` in a row decide about the next wait, of them `refusals` were refused logins. `accepted`: the camera has
    given pictures to this login before.
    """

    condition: Condition = STARTING
    history: History = field(default_factory=History)
    failures: int = 0
    refusals: int = 0
    accepted: bool = False
    live_since: float | None = None
    last_seen: float | None = None

    @property
    def phase(self) -> Phase:
        """The present phase."""
        return self.history.phase

    def started(self, now: Moment) -> Supervision:
        """FFmpeg was started."""
        return replace(
            self,
            history=self._history(Phase.START, now),
            condition=STARTING if self.phase is Phase.STOPPED else self.condition,
            live_since=None,
            last_seen=now.clock if self.last_seen is None else self.last_seen,
        )

    def first_frame(self, now: Moment) -> Supervision:
        """The first picture has come through FFmpeg."""
        return replace(self, history=self._history(Phase.FIRST_FRAME, now)) if self.phase is Phase.START else self

    def segment(self, now: Moment) -> Supervision:
        """A segment is finished."""
        if self.phase is Phase.LIVE:
            return replace(self, last_seen=now.clock)
        return replace(
            self,
            history=self._history(Phase.LIVE, now),
            condition=LIVE,
            accepted=True,
            live_since=now.clock,
            last_seen=now.clock,
        )

    def stalled(self, now: Moment, why: Cause) -> Supervision:
        """FFmpeg runs but gives nothing any more, and is being ended."""
        entered = replace(self._counted(why), history=self._history(Phase.STALLED, now, why))
        return replace(entered, condition=_waiting(entered, self._lost_state(now, State.STALLED), why))

    def lost(self, now: Moment, why: Cause) -> Supervision:
        """FFmpeg has ended. What is to be waited now is `pause`."""
        history = self._history(Phase.REFUSED if why.refused else Phase.BACKING_OFF, now, why)
        if self.phase is Phase.STALLED:  # counted and told already
            return replace(self, history=history)
        entered = replace(self._counted(why), history=history)
        state = State.REFUSED if why.refused else self._lost_state(now, State.RECONNECTING)
        return replace(entered, condition=_waiting(entered, state, why))

    def returned(self) -> Supervision:
        """The camera is there again after it could not be reached: it is a fresh one."""
        return replace(self, failures=0)

    def stopped(self, now: Moment) -> Supervision:
        """Nobody supervises any more; the reporter says why."""
        return replace(self, history=self._history(Phase.STOPPED, now))

    def pause(self, why: Cause, chance: float = 0.5) -> float:
        """Seconds to wait before the next try; `chance` (0..1) spreads cameras that fell together."""
        if why.refused:
            return backoff.refused_delay(self.refusals, accepted=self.accepted)
        return backoff.delay(self.failures, chance=chance, busy=why.kind is Kind.BUSY)

    def _lost_state(self, now: Moment, state: State) -> State:
        gone = self.last_seen is not None and now.clock - self.last_seen > OFFLINE_AFTER
        return State.OFFLINE if gone else state

    def _counted(self, why: Cause) -> Supervision:
        failures = 1 if self._is_forgiven() else self.failures + 1
        return replace(self, failures=failures, refusals=self.refusals + 1 if why.refused else 0)

    def _is_forgiven(self) -> bool:
        if self.live_since is None or self.last_seen is None:
            return False
        return self.last_seen - self.live_since >= backoff.FORGIVEN_AFTER

    def _history(self, phase: Phase, now: Moment, why: Cause | None = None) -> History:
        return self.history.enter(phase, now.time, why.reason if why else None)


def _waiting(supervision: Supervision, state: State, why: Cause) -> Condition:
    # Without chance in it: the same trouble again is nothing new to say.
    pause = supervision.pause(why)
    wait = f"Trying again in {pause:.0f} s." if pause < 90 else f"Trying again in {pause / 60:.0f} minutes."
    return Condition(state, why.reason, f"{why.advice} {wait}".strip())
