"""RTP packets and RTCP reports (RFC 3550). Pure."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field

# Seconds from the epoch of NTP, 1900, to that of Unix (RFC 868).
NTP_EPOCH = 2_208_988_800
CNAME = b"camera"


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
