"""One camera in numbers: the status command, /metrics and the API all show them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from uploader.reporting.frame_rate import FrameRate
    from uploader.reporting.journal import Journal
    from uploader.reporting.status import CameraStatus
    from uploader.reporting.traffic import Traffic

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Figures:
    """One camera at `now`. `rate` None: no FFmpeg runs. `frame_at`: when its newest dated frame was taken."""

    status: CameraStatus
    journal: Journal
    traffic: Traffic
    rate: FrameRate | None
    now: datetime
    frame_at: datetime | None = None

    @property
    def segment_age(self) -> float | None:
        """Seconds since the newest picture that viewers can get was taken."""
        newest = self.status.last_segment_at
        return max(0.0, (self.now - newest).total_seconds()) if newest is not None else None

    @property
    def frame_age(self) -> float | None:
        """Seconds since the newest dated frame was taken; None: there is none from this worker."""
        return max(0.0, (self.now - self.frame_at).total_seconds()) if self.frame_at is not None else None

    @property
    def latency(self) -> dict[str, float] | None:
        """Where the delay of a picture comes from, in seconds: a segment is `made`, then `published`, and a player
        stays a segment behind what is listed. Of parts, where there are parts."""
        published = self.journal.usual_lag
        if published is None:
            return None
        made = self.status.part_duration or self.status.segment_duration
        return {"made": made, "published": published, "played": made, "sum": 2 * made + published}

    def as_json(self) -> dict[str, object]:
        """`figures` in the API. What is not known is null."""
        return {
            "fps_in": _rounded(self.rate.came if self.rate else None, 1),
            "fps_out": _rounded(self.rate.left if self.rate else None, 1),
            "segment_age": _rounded(self.segment_age),
            "frame_age": _rounded(self.frame_age),
            "upload_p50": _rounded(self.journal.upload_seconds(0.5)),
            "upload_p95": _rounded(self.journal.upload_seconds(0.95)),
            "latency": {name: round(seconds, 3) for name, seconds in self.latency.items()} if self.latency else None,
            "bytes_per_hour": self._bytes_per_hour,
            "uploads": self.traffic.uploads,
            "bytes_uploaded": self.traffic.size,
        }

    @property
    def _bytes_per_hour(self) -> int | None:
        rate = self.journal.bytes_per_second
        return round(rate * HOUR) if rate is not None else None


def _rounded(number: float | None, digits: int = 3) -> float | None:
    return round(number, digits) if number is not None else None
