"""What speaks against sending a camera's own H.264 as it is, in plain words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.ffmpeg import encoders
from uploader.segments.copied_segment import longest_copy
from uploader.source.media import codec_name

if TYPE_CHECKING:
    from uploader.configuration.cameras import Camera
    from uploader.configuration.settings import LiveStreamSettings
    from uploader.source.media import Video

# A copied picture may be so many times wider, and have so many times more frames, than was asked for.
WIDER = 1.25
FASTER = 2.1
# What every browser decodes: 4:2:0 and 8 bits (yuvj420p: the same in full range).
PIXELS = frozenset({"yuv420p", "yuvj420p", ""})


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a stream is not copied. `hard`: it could not be played, so `video: copy` does not help."""

    reason: str
    advice: str = ""
    hard: bool = False


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


def never_copied(camera: Camera) -> Objection | None:
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
