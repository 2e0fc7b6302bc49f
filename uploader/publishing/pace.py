"""Whether the uplink keeps up with the camera: seconds of upload against seconds of video. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.reporting.status import Condition, State

# So many segments are looked at together; one slow one is a hiccup.
REMEMBERED = 5
# Said when uploading takes longer than the video, unsaid only when there is room again.
RELIEF = 0.8


@dataclass(frozen=True, slots=True)
class Pace:
    """The last uploads as (seconds of video, seconds of upload).

    `parts`: so many uploads are one segment. The first is several times as large as the others, so fewer of them would
    be too slow with it and fast enough without, again and again.
    """

    uploads: tuple[tuple[float, float], ...] = ()
    too_slow: bool = False
    parts: int = 1

    def after(self, video: float, upload: float) -> Pace:
        """The pace after one more upload. One of no length, a single frame, says nothing of it."""
        if not video:
            return self
        remembered = REMEMBERED * self.parts
        uploads = (*self.uploads, (video, upload))[-remembered:]
        load = sum(seconds for _, seconds in uploads) / sum(seconds for seconds, _ in uploads)
        full = len(uploads) == remembered
        return Pace(uploads, full and load > (RELIEF if self.too_slow else 1.0), self.parts)

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
