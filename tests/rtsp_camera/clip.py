"""What the camera sees: a short film that begins again when it ends."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from itertools import count

# NAL unit types, ITU-T H.264 table 7-1.
IDR, SPS, PPS, DELIMITER = 5, 7, 8, 9

SOUND_RATE = 8000  # PCMA: one byte for each sample (RFC 3551 section 4.5.14)


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames in decoding order, each a tuple of NAL units; the first is a keyframe. `sound` is A-law, or empty."""

    fps: int
    frames: tuple[tuple[bytes, ...], ...] = field(repr=False)
    sound: bytes = field(default=b"", repr=False)

    def frame(self, number: int) -> tuple[bytes, ...]:
        """The NAL units of a frame, counted without end."""
        return self.frames[number % len(self.frames)]

    def is_keyframe(self, number: int) -> bool:
        """Whether a decoder can begin at this frame."""
        return any(nal[0] & 31 == IDR for nal in self.frame(number))

    def next_keyframe(self, number: int) -> int:
        """The first keyframe that is not before this frame."""
        return next(frame for frame in count(number) if self.is_keyframe(frame))

    def parameter_set(self, kind: int) -> bytes:
        """The sequence or picture parameter set (SPS, PPS)."""
        return next(nal for nal in self.frames[0] if nal[0] & 31 == kind)


@cache
def encoded(*, fps: int = 15, gop: int = 15, size: str = "640x360", seconds: int = 4, sound: bool = False) -> Clip:
    """A clip with FFmpeg's moving test picture, made once for each set of values. `gop` in frames, `size` WIDTHxHEIGHT.

    `seconds` x `fps` must be a multiple of `gop`, so that the clip can begin again with its first keyframe.
    """
    if seconds * fps % gop:
        raise ValueError("the last group of pictures would be cut short")
    picture = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}")
    encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p")
    # Access unit delimiters say where a frame ends, whatever number of slices it has.
    cut = ("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0", "-x264-params", "aud=1")
    stream = _ffmpeg(*picture, "-t", str(seconds), *encoder, *cut, "-f", "h264", "-")
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate={SOUND_RATE}", "-t", str(seconds))
    return Clip(fps, tuple(_frames(stream)), _ffmpeg(*tone, "-f", "alaw", "-") if sound else b"")


def _ffmpeg(*arguments: str) -> bytes:
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", *arguments]
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout


def _frames(stream: bytes) -> list[tuple[bytes, ...]]:
    # Start codes, ITU-T H.264 annex B.
    nals = [nal for nal in re.split(rb"\x00{2,}\x01", stream) if nal]
    frames: list[list[bytes]] = []
    for nal in nals:
        if nal[0] & 31 == DELIMITER:
            frames.append([])
        else:
            frames[-1].append(nal)
    return [tuple(frame) for frame in frames]
