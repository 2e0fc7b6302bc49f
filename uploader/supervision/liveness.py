"""Whether an FFmpeg still gives pictures, from what it reports, finishes and says. Pure.

That a process lives, or how it ended, proves nothing: a camera that hangs up gives exit status 0, and a hung one never
ends. What counts is media time that advances, and segments that get finished.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from uploader.ffmpeg.causes import TIME_JUMPED, Cause, clock_set
from uploader.ffmpeg.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST_PICTURE_LIMIT = 15.0
# After a step of the box's clock FFmpeg doubts the stamp of every packet (`-dts_error_threshold`), guesses the time,
# and says so twice per picture until it is started again. A single stray stamp is no reason.
DOUBT_LIMIT = 1.0
_DOUBT = "invalid dropping"

# Some cameras send a picture now and then: so many times what lies between two is too long, and so is this (s).
INTERVALS = 3
LONGEST_STALL = 30.0

NO_PICTURE = Cause("The camera was reached but sends no picture.", "Restart the camera if this stays.")
NO_SEGMENT = Cause("Pictures arrive, but no segment gets finished.", "Check the box: is its disk or memory full?")


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


@dataclass(frozen=True, slots=True)
class Liveness:
    """What one FFmpeg has shown so far. All times are seconds on one clock that never steps."""

    segment_duration: float
    started: float
    progress: Progress = field(default_factory=Progress)
    first_picture: float | None = None
    advanced: float | None = None
    gaps: tuple[float, ...] = ()  # the last two, between reports that told more media time
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
        gaps = self.gaps if self.advanced is None else (*self.gaps, now - self.advanced)[-2:]
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
        """How long (s) media time may stand still. How far apart pictures are is known with the second one."""
        return stall_limit(self.segment_duration, max(self.gaps)) if self.gaps else FIRST_PICTURE_LIMIT

    def trouble(self, now: float) -> Cause | None:
        """Why this FFmpeg should be ended now, if it should."""
        if self.step is not None:
            return clock_set(self.step)
        if self.advanced is None and now - self.started > FIRST_PICTURE_LIMIT:
            return NO_PICTURE
        if self.advanced is not None and now - self.advanced > self.patience:
            return no_picture_for(self.patience)
        finished = self.segment if self.segment is not None else self.first_picture
        if finished is not None and now - finished > max(self.patience, segment_limit(self.segment_duration)):
            return NO_SEGMENT
        return TIME_JUMPED if self._doubts() > DOUBT_LIMIT else None

    def _doubts(self) -> float:
        """For how many seconds it has doubted the camera's stamps."""
        return 0.0 if self.doubted is None or self.doubts_since is None else self.doubted - self.doubts_since
