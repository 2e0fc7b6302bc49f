"""An instant on this box's two clocks: the one that never steps, and the one that people set."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

# The two are read this close together (s); a process that was put to sleep in between reads them again.
TOGETHER = 0.1
READINGS = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on two clocks: `clock` (s) never steps and is for distances, `time` (aware, UTC) is for people."""

    clock: float
    time: datetime

    def step_since(self, before: Moment) -> float:
        """How far (s) the box's clock was set forward since then, or back where it is negative. Rates that differ do
        not count: the system slews both clocks alike."""
        return (self.time - before.time).total_seconds() - (self.clock - before.clock)


def now() -> Moment:
    """This instant."""
    clock = asyncio.get_running_loop().time
    for _ in range(READINGS):
        moment = Moment(clock(), datetime.now(UTC))
        if clock() - moment.clock < TOGETHER:
            break
    return moment


def clock_at(time: datetime | None) -> float | None:
    """What the clock that never steps showed at this time, if the other one has not been set since."""
    if time is None:
        return None
    moment = now()
    return moment.clock - (moment.time - time).total_seconds()
