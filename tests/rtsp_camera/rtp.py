"""Pictures and sound as RTP packets (RFC 3550), H.264 cut up as RFC 6184 wants it. Pure."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What is left of an Ethernet frame after IP, UDP and RTP headers, with some room.
MAX_PAYLOAD = 1400
FU_A = 28
# Seconds from the epoch of NTP, 1900, to that of Unix (RFC 868).
NTP_EPOCH = 2_208_988_800
CNAME = b"camera"


def payloads(nals: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The RTP payloads of one frame, each with its marker: set on the frame's last (RFC 6184 section 5.1)."""
    pieces = [piece for nal in nals for piece in _pieces(nal)]
    for number, piece in enumerate(pieces, 1):
        yield piece, number == len(pieces)


def _pieces(nal: bytes) -> Iterator[bytes]:
    if len(nal) <= MAX_PAYLOAD:
        yield nal  # single NAL unit packet, section 5.6
        return
    # Fragmentation units, section 5.8: the NAL unit's own header goes into two bytes with a start and an end bit.
    indicator, kind, body = nal[0] & 0xE0 | FU_A, nal[0] & 0x1F, nal[1:]
    step = MAX_PAYLOAD - 2
    for position in range(0, len(body), step):
        start = 0x80 if position == 0 else 0
        end = 0x40 if position + step >= len(body) else 0
        yield bytes((indicator, start | end | kind)) + body[position : position + step]


@dataclass(slots=True)
class RtpStream:
    """One sender's numbering. Times are in seconds from the start of the session."""

    payload_type: int
    clock_rate: int
    ssrc: int = field(default_factory=lambda: random.getrandbits(32))
    sequence: int = field(default_factory=lambda: random.getrandbits(16))
    first_timestamp: int = field(default_factory=lambda: random.getrandbits(32))
    packets: int = 0
    octets: int = 0

    def timestamp(self, time: float) -> int:
        """The RTP timestamp of a moment."""
        return (self.first_timestamp + round(time * self.clock_rate)) % 2**32

    def packet(self, payload: bytes, time: float, *, marker: bool) -> bytes:
        """The next packet (section 5.1)."""
        flags = 0x80 if marker else 0
        header = struct.pack("!BBHII", 0x80, flags | self.payload_type, self.sequence, self.timestamp(time), self.ssrc)
        self.sequence = (self.sequence + 1) % 2**16
        self.packets += 1
        self.octets += len(payload)
        return header + payload

    def sender_report(self, time: float, unix_time: float) -> bytes:
        """An RTCP packet that tells which wall clock time the timestamps stand for (sections 6.4.1, 6.5)."""
        seconds, fraction = divmod(unix_time + NTP_EPOCH, 1)
        counts = self.packets % 2**32, self.octets % 2**32
        moment = int(seconds), int(fraction * 2**32), self.timestamp(time)
        report = struct.pack("!BBHIIIIII", 0x80, 200, 6, self.ssrc, *moment, *counts)
        item = bytes((1, len(CNAME))) + CNAME
        item += bytes(4 - len(item) % 4)  # ends with at least one zero, on a 32-bit boundary
        return report + struct.pack("!BBHI", 0x81, 202, 1 + len(item) // 4, self.ssrc) + item
