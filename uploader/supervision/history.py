"""What one camera went through: which phase may follow which, when each was entered and why. Pure.

stopped ─► start ─► first frame ─► live
             ▲ └───────┴────────────┤ nothing comes any more
             │         │            ▼
             │         │         stalled
             │         ▼            │ FFmpeg has ended
             └── backing off, refused        (stopped may follow each of them)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from uploader.hls.playlist import iso

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

SHOWN = 50
HOUR = timedelta(hours=1)
# Of an hour, whatever happens in it: a camera that comes and goes each second would fill the memory.
KEPT = 1000


class Phase(StrEnum):
    """Where a camera is between two tries at it."""

    STOPPED = "stopped"
    START = "start"
    FIRST_FRAME = "first_frame"
    LIVE = "live"
    STALLED = "stalled"
    BACKING_OFF = "backing_off"
    REFUSED = "refused"


_ENDINGS = frozenset({Phase.STALLED, Phase.BACKING_OFF, Phase.REFUSED, Phase.STOPPED})
_LOSSES = _ENDINGS - {Phase.STOPPED}
_FOLLOWS: dict[Phase, frozenset[Phase]] = {
    Phase.STOPPED: frozenset({Phase.START}),
    # A segment may be seen before the report of its pictures is read.
    Phase.START: _ENDINGS | {Phase.FIRST_FRAME, Phase.LIVE},
    Phase.FIRST_FRAME: _ENDINGS | {Phase.LIVE},
    Phase.LIVE: _ENDINGS,
    Phase.STALLED: frozenset({Phase.BACKING_OFF, Phase.STOPPED}),
    Phase.BACKING_OFF: frozenset({Phase.START, Phase.STOPPED}),
    Phase.REFUSED: frozenset({Phase.START, Phase.STOPPED}),
}


class IllegalTransition(Exception):
    """A phase that cannot follow the present one: a fault in the supervisor."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The step from one phase into another. `at` is aware and UTC, for people; no decision hangs on it."""

    before: Phase
    phase: Phase
    at: datetime
    reason: str | None = None

    def as_json(self) -> dict[str, object]:
        """The step in the API."""
        return {"from": self.before.value, "to": self.phase.value, "at": iso(self.at), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class History:
    """The steps of the last hour, or the last SHOWN where that is more; `phase` is where they have led to.

    Since the beginning a live picture was `ever_lost` so many times, and a connection had `ever_stalled`.
    """

    steps: tuple[Transition, ...] = ()
    ever_lost: int = 0
    ever_stalled: int = 0

    @property
    def phase(self) -> Phase:
        """The present phase."""
        return self.steps[-1].phase if self.steps else Phase.STOPPED

    def enter(self, phase: Phase, at: datetime, reason: str | None = None) -> History:
        """The history with one more step. Raises IllegalTransition."""
        if phase not in _FOLLOWS[self.phase]:
            raise IllegalTransition(f"{self.phase.value} -> {phase.value}")
        old = len(self.steps) - SHOWN + 1
        kept = [step for number, step in enumerate(self.steps) if number >= old or step.at > at - HOUR]
        return History(
            (*kept[1 - KEPT :], Transition(self.phase, phase, at, reason)),
            self.ever_lost + (self.phase is Phase.LIVE and phase in _LOSSES),
            self.ever_stalled + (phase is Phase.STALLED),
        )

    def restarts(self, now: datetime) -> int:
        """How often FFmpeg was started again within the last hour."""
        return len([step for step in self._recent(now, {Phase.START}) if step.before is not Phase.STOPPED])

    def reconnects(self, now: datetime) -> int:
        """How often a live picture was lost within the last hour, and had to be fetched again."""
        return len([step for step in self._recent(now, _LOSSES) if step.before is Phase.LIVE])

    def stalls(self, now: datetime) -> int:
        """How often a connection stood and gave nothing any more within the last hour."""
        return len(self._recent(now, {Phase.STALLED}))

    def _recent(self, now: datetime, phases: Collection[Phase]) -> list[Transition]:
        return [step for step in self.steps if step.phase in phases and step.at > now - HOUR]

    def as_json(self) -> list[dict[str, object]]:
        """The last SHOWN steps in the API, the oldest first."""
        return [step.as_json() for step in self.steps[-SHOWN:]]
