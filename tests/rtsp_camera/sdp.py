"""What the camera announces of its streams (RFC 8866). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .clip import SOUND_RATE

if TYPE_CHECKING:
    from .clip import Clip

VIDEO_PAYLOAD_TYPE = 96  # dynamic
PCMA_PAYLOAD_TYPE = 8  # RFC 3551 table 4


@dataclass(frozen=True, slots=True)
class Track:
    """One stream of the session; `control` ends the URL it is set up with."""

    kind: Literal["video", "audio"]
    payload_type: int
    clock_rate: int
    control: str


VIDEO = Track("video", VIDEO_PAYLOAD_TYPE, 90_000, "trackID=0")
AUDIO = Track("audio", PCMA_PAYLOAD_TYPE, SOUND_RATE, "trackID=1")


def tracks(clip: Clip) -> tuple[Track, ...]:
    """What there is to set up."""
    return ((VIDEO,) if clip.frames else ()) + ((AUDIO,) if clip.sound else ())


def describe(clip: Clip) -> str:
    """The session description that DESCRIBE answers with."""
    lines = [
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=Camera", "c=IN IP4 0.0.0.0", "t=0 0"),
        *("a=control:*", "a=range:npt=now-"),
        *(line for track in tracks(clip) for line in _media(track, clip)),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _media(track: Track, clip: Clip) -> list[str]:
    if track is AUDIO:
        details = [f"a=rtpmap:{AUDIO.payload_type} PCMA/{AUDIO.clock_rate}"]
    else:
        details = [
            f"a=rtpmap:{VIDEO.payload_type} {clip.codec.name}/{VIDEO.clock_rate}",
            f"a=fmtp:{VIDEO.payload_type} {clip.codec.format_parameters(clip.frames[0].nals)}",
            f"a=framerate:{clip.fps}",
        ]
    return [f"m={track.kind} 0 RTP/AVP {track.payload_type}", *details, f"a=control:{track.control}"]
