"""What is to be said of one camera: what it sends, whether that goes out as it is, and what would be better. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uploader.check.finding import Finding, Level, fine, problem, warning
from uploader.discovery import brands
from uploader.ffmpeg import encoders
from uploader.ffmpeg.causes import Kind
from uploader.segments.copied_segment import longest_copy
from uploader.source.media import codec_name
from uploader.source.objections import WIDER, too_far_apart
from uploader.source.passthrough import Passthrough

if TYPE_CHECKING:
    from uploader.configuration.camera import Camera
    from uploader.ffmpeg.causes import Cause
    from uploader.source.media import Audio, Media, Video
    from uploader.source.passthrough import Choice

# Of the frame rate asked for: below it movements jerk.
SLOW = 0.7
# kbit/s that sound takes.
SOUND = 64
# In these states of a running worker's camera a picture arrives, or none is wanted.
_WELL = frozenset({"live", "idle"})
_ON_ITS_WAY = frozenset({"starting", "reconnecting", "stopped"})


@dataclass(frozen=True, slots=True)
class Known:
    """What a running worker knows of a camera. `mode` is how its video is made, "" when not known; `camera` what it
    sends, in words."""

    state: str
    reason: str = ""
    advice: str = ""
    mode: str = ""
    why: str = ""
    why_advice: str = ""
    camera: str = ""


def unreachable(cause: Cause) -> Finding:
    """It was not reached, or does not let this box see its stream."""
    moved = " 'live_stream.py discover' looks for cameras on this network." if cause.kind is Kind.UNREACHABLE else ""
    return problem(cause.reason, cause.advice + moved)


def answers(where: str, seconds: float) -> Finding:
    """It is there."""
    return fine(f"It answers at {where}, after {seconds * 1000:.0f} ms." if seconds else f"{where} is there.")


def seen(camera: Camera, media: Media, seconds: float, encoder: str) -> list[Finding]:
    """A look of so many seconds at what it sends; `encoder` is what converts on this box where that must be."""
    if media.video is None:
        return [problem("The camera's stream has no video.", "Check the path in rtsp_url.")]
    figures = {
        "codec": media.video.codec,
        "width": media.video.width,
        "height": media.video.height,
        "fps": _rounded(media.video.fps),
        "keyframe_interval": _rounded(media.video.keyframe_interval),
        "kbits": _rounded(media.video.kbits),
        "reordered": media.video.reordered,
        "audio": media.audio.codec if media.audio else None,
    }
    found = [fine(f"It sends {_described(media)}.", **figures)]
    found.append(_way(camera, choice(camera, media.video, seconds, encoder), media.video))
    found += _frame_rate(camera, media.video) + _sound(camera, media.audio)
    return found


def choice(camera: Camera, video: Video, seconds: float, encoder: str) -> Choice:
    """How its video will be made, after a look of so many seconds."""
    known = Passthrough(camera).sees(video, 0.0)
    if known.copies and video.keyframe_interval is None and seconds > longest_copy(camera.settings):
        known = known.objects(too_far_apart(camera.settings), 0.0)
    return known.choice(encoder)


def needed(camera: Camera, media: Media, seconds: float) -> float:
    """kbit/s that its stream is going to take on the uplink, after a look of so many seconds."""
    video = media.video
    sound = SOUND if camera.settings.audio and media.audio and media.audio.kbits else 0
    if video is not None and video.kbits and choice(camera, video, seconds, encoders.SOFTWARE).encoder is None:
        return video.kbits + sound
    return encoders.usual(camera.settings) + sound


def running(known: Known) -> list[Finding]:
    """The running worker has its one connection to this camera, so what it knows is taken instead of another one."""
    words = f"The running worker says: {known.state.replace('_', ' ')}"
    if known.state not in _WELL:
        level = Level.WARNING if known.state in _ON_ITS_WAY else Level.PROBLEM
        return [Finding(level, f"{words}. {known.reason}".strip(), known.advice, {"state": known.state})]
    found = [fine(f"{words}{', ' + known.camera if known.camera else ''}.", state=known.state, mode=known.mode)]
    if known.reason:
        found.append(warning(known.reason, known.advice))
    if known.why:
        found.append(warning(known.why, known.why_advice) if known.why_advice else fine(known.why))
    return found


def _way(camera: Camera, way: Choice, video: Video) -> Finding:
    advice = way.advice
    smaller = brands.substream(camera.safe_url) if video.width > camera.settings.target_width * WIDER else None
    if smaller is not None:
        advice = f"{advice} It mostly is at {smaller} in rtsp_url.".strip()
    figures = {"mode": "transcode" if way.encoder else "copy"}
    # What nobody can or wants to change has no advice: then there is nothing to warn of.
    return warning(way.reason, advice, **figures) if advice or way.unwanted else fine(way.reason, **figures)


def _frame_rate(camera: Camera, video: Video) -> list[Finding]:
    asked = camera.settings.target_fps
    if video.fps is None or video.fps >= asked * SLOW:
        return []
    text = f"It sends {video.fps:.3g} frames per second, {asked} are asked for."
    return [warning(text, f"Raise the frame rate on the camera, or write target_fps: {max(1, round(video.fps))}.")]


def _sound(camera: Camera, audio: Audio | None) -> list[Finding]:
    if not camera.settings.audio:
        return []
    if audio is None:
        return [warning("It has no sound, and 'audio: true' is set.", "Switch sound on in the camera, or remove it.")]
    if audio.kbits == 0:
        return [warning("It announces sound and sends none.", "Switch its microphone on, or remove 'audio: true'.")]
    return []


def _described(media: Media) -> str:
    assert media.video is not None  # noqa: S101  (asked before)
    video = replace(media.video, fps=_rounded(media.video.fps))
    parts = [video.name]
    if video.kbits:
        parts.append(f"{video.kbits:.0f} kbit/s")
    if video.keyframe_interval:
        parts.append(f"a keyframe every {video.keyframe_interval:.2g} s")
    if video.reordered:
        parts.append("B-frames")
    return f"{', '.join(parts)}; {_heard(media.audio)}"


def _heard(audio: Audio | None) -> str:
    if audio is None:
        return "no sound"
    silent = " (announced, none comes)" if audio.kbits == 0 else ""
    return f"sound {codec_name(audio.codec)}{silent}"


def _rounded(value: float | None) -> float | None:
    return round(value, 1) if value is not None else None
