"""When the pictures of a segment were taken (EXT-X-PROGRAM-DATE-TIME), from when the segment was finished.

FFmpeg's own dates are latched once at its start, 1.5 to 2 s late, and never corrected; a camera's clock is anybody's
guess. The box knows when it saw a segment finished. What lies between (encoder, disk, scheduler) only ever adds delay,
so the earliest sighting is the truest.
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


@dataclass(frozen=True, slots=True)
class Timeline:
    """Dates the segments of one run of FFmpeg; `edge` is where the next segment is expected to start."""

    edge: datetime | None = None

    def place(self, duration: float, finished_at: datetime) -> tuple[datetime, Timeline]:
        """The date of a segment's first picture, and the timeline to date the next one with. `duration` in seconds."""
        length = timedelta(seconds=duration)
        start = self._start(finished_at - length, length)
        return start, replace(self, edge=start + length)

    def _start(self, seen: datetime, length: timedelta) -> datetime:
        if self.edge is None or abs(seen - self.edge) > STEP:
            return seen
        return min(seen, self.edge + length * DRIFT)
