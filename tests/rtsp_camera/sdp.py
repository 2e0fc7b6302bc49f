"""What the camera announces of its streams (RFC 8866, RFC 6184 section 8.2). Pure."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .clip import PPS, SOUND_RATE, SPS

if TYPE_CHECKING:
    from .clip import Clip

H264_PAYLOAD_TYPE = 96
PCMA_PAYLOAD_TYPE = 8  # RFC 3551 table 4


@dataclass(frozen=True, slots=True)
class Track:
    """One stream of the session; `control` ends the URL it is set up with."""

    kind: Literal["video", "audio"]
    payload_type: int
    clock_rate: int
    control: str


VIDEO = Track("video", H264_PAYLOAD_TYPE, 90_000, "trackID=0")
AUDIO = Track("audio", PCMA_PAYLOAD_TYPE, SOUND_RATE, "trackID=1")


def tracks(clip: Clip) -> tuple[Track, ...]:
    """What there is to set up."""
    return (VIDEO, AUDIO) if clip.sound else (VIDEO,)


def describe(clip: Clip) -> str:
    """The session description that DESCRIBE answers with."""
    sps, pps = clip.parameter_set(SPS), clip.parameter_set(PPS)
    sets = f"sprop-parameter-sets={b64encode(sps).decode()},{b64encode(pps).decode()}"
    lines = [
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=Camera", "c=IN IP4 0.0.0.0", "t=0 0"),
        *("a=control:*", "a=range:npt=now-"),
        f"m=video 0 RTP/AVP {VIDEO.payload_type}",
        f"a=rtpmap:{VIDEO.payload_type} H264/{VIDEO.clock_rate}",
        f"a=fmtp:{VIDEO.payload_type} packetization-mode=1;profile-level-id={sps[1:4].hex()};{sets}",
        f"a=framerate:{clip.fps}",
        f"a=control:{VIDEO.control}",
    ]
    if clip.sound:
        lines += [
            f"m=audio 0 RTP/AVP {AUDIO.payload_type}",
            f"a=rtpmap:{AUDIO.payload_type} PCMA/{AUDIO.clock_rate}",
            f"a=control:{AUDIO.control}",
        ]
    return "".join(f"{line}\r\n" for line in lines)
