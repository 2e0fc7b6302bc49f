"""When the pictures of a segment were taken (EXT-X-PROGRAM-DATE-TIME).

A network camera's pictures are stamped with the box's time as they come in, and FFmpeg says once what it calls 0: that
is exact, however late a segment is finished. Everything else is dated by when it was finished. What lies between
(encoder, disk, scheduler) only ever adds delay, so the earliest sighting is the truest.

Not used: FFmpeg's own dates, latched once at its start, 1.5 to 2 s late, and never corrected; and a camera's clock,
which is anybody's guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Clocks differ by less than this; a delay that stays is believed at this rate.
DRIFT = 0.002
# Beyond this the box's clock was set, or pictures are missing.
STEP = timedelta(seconds=2)
# The first segment of a run may have been seen late; a later one then takes the dates back. Further than this, a player
# that reads dates has to be told.
BACK = timedelta(seconds=1)
# Media time is counted in so many ticks a second, and begins again after so long (33 bits; every 26.5 hours).
TICKS = 90_000
AGAIN = 2**33 / TICKS
# A stamp is believed that is no further ahead of when the segment was seen, and no further behind (s).
AHEAD, BEHIND = 1.0, 120.0


def stamped(zero: datetime, ticks: int, finished_at: datetime) -> datetime:
    """The date of a picture whose media time is so many `ticks`, in a segment that was finished then; `zero` is when
    media time was 0."""
    start = zero + timedelta(seconds=ticks / TICKS)
    return start + timedelta(seconds=AGAIN * round((finished_at - start).total_seconds() / AGAIN))


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dates the segments of one run of FFmpeg; `edge` is where the next segment is expected to start."""

    edge: datetime | None = None

    def place(self, duration: float, finished_at: datetime, stamp: datetime | None = None) -> tuple[datetime, Timeline]:
        """The date of a segment's first picture, and the timeline to date the next one with. `duration` in seconds;
        `stamp` is when that picture came in, where it was stamped."""
        length = timedelta(seconds=duration)
        late = (finished_at - length - stamp).total_seconds() if stamp is not None else -BEHIND
        start = stamp if stamp is not None and -AHEAD < late < BEHIND else self._start(finished_at - length, length)
        return start, replace(self, edge=start + length)

    def _start(self, seen: datetime, length: timedelta) -> datetime:
        if self.edge is None or abs(seen - self.edge) > STEP:
            return seen
        return min(seen, self.edge + length * DRIFT)
