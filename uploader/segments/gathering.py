"""Pieces of a copied stream, each from one keyframe to the next, put together to segments of the wanted length. Pure.

FFmpeg's HLS cuts a copied stream by its average: with a keyframe each second and 2 s wanted it makes 1, 2 and 3 s in
turn. So it cuts at every keyframe, and this gathers. Pieces of one FFmpeg are one stream of MPEG-TS: counters go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uploader.segments.copied_segment import parameters

if TYPE_CHECKING:
    from uploader.segments.segment import FinishedSegment


@dataclass(frozen=True, slots=True)
class Gathering:
    """Segments of about `wanted` seconds and never more than `longest`, unless one piece is longer. `held` waits."""

    wanted: float
    longest: float
    held: tuple[FinishedSegment, ...] = ()

    @property
    def seconds(self) -> float:
        """How much is held."""
        return sum(piece.duration for piece in self.held)

    def add(self, piece: FinishedSegment) -> tuple[Gathering, list[FinishedSegment]]:
        """With the next piece; and the segments that are complete, at most two. The next piece is expected to be as
        long as this one."""
        complete: list[FinishedSegment] = []
        gathering = self
        if self.held and not self._goes_on_with(piece):
            gathering, complete = self.rest()
        gathering = replace(gathering, held=(*gathering.held, piece))
        is_near = gathering.seconds >= self.wanted - piece.duration / 2
        if is_near or gathering.seconds + piece.duration > self.longest:
            gathering, last = gathering.rest()
            complete += last
        return gathering, complete

    def _goes_on_with(self, piece: FinishedSegment) -> bool:
        is_same_stream = parameters(piece.body) == parameters(self.held[0].body)
        return is_same_stream and not piece.discontinuity and self.seconds + piece.duration <= self.longest

    def rest(self) -> tuple[Gathering, list[FinishedSegment]]:
        """With nothing held; and what was, as a segment."""
        if not self.held:
            return self, []
        joined = replace(
            self.held[0],
            body=b"".join(piece.body for piece in self.held),
            duration=self.seconds,
            finished=self.held[-1].finished,
        )
        return replace(self, held=()), [joined]
