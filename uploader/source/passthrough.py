"""Whether a camera's own H.264 goes out as it is or is made anew, and why, in plain words. Pure.

A copied stream costs a tenth of the CPU, and is the camera's: it cannot be made smaller, and is cut where the camera
has put keyframes. Nothing is probed beforehand: the first FFmpeg copies, and what comes is judged as it comes. Its
description of the stream, its own refusal (B-frames) and the first cut all come before anything unfit is published.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uploader.ffmpeg import encoders
from uploader.hls.window import target_duration
from uploader.segments.transport_stream import PACKET, elementary_stream
from uploader.source.media import codec_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.configuration.cameras import Camera
    from uploader.configuration.settings import LiveStreamSettings
    from uploader.source.media import Video

# A copied picture may be so many times wider, and have so many times more frames, than was asked for.
WIDER = 1.25
FASTER = 2.1
# What every browser decodes: 4:2:0 and 8 bits (yuvj420p: the same in full range).
PIXELS = frozenset({"yuv420p", "yuvj420p", ""})
# Sound may stand before the first picture: a second of it, with one picture a second (bytes).
FIRST_PACKETS = 100 * PACKET
# Between FFmpeg and gathering a copied stream is cut at every keyframe, but not more often than this, in seconds.
PIECE = 0.4
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
class Objection:
    """Why a stream is not copied. `hard`: it could not be played, so `video: copy` does not help."""

    reason: str
    advice: str = ""
    hard: bool = False


def longest_copy(settings: LiveStreamSettings) -> float:
    """How long (s) a copied segment may last: rounded, it must not exceed the target duration (RFC 8216 4.3.3.1)."""
    return target_duration(settings.segment_duration) + 0.45


def shortest_copy(settings: LiveStreamSettings) -> float:
    """After how long (s) a copied stream is cut at the next keyframe.

    Half of the longest, so that keyframes 0.5, 1, 1.5 or 2 s apart all give segments that fit 2 s; and one that comes
    late, being large, does not double a segment.
    """
    return min(longest_copy(settings) / 2, settings.segment_duration / 2 + 0.2)


def parameters(segment: bytes) -> bytes:
    """The parameter set (SPS) with which the pictures of a copied MPEG-TS segment begin: it changes with the stream.

    It comes with the first picture. Empty where there is none.
    """
    begin = elementary_stream(segment[:FIRST_PACKETS])
    found = re.search(rb"\x00\x00\x01[\x27\x47\x67](.*?)\x00\x00", begin, re.DOTALL)
    return found[1] if found else b""


def objection(video: Video, settings: LiveStreamSettings) -> Objection | None:
    """What speaks against copying this stream, as far as it is known."""
    found = _unplayable(video) or _keyframes(video, settings)
    if found is None and settings.video != "copy":
        found = _unasked(video, settings)
    return found


def _unplayable(video: Video) -> Objection | None:
    codec = codec_name(video.codec)
    if video.codec != "h264":
        words = f"The camera sends {codec}; converted for browsers."
        return Objection(words, "Choosing H.264 on the camera saves CPU.", hard=True)
    if video.reordered:
        return B_FRAMES
    if video.pixels not in PIXELS:
        words = f"The camera's H.264 ({video.profile or video.pixels}) is one that browsers do not play; converted."
        return Objection(words, "Profile Main or High on the camera saves CPU.", hard=True)
    if video.interlaced:
        return Objection("The camera's picture is interlaced; converted.", "Progressive saves CPU.", hard=True)
    return None


B_FRAMES = Objection(
    "The camera's H.264 has B-frames; converted, because they cannot be dated.",
    "Switching B-frames off on the camera (profile Baseline has none) saves CPU.",
    hard=True,
)
REFUSED = Objection("The camera's H.264 could not be sent as it is; converted.", hard=True)


def _keyframes(video: Video, settings: LiveStreamSettings) -> Objection | None:
    if video.keyframe_interval is None or video.keyframe_interval <= longest_copy(settings):
        return None
    return too_far_apart(settings, video.keyframe_interval)


def too_far_apart(settings: LiveStreamSettings, interval: float | None = None) -> Objection:
    """Keyframes that are further apart (s) than a segment is long; None: nobody waited for the second one."""
    wanted = f"{settings.segment_duration:g} s"
    seen = f"every {interval:.3g} s" if interval else f"less often than every {wanted}"
    return Objection(
        f"The camera sends a keyframe {seen}; converted, because segments begin with one.",
        f"A keyframe (I-frame) interval of {wanted} on the camera, and Smart Codec or H.264+ off, saves CPU.",
        hard=True,
    )


def _unasked(video: Video, settings: LiveStreamSettings) -> Objection | None:
    """A stream that plays, but is more than was asked for."""
    if video.width > settings.target_width * WIDER:
        return Objection(
            f"The camera's picture is {video.width} pixels wide, {settings.target_width} are asked for; made smaller.",
            f"The camera's substream, or target_width: {video.width}, saves CPU.",
        )
    if video.fps is not None and video.fps > settings.target_fps * FASTER:
        return Objection(
            f"The camera sends {video.fps:.3g} frames per second; thinned out to the {settings.target_fps} asked for.",
            "Fewer frames per second on the camera save CPU.",
        )
    if video.kbits is not None and video.kbits > encoders.limit(settings):
        return Objection(
            f"The camera sends {video.kbits:.0f} kbit/s; converted to at most {encoders.limit(settings)}.",
            "A lower bitrate on the camera, or a higher one in settings.bitrate, saves CPU.",
        )
    return None


def _never(camera: Camera) -> Objection | None:
    """Why copying is not even tried."""
    settings = camera.settings
    if camera.source != "rtsp":
        return Objection("The picture is made on this box." if camera.source == "test" else "A device of this box.")
    if settings.video == "transcode":
        return Objection("settings.video is 'transcode'.")
    if settings.rotate:
        return Objection(f"The picture is turned by {settings.rotate} degrees.", hard=True)
    if settings.part_duration is not None:
        return Objection("The realtime profile cuts finer than a camera's keyframes.", hard=True)
    return None


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
        return _never(self.camera) is None and self.objection is None

    def choice(self, encoder: str) -> Choice:
        """What to say of it; `encoder` is what transcodes where it must be."""
        name = self.seen.name if self.seen else ""
        against = _never(self.camera) or self.objection
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
