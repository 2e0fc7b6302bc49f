"""Whether a camera's sound is asked for. Pure.

FFmpeg gives no picture until every stream it was asked for has given something, and waits for ever for sound that a
camera announces and never sends, or sends no more. So sound has to show itself in time, or the picture goes without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from uploader.ffmpeg.causes import Cause
from uploader.reporting.status import Condition, State

# From FFmpeg's description of the streams to its first picture, in seconds. A keyframe that comes later than this costs
# the sound too: there is no telling why FFmpeg waits.
PATIENCE = 4.0
# A camera that was silent is believed to be so for this long (s); the first connection after it asks for sound again.
BELIEVED_FOR = 3600.0

STOPPED = Cause("The camera's sound has stopped, and FFmpeg waits for it.", "The picture goes on without.")
SILENT = Condition(
    State.LIVE,
    "The camera announces sound and sends none; the picture goes out without.",
    "Switch the microphone on in the camera's settings, or take audio: true out of cameras.yaml.",
)


@dataclass(frozen=True, slots=True)
class Sound:
    """One camera's. `announced` is when this FFmpeg described it, `silent` when it was given up (s, one clock)."""

    wanted: bool
    announced: float | None = None
    silent: float | None = None

    @property
    def asked(self) -> bool:
        """Whether FFmpeg is to be asked for it."""
        return self.wanted and self.silent is None

    @property
    def notice(self) -> Condition | None:
        """What to say of it."""
        return SILENT if self.wanted and self.silent is not None else None

    def begin(self, now: float) -> Sound:
        """Before every FFmpeg."""
        believed = self.silent is not None and now - self.silent < BELIEVED_FOR
        return replace(self, announced=None, silent=self.silent if believed else None)

    def described(self, now: float) -> Sound:
        """FFmpeg has found a track of sound."""
        return replace(self, announced=now) if self.asked and self.announced is None else self

    def waited(self, now: float) -> Sound:
        """There is no picture yet."""
        overdue = self.announced is not None and now - self.announced > PATIENCE
        return replace(self, silent=now) if overdue and self.asked else self

    def stopped(self, now: float) -> Sound:
        """Pictures come and no segment gets finished."""
        return replace(self, silent=now) if self.asked and self.announced is not None else self
