"""What the camera sees: a short film that begins again when it ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from .codec import H264

if TYPE_CHECKING:
    from .codec import Codec

SOUND_RATE = 8000  # PCMA: one byte for each sample (RFC 3551 section 4.5.14)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as it is sent. `shown` and `due`: when it was taken and when it goes out, in seconds of the clip.

    The two differ only where pictures are not sent in the order they are shown (B-frames).
    """

    nals: tuple[bytes, ...] = field(repr=False)
    shown: float
    due: float


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames in decoding order, the first a keyframe; none: a camera without a picture. `sound` is A-law, or empty.

    `fps` is what the camera announces, `seconds` how long the clip lasts before it begins again.
    """

    fps: int
    seconds: float
    frames: tuple[Frame, ...] = field(repr=False)
    sound: bytes = field(default=b"", repr=False)
    codec: Codec = H264

    def frame(self, number: int) -> Frame:
        """A frame, counted without end; its times are counted from the first beginning."""
        again, index = divmod(number, len(self.frames))
        frame = self.frames[index]
        return Frame(frame.nals, frame.shown + again * self.seconds, frame.due + again * self.seconds)

    def is_keyframe(self, number: int) -> bool:
        """Whether a decoder can begin at this frame."""
        return self.codec.starts_with_keyframe(self.frames[number % len(self.frames)].nals)

    def next_keyframe(self, moment: float) -> int:
        """The first keyframe that is due no earlier than this moment."""
        first = int(moment // self.seconds) * len(self.frames)
        return next(number for number in count(first) if self.frame(number).due >= moment and self.is_keyframe(number))
