"""Whether an FFmpeg still gives pictures, from what it reports, finishes and says. Pure.

That a process lives, or how it ended, proves nothing: a camera that hangs up gives exit status 0, and a hung one never
ends. What counts is media time that advances, and segments that get finished.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from uploader.ffmpeg.causes import NO_PICTURE, Cause
from uploader.ffmpeg.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable

# How long to wait for the first picture (s), and how many times as long later on: it leaves FFmpeg with the third, and
# a camera may send one in ten seconds.
FIRST_PICTURE_LIMIT, PATIENT = 15.0, 3
# After a step of the box's clock FFmpeg doubts the stamp of every packet (`-dts_error_threshold`), guesses the time,
# and says so twice per picture until it is started again. A single stray stamp is no reason.
DOUBT_LIMIT = 1.0
_DOUBT = "invalid dropping"

# Some cameras send a picture now and then: so many times what lies between two is too long, and so is this (s).
INTERVALS = 3
LONGEST_STALL = 30.0
# How far apart pictures come shows within so long (s); and in the time that a start takes, beyond so long (s).
RECENT, ORDINARY_START = 45.0, 5.0

NO_SEGMENT = Cause("Pictures arrive, but no segment gets finished.", "Check the box: is its disk or memory full?")
TIME_JUMPED = Cause(
    "Time jumped: this box's clock was set, or the camera's.", "Let both take their time from the network (NTP)."
)


def first_limit(failures: int) -> float:
    """How long (s) to wait for the first picture, after so many failures in a row: they are told already."""
    return FIRST_PICTURE_LIMIT * min(1 + failures, PATIENT)


def stall_limit(segment_duration: float, interval: float) -> float:
    """How long media time may stand still before a camera counts as stalled, in seconds; pictures are as far apart as
    `interval` (s)."""
    return max(3.0, 1.5 * segment_duration, min(INTERVALS * interval, LONGEST_STALL))


def segment_limit(segment_duration: float) -> float:
    """How long a running FFmpeg may take to finish the next segment, in seconds."""
    return 3 * segment_duration + 1.0


def no_picture_for(seconds: float) -> Cause:
    """The camera has stalled."""
    return Cause(f"No picture for {seconds:.2g} s although the connection stands.", "Check the camera's network.")


def clock_set(seconds: float) -> Cause:
    """The box's clock was set by so much, forward or (negative) back."""
    how = f"{abs(seconds):.0f} s {'forward' if seconds > 0 else 'back'}"
    return Cause(
        f"This box's clock was set {how}.", "If that comes again, let it take its time from the network (NTP)."
    )


@dataclass(frozen=True, slots=True)
class Liveness:
    """What one FFmpeg has shown so far. All times are seconds on one clock that never steps; `first_limit` is how long
    (s) it may take to the first picture."""

    segment_duration: float
    started: float
    first_limit: float = FIRST_PICTURE_LIMIT
    progress: Progress = field(default_factory=Progress)
    first_picture: float | None = None
    advanced: float | None = None
    # Between reports that told more media time: when it ended, and how long it was.
    gaps: tuple[tuple[float, float], ...] = ()
    segment: float | None = None
    doubts_since: float | None = None
    doubted: float | None = None
    step: float | None = None

    def reported(self, line: str, now: float) -> Liveness:
        """With one more line of its progress reports."""
        later = self.progress.read(line)
        if later.out_time <= self.progress.out_time:
            return replace(self, progress=later)
        first = now if self.first_picture is None else self.first_picture
        gap = now - (self.started + ORDINARY_START if self.advanced is None else self.advanced)
        gaps = (*((end, length) for end, length in self.gaps if end > now - RECENT), (now, max(0.0, gap)))
        return replace(self, progress=later, first_picture=first, advanced=now, gaps=gaps)

    def finished(self, now: float) -> Liveness:
        """With one more segment."""
        return replace(self, segment=now)

    def said(self, lines: Iterable[str], now: float) -> Liveness:
        """With lines that it said on stderr."""
        if not any(_DOUBT in line for line in lines):
            return self
        goes_on = self.doubted is not None and now - self.doubted <= DOUBT_LIMIT
        return replace(self, doubted=now, doubts_since=self.doubts_since if goes_on else now)

    def stepped(self, seconds: float) -> Liveness:
        """The clock that stamps its pictures was set by so much, forward or (negative) back."""
        return replace(self, step=seconds)

    @property
    def patience(self) -> float:
        """How long (s) media time may stand still."""
        return stall_limit(self.segment_duration, self._interval()) if len(self.gaps) > 1 else self.first_limit

    def _interval(self) -> float:
        """How far apart (s) pictures come: most of the time passes in gaps that are no shorter. So neither a pause that
        is over counts, nor that what came with one picture is told in several reports."""
        lengths = sorted((length for _, length in self.gaps), reverse=True)
        half = sum(lengths) / 2
        return next(length for length, passed in zip(lengths, accumulate(lengths), strict=True) if passed >= half)

    def trouble(self, now: float) -> Cause | None:
        """Why this FFmpeg should be ended now, if it should."""
        if self.step is not None:
            return clock_set(self.step)
        if self.advanced is None and now - self.started > self.first_limit:
            return NO_PICTURE
        if self.advanced is not None and now - self.advanced > self.patience:
            return no_picture_for(self.patience)
        if self._unfinished() > max(self.patience, segment_limit(self.segment_duration)):
            return NO_SEGMENT
        return TIME_JUMPED if self._doubts() > DOUBT_LIMIT else None

    def _unfinished(self) -> float:
        """For how many seconds pictures have come without a segment. Where none come, it is not the disk's fault."""
        finished = self.segment if self.segment is not None else self.first_picture
        return 0.0 if finished is None or self.advanced is None else self.advanced - finished

    def _doubts(self) -> float:
        """For how many seconds it has doubted the camera's stamps."""
        return 0.0 if self.doubted is None or self.doubts_since is None else self.doubted - self.doubts_since
