"""How many pictures a second a camera sends, and how many leave FFmpeg, from what it reports. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.ffmpeg.progress import Progress

# Over so many reports, which come twice a second.
REMEMBERED = 11


@dataclass(frozen=True, slots=True)
class FrameRate:
    """Of one running FFmpeg, over about five seconds. Its reports as (when in s, frames in, frames out)."""

    reports: tuple[tuple[float, int, int], ...] = ()

    def reported(self, progress: Progress, now: float) -> FrameRate:
        """With one more report."""
        came = progress.frames - progress.duplicated + progress.dropped
        return FrameRate((*self.reports, (now, came, progress.frames))[-REMEMBERED:])

    @property
    def came(self) -> float | None:
        """Pictures per second from the camera; None: not known yet."""
        return self._per_second(1)

    @property
    def left(self) -> float | None:
        """Pictures per second in the stream; None: not known yet."""
        return self._per_second(2)

    def _per_second(self, column: int) -> float | None:
        if len(self.reports) < 2:
            return None
        first, last = self.reports[0], self.reports[-1]
        seconds = last[0] - first[0]
        return (last[column] - first[column]) / seconds if seconds > 0 else None
