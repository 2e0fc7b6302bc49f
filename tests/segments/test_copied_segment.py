"""How long segments of a copied stream may be, and with what they begin."""

from __future__ import annotations

import pytest

from uploader.configuration.settings import LiveStreamSettings
from uploader.hls.window import target_duration
from uploader.segments.copied_segment import longest_copy, parameters, shortest_copy


@pytest.mark.parametrize("duration", [0.5, 0.9, 1.0, 1.3, 2.0, 2.4, 4.0, 10.0])
def test_a_copied_segment_fits_the_target_duration_wherever_keyframes_are(duration: float) -> None:
    """FFmpeg cuts at the first keyframe after `shortest_copy`."""
    made = LiveStreamSettings(segment_duration=duration)
    shortest, longest = shortest_copy(made), longest_copy(made)
    for interval in (hundredths / 100 for hundredths in range(5, int(longest * 100))):
        segment = interval
        while segment < shortest:
            segment += interval
        assert int(segment + 0.5) <= target_duration(duration)


def packet(pid: int, payload: bytes, *, begins: bool = False) -> bytes:
    """One packet of MPEG-TS; what it does not need is stuffing."""
    header = b"\x00\x00\x01\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01" if begins else b""
    room = 184 - len(header) - len(payload)
    adaptation = bytes([room - 1, 0]) + b"\xff" * (room - 2)
    return bytes([0x47, 0x40 * begins | pid >> 8, pid & 0xFF, 0x30]) + adaptation + header + payload


def test_the_parameter_set_is_found_where_a_segment_begins() -> None:
    tables, sound = packet(0, b"") + packet(0x1000, b""), packet(0x101, b"\x00\x00\x01\x67sound\x00\x00")
    picture = b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01\x67\x42\xc0\x1e\x00\x00\x00\x01\x68"
    whole = packet(0x100, picture, begins=True)
    torn = packet(0x100, picture[:12], begins=True) + sound + packet(0x100, picture[12:])
    for segment in (tables + whole, tables + 50 * sound + whole, tables + torn):
        assert parameters(segment) == b"\x42\xc0\x1e"
    assert parameters(tables + sound) == b""
