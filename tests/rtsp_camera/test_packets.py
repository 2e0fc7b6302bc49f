"""Pictures become RTP packets as the RFCs have it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rtsp_camera import H264, H265
from tests.rtsp_camera.codec import MAX_PAYLOAD
from tests.rtsp_camera.rtp import RtpStream

if TYPE_CHECKING:
    from tests.rtsp_camera.codec import Codec


def joined(codec: Codec, packets: list[bytes]) -> list[bytes]:
    """The NAL units in these payloads, as a receiver puts them together (RFC 6184 section 5.8, RFC 7798 4.4.3)."""
    nals: list[bytes] = []
    unfinished = False
    for payload in packets:
        fragment, mark = codec.kind(payload) == codec.fragment, payload[codec.header]
        starts, ends, kind = bool(mark & 0x80), bool(mark & 0x40), mark & 0x3F
        assert unfinished == (fragment and not starts)
        if not fragment:
            nals.append(payload)
        elif starts:
            own = (payload[0] & 0xE0 | kind,) if codec is H264 else (payload[0] & 0x81 | kind << 1, payload[1])
            nals.append(bytes(own) + payload[codec.header + 1 :])
        else:
            nals[-1] += payload[codec.header + 1 :]
        unfinished = fragment and not ends
    assert not unfinished
    return nals


SIZES = st.integers(1, 4 * MAX_PAYLOAD) | st.sampled_from([MAX_PAYLOAD - 2, MAX_PAYLOAD - 1, MAX_PAYLOAD])


@pytest.mark.parametrize("codec", [H264, H265], ids=["H.264", "H.265"])
@given(st.lists(st.tuples(st.integers(1, 23), SIZES), min_size=1, max_size=4))
def test_a_frame_that_is_cut_into_packets_can_be_put_together_again(codec: Codec, units: list[tuple[int, int]]) -> None:
    heads = [bytes((0x60 | kind,)) if codec is H264 else bytes((kind << 1, 1)) for kind, _ in units]
    nals = [head + bytes(index % 251 for index in range(size)) for head, (_, size) in zip(heads, units, strict=True)]
    packets = list(codec.payloads(nals))
    assert joined(codec, [payload for payload, _ in packets]) == nals
    assert all(len(payload) <= MAX_PAYLOAD for payload, _ in packets)
    assert [marker for _, marker in packets] == [False] * (len(packets) - 1) + [True]


def test_sequence_numbers_and_timestamps_go_round() -> None:
    stream = RtpStream(96, 90_000, ssrc=7, sequence=65535, first_timestamp=2**32 - 1)
    heads = [struct.unpack("!BBHII", stream.packet(b"x", time, marker=True)[:12]) for time in (0, 1)]
    assert heads == [(0x80, 0xE0, 65535, 2**32 - 1, 7), (0x80, 0xE0, 0, 89_999, 7)]
    assert (stream.packets, stream.octets) == (2, 2)
