"""Whether a camera's own H.264 goes out as it is or is made anew, and why, in plain words. Pure.

A copied stream costs a tenth of the CPU, and is the camera's: it cannot be made smaller, and is cut where the camera
has put keyframes. Nothing is probed beforehand: the first FFmpeg copies, and what comes is judged as it comes. Its
description of the stream, its own refusal (B-frames) and the first cut all come before anything unfit is published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uploader.segments.copied_segment import longest_copy
from uploader.source.objections import B_FRAMES, REFUSED, Objection, never_copied, objection, too_far_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.configuration.cameras import Camera
    from uploader.source.media import Video

# A bitrate is believed after so many segments, and is the average of about so many.
BELIEVED_AFTER, AVERAGED = 3, 15
# A keyframe that comes late in a stream that was copied well is the network's doing, or a busy box's; one within so
# long (s) of the last is how the stream is.
EXCUSED_AFTER = 600.0
# FFmpeg reports how far the stream is that is furthest; sound may be ahead of the picture by so much (s).
SOUND_AHEAD = 0.5
# What cannot be seen in a stream's description is tried again with the first connection after so long (s).
BELIEVED_FOR = 3600.0


@dataclass(frozen=True, slots=True)
class Choice:
    """How a camera's video is made. `reason` says why, `camera` what it sends; `encoder` None: it is copied.

    `unwanted`: `video: copy` was asked for and cannot be.
    """

    reason: str
    advice: str = ""
    encoder: str | None = None
    camera: str = ""
    unwanted: bool = False

    def as_json(self) -> dict[str, object]:
        """`video` in status.json."""
        return {
            "mode": "transcode" if self.encoder else "copy",
            "encoder": self.encoder,
            "reason": self.reason,
            "advice": self.advice or None,
            "camera": self.camera or None,
        }


# What FFmpeg 4.2 to 9.0 says, and ends, at the first packet of a stream with B-frames.
_NOTHING_CAME = re.compile(r"Could not find codec parameters")
_NO_DATES = re.compile(r"first pts (?:and dts )?value must be set")
# And of any other stream that MPEG-TS does not take.
_NOT_WRITTEN = re.compile(
    r"av_interleaved_write_frame\(\)|[Ee]rror (?:submitting|muxing) a packet|Could not write header"
)

FITS = "The camera's own H.264 fits and is sent as it is."


@dataclass(frozen=True, slots=True)
class Passthrough:
    """What is known of one camera over all its connections, and follows for how its video is made.

    An objection stays until the stream is another one or BELIEVED_FOR has passed, and is forgotten only between two
    connections: nothing flaps. `proven`: this stream has been copied well. A keyframe of it that came too late was last
    `excused_at`; copying then begins anew.
    """

    camera: Camera
    seen: Video | None = None
    objection: Objection | None = None
    objected_at: float = 0.0
    segments: int = 0
    kbits: float = 0.0
    proven: bool = False
    excused_at: float | None = None

    @property
    def copies(self) -> bool:
        """Whether the video is to be copied, as far as is known."""
        return never_copied(self.camera) is None and self.objection is None

    def choice(self, encoder: str) -> Choice:
        """What to say of it; `encoder` is what transcodes where it must be."""
        name = self.seen.name if self.seen else ""
        against = never_copied(self.camera) or self.objection
        if against is None:
            return Choice(FITS, camera=name)
        unwanted = self.camera.settings.video == "copy" and against.hard
        return Choice(against.reason, against.advice, encoder, name, unwanted)

    def connecting(self, now: float) -> Passthrough:
        """Before a connection. `now` is in seconds, on a clock that never steps."""
        fresh = replace(self, segments=0, kbits=0.0)
        if self.objection is not None and now - self.objected_at >= BELIEVED_FOR:
            return replace(fresh, objection=None)
        return fresh

    def sees(self, video: Video, now: float) -> Passthrough:
        """FFmpeg has described the stream. A description that is another than before is judged afresh."""
        is_known = self.seen is not None and self.seen.is_same_stream(video)
        later = replace(self, seen=video, proven=is_known and self.proven)
        if is_known and self.objection is not None:
            return later
        return later.objects(objection(video, self.camera.settings), now)

    def objects(self, found: Objection | None, now: float) -> Passthrough:
        """Something speaks against copying; None: nothing does."""
        return replace(self, objection=found, objected_at=now)

    def copied(self, size: int, duration: float, now: float) -> Passthrough:
        """A segment of so many bytes and seconds has been copied: does it fit?"""
        settings = self.camera.settings
        if duration > longest_copy(settings):
            return self._late(now, duration)
        count = min(self.segments + 1, AVERAGED)
        kbits = self.kbits + (size * 8 / 1000 / duration - self.kbits) / count
        later = replace(self, segments=count, kbits=kbits, proven=self.proven or count >= BELIEVED_AFTER)
        if later.seen is None or count < BELIEVED_AFTER:
            return later
        against = objection(replace(later.seen, kbits=kbits), settings)
        return later.objects(against, now) if against else later

    def unfinished(self, seconds: float, now: float) -> Passthrough:
        """So many seconds were copied since the last cut, and no keyframe has come."""
        settings = self.camera.settings
        if not self.copies or seconds <= longest_copy(settings) + SOUND_AHEAD * settings.audio:
            return self
        return self._late(now)

    def _late(self, now: float, interval: float | None = None) -> Passthrough:
        """A keyframe came so long (s) after the last one, or did not come in time."""
        is_new = self.excused_at is None or now - self.excused_at >= EXCUSED_AFTER
        if self.proven and is_new:
            return replace(self, excused_at=now)
        return self.objects(too_far_apart(self.camera.settings, interval), now)

    def ended(self, lines: Sequence[str], now: float) -> Passthrough:
        """FFmpeg has ended by itself after these lines, before it had copied a segment."""
        said = "\n".join(lines)
        if not self.copies or _NOTHING_CAME.search(said):
            return self
        if re.search(_NO_DATES, said):
            return self.objects(B_FRAMES, now)
        return self.objects(REFUSED, now) if re.search(_NOT_WRITTEN, said) else self
