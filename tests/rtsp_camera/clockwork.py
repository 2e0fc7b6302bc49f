"""The camera's own clock, as its RTP timestamps show it: right, fast, jumping, or wild. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clockwork:
    """`rate`: seconds it counts in one (2.0: the RTP clock is twice too fast; 1.001: it drifts). `ahead`: how far it
    was set (s). Every `stray_every`th picture (0: none) is stamped `stray_by` seconds off."""

    rate: float = 1.0
    ahead: float = 0.0
    stray_every: int = 0
    stray_by: float = 9800.0

    def stamp(self, time: float, number: int) -> float:
        """What it shows at `time` (s since the start) for the picture with this number."""
        stray = self.stray_by if self.stray_every and number % self.stray_every == self.stray_every - 1 else 0.0
        return time * self.rate + self.ahead + stray
