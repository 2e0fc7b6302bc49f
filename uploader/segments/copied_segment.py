"""A segment of a copied stream: how long it may be, and with what it begins. The camera made it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uploader.hls.window import target_duration
from uploader.segments.transport_stream import PACKET, elementary_stream

if TYPE_CHECKING:
    from uploader.configuration.settings import LiveStreamSettings

# Between FFmpeg and gathering a copied stream is cut at every keyframe, but not more often than this, in seconds.
PIECE = 0.4
# Sound may stand before the first picture: a second of it, with one picture a second (bytes).
FIRST_PACKETS = 100 * PACKET


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
