"""Whether the uplink keeps up with the camera: seconds of upload against seconds of video. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.reporting.status import Condition, State

# So many uploads are looked at together; one slow one is a hiccup.
REMEMBERED = 5
# Said when uploading takes longer than the video, unsaid only when there is room again.
RELIEF = 0.8


@dataclass(frozen=True, slots=True)
class Pace:
    """The last uploads as (seconds of video, seconds of upload)."""

    uploads: tuple[tuple[float, float], ...] = ()
    too_slow: bool = False

    def after(self, video: float, upload: float) -> Pace:
        """The pace after one more upload."""
        uploads = (*self.uploads, (video, upload))[-REMEMBERED:]
        load = sum(seconds for _, seconds in uploads) / sum(seconds for seconds, _ in uploads)
        full = len(uploads) == REMEMBERED
        return Pace(uploads, too_slow=full and load > (RELIEF if self.too_slow else 1.0))

    @property
    def lasting(self) -> float:
        """What an upload takes (s); 0 when that is not known."""
        return sum(upload for _, upload in self.uploads) / max(len(self.uploads), 1)

    @property
    def notice(self) -> Condition | None:
        """What to say of it, if anything."""
        if not self.too_slow:
            return None
        video = sum(seconds for seconds, _ in self.uploads) / len(self.uploads)
        return Condition(
            State.LIVE,
            f"The uplink is too slow: {self.lasting:.1f} s to send {video:.1f} s of video, so parts are left out.",
            "Lower target_width or target_fps, or stream fewer cameras from this box.",
        )
