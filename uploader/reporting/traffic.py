"""How much was uploaded since the start, and how long it took. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# Upper bounds of the histogram (s); a segment that takes longer than the last one is nobody's live picture.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Traffic:
    """The uploaded segments of one camera: how many, their bytes, the seconds they took together, and `within`: how
    many of them took at most BOUNDS[i] seconds."""

    uploads: int = 0
    size: int = 0
    seconds: float = 0.0
    within: tuple[int, ...] = (0,) * len(BOUNDS)

    def after(self, size: int, seconds: float) -> Traffic:
        """With one more upload."""
        within = tuple(count + (seconds <= bound) for count, bound in zip(self.within, BOUNDS, strict=True))
        return Traffic(self.uploads + 1, self.size + size, self.seconds + seconds, within)
