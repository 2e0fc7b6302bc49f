"""Whether what one FFmpeg gives can have been filmed yet: media time that overtakes the clock. Pure.

Timestamps that jump forward make FFmpeg fill seconds or hours with copies of one picture, as fast as it can. On its way
from the camera a picture is only ever delayed, so media time is never earlier than it was at its earliest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Ahead by less than this (s), a segment goes at once: encoders and schedulers are that uneven. FFmpeg 7 and newer begin
# what they pace themselves (`-re`) with a burst of 0.5 s.
AT_ONCE = 0.5
# Else it waits for so long (s): in that time a flood would have given itself away, and a late start caught up.
CONFIRMED_AFTER = 1.2
# Further ahead than this (s) it is a flood.
AHEAD_LIMIT = 2.0
MARGIN = 0.5


class RunsAhead(Exception):
    """More media time was written than time has passed."""


def limit(segment_duration: float) -> float:
    """How far (s) segments of this duration may be ahead. Of a camera that sends a picture now and then the first one
    may be finished late by as much as it lasts."""
    return max(AHEAD_LIMIT, segment_duration + MARGIN)


@dataclass(frozen=True, slots=True)
class Headway:
    """The media time of one FFmpeg that was `started` then; all in seconds, on a clock that never steps.

    `zero` is when media time 0 was, where that is known. Else `origin` is, as its earliest segment has it, and counts
    when a moment has passed since the `first`: until then FFmpeg may be catching up. Since `doubted` it is further
    ahead than a segment that goes at once; then `claimed` is the origin, if that is believed.
    """

    started: float
    limit: float = AHEAD_LIMIT
    zero: float | None = None
    media_time: float = 0.0
    origin: float | None = None
    first: float | None = None
    doubted: float | None = None
    claimed: float | None = None

    def knowing(self, zero: float | None) -> Headway:
        """With when media time 0 was, where that is known now and was not before. Then what is finished late, and all
        at once, is not taken for ahead."""
        return replace(self, zero=zero) if self.zero is None and zero is not None else self

    def finished(self, duration: float, now: float) -> Headway:
        """With what was finished just now. Raises RunsAhead."""
        media_time = self.media_time + duration
        origin = now - media_time
        ahead = self._earliest(now) - origin
        if ahead > self.limit:
            raise RunsAhead
        later = replace(self, media_time=media_time, first=now if self.first is None else self.first)
        if ahead <= AT_ONCE:
            return replace(later, origin=_least(self.origin, origin), doubted=None, claimed=None)
        doubted = now if self.doubted is None else self.doubted
        return replace(later, doubted=doubted, claimed=_least(self.claimed, origin))

    def waited(self, now: float) -> Headway:
        """Time has passed: what is only a little ahead, and stays so, was the first to be in time."""
        if self.doubted is None or self.claimed is None or now - self.doubted < CONFIRMED_AFTER:
            return self
        return replace(self, origin=_least(self.origin, self.claimed), doubted=None, claimed=None)

    def _earliest(self, now: float) -> float:
        """Media time 0 was no earlier, as far as that is known."""
        if self.zero is not None:
            return self.zero
        settled = self.first is not None and now - self.first >= CONFIRMED_AFTER
        return self.origin if settled and self.origin is not None else self.started


def _least(known: float | None, new: float) -> float:
    return new if known is None else min(known, new)
