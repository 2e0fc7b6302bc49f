"""Where a run of frames is cut into media segments, decided frame by frame, as early as it can be known. Pure.

A segment of our own encoder is known to be over with its last frame, because keyframes come by count. With a camera's
own video only the next keyframe tells, which is a frame later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.segments.transport_stream import seconds_between

if TYPE_CHECKING:
    from uploader.segments.transport_stream import Frame

# Between two frames; after more than this, in seconds, the clock behind them has jumped or the camera was away.
LONGEST_PAUSE = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """What one frame means for segments. Durations in seconds.

    `ended`: the segment before this frame is over, and was so long. `begins`: a new one begins with it, which with
    `discontinuity` does not follow from the one before. `ends`: the segment is over with this frame, and is so long.
    """

    ended: float | None = None
    begins: bool = False
    discontinuity: bool = False
    ends: float | None = None


class Cuts:
    """Cuts at the first keyframe after about `duration` seconds. With `part`: after about so many, and at every
    keyframe.

    `by_count`: a keyframe stands exactly every `duration` seconds.
    """

    def __init__(self, duration: float, *, part: float | None = None, by_count: bool = False) -> None:
        self._length = part or duration
        self._parted = part is not None
        self._early = by_count or self._parted
        self._first: int | None = None  # time of the open segment's first frame; None between two segments
        self._last: int | None = None
        self._broken = True  # what comes next follows from nothing
        self.interval = 0.0  # how long a frame stays on the screen (s); 0 before there are two

    def place(self, frame: Frame) -> Place:
        """What to do with the next frame; where there is no segment it belongs to, it is passed over."""
        step = self._step(frame)
        ended = self._ended_before(frame, step)
        if ended is not None:
            self._first = None
        self._last, self.interval = frame.time, step or self.interval
        if self._first is not None:
            return Place(ends=self._ends())
        if not frame.is_keyframe and (self._broken or not self._parted):
            self._broken = True
            return Place(ended)
        discontinuity, self._broken = self._broken, False
        self._first = frame.time
        return Place(ended, begins=True, discontinuity=discontinuity, ends=self._ends())

    def end(self) -> float | None:
        """No more frames come: how long the segment is that is open now, if one is."""
        if self._first is None or self._last is None:
            return None
        return seconds_between(self._first, self._last) + self.interval

    def _step(self, frame: Frame) -> float:
        """From the frame before to this one; 0 where there is no saying."""
        step = seconds_between(self._last, frame.time) if self._last is not None else 0.0
        return step if 0 < step <= LONGEST_PAUSE else 0.0

    def _ended_before(self, frame: Frame, step: float) -> float | None:
        """How long the open segment was, if this frame does not belong to it."""
        if self._last is not None and not step:
            self._broken = True
            return self.end()
        if self._first is None:
            return None
        length = seconds_between(self._first, frame.time)
        is_long_enough = length + step / 2 >= self._length
        is_over = is_long_enough or frame.is_keyframe if self._parted else is_long_enough and frame.is_keyframe
        return length if is_over else None

    def _ends(self) -> float | None:
        """How long the segment is, if it is over with the frame that came last."""
        length = self.end()
        if length is None or not self._early or not self.interval or length + self.interval / 2 < self._length:
            return None
        self._first = None
        return length
