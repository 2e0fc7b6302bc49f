"""MPEG-TS as FFmpeg writes it to a pipe, taken apart into whole frames (ISO/IEC 13818-1). Pure.

With thirty cameras hundreds of thousands of packets a minute come through here, so packets are never looked at one by
one: only those that begin something are, and a regular expression over every 188th byte finds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PACKET = 188
SYNC = 0x47
# FFmpeg's own numbers, in every version: the first stream, which is the video, and the program map.
VIDEO_PID = 0x100
PROGRAM_MAP_PID = 0x1000
PROGRAM_ASSOCIATION_PID = 0
SERVICE_DESCRIPTION_PID = 0x11
# Of time stamps, per second.
CLOCK = 90_000
# No frame is so large; only what is no MPEG-TS of ours can look like one (bytes).
LONGEST_FRAME = 16 * 1024 * 1024

# Over the second bytes of packets: those in which a table or a frame begins (payload_unit_start_indicator).
_STARTS = re.compile(rb"[\x40-\x7f\xc0-\xff]")
_TIME_MASK = (1 << 33) - 1


class NotTransportStream(ValueError):
    """The bytes are not what FFmpeg's mpegts muxer writes."""


def are_packets(data: bytes) -> bool:
    """Whether these are whole packets and nothing else."""
    return len(data) % PACKET == 0 and data[::PACKET].count(SYNC) == len(data) // PACKET


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: its packets, with those of sound that were written since the picture before.

    `time` counts 1/90000 s, modulo 2**33.
    """

    packets: bytes
    time: int
    is_keyframe: bool


def seconds_between(earlier: int, later: int) -> float:
    """From one frame's time to another's, across the wrap; negative when `later` is the earlier one after all."""
    ticks = (later - earlier) & _TIME_MASK
    return (ticks if ticks <= _TIME_MASK >> 1 else ticks - _TIME_MASK - 1) / CLOCK


@dataclass(frozen=True, slots=True)
class Tables:
    """What tells a player the streams: the program association and the program map, a packet each."""

    association: bytes = b""
    map: bytes = b""

    def numbered(self, count: int) -> bytes:
        """The two packets to put in front of object number `count`: their continuity counters go on from object to
        object, as if all were one stream."""
        return b"".join(
            packet[:3] + bytes([packet[3] & 0xF0 | count & 0x0F]) + packet[4:]
            for packet in (self.association, self.map)
            if packet
        )


class FrameReader:
    """Fed with what comes out of the pipe, in pieces of any size, gives whole frames.

    A frame is whole when its last packet is here, which FFmpeg fills up with stuffing; one in 184 needs none, and is
    given when the next one begins.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self._rest = b""  # less than a packet
        self._packets = bytearray()  # of the frame that is coming in, or sound that waits for one
        self._frame: tuple[int, bool] | None = None  # its time, and whether it is a keyframe

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete. Raises NotTransportStream."""
        data = self._rest + data
        whole = len(data) - len(data) % PACKET
        self._rest, data = data[whole:], data[:whole]
        if not are_packets(data):
            raise NotTransportStream("a packet does not begin with 0x47")
        frames: list[Frame] = []
        taken = 0
        for start in (match.start() * PACKET for match in _STARTS.finditer(data[1::PACKET])):
            self._add(data[taken:start])
            taken = self._begin(data[start : start + PACKET], frames) + start
        self._add(data[taken:])
        if data and self._frame is not None and _is_last_of_a_frame(data[-PACKET:]):
            frames.append(self._complete(*self._frame))
        return frames

    def _begin(self, packet: bytes, frames: list[Frame]) -> int:
        """Something begins with this packet; gives how many bytes of it are done with."""
        if self._frame is not None:
            frames.append(self._complete(*self._frame))
        pid = _pid(packet)
        if pid == VIDEO_PID:
            self._frame = (_time(packet), _is_random_access_point(packet))
            return 0
        if pid == PROGRAM_ASSOCIATION_PID:
            self.tables = Tables(packet, self.tables.map)
        elif pid == PROGRAM_MAP_PID:
            self.tables = Tables(self.tables.association, packet)
        elif pid != SERVICE_DESCRIPTION_PID:  # whose names nobody shows
            return 0
        return PACKET

    def _add(self, packets: bytes) -> None:
        self._packets += packets
        if len(self._packets) > LONGEST_FRAME:
            raise NotTransportStream("no frame ends")

    def _complete(self, time: int, is_keyframe: bool) -> Frame:
        frame = Frame(bytes(self._packets), time, is_keyframe)
        self._packets.clear()
        self._frame = None
        return frame


def begins_at(packets: bytes) -> int | None:
    """The time of the first frame in these whole packets; None: no frame begins in them, or none that has one."""
    for match in _STARTS.finditer(packets[1::PACKET]):
        packet = packets[match.start() * PACKET : (match.start() + 1) * PACKET]
        if _pid(packet) == VIDEO_PID:
            try:
                return _time(packet)
            except NotTransportStream:
                return None
    return None


def elementary_stream(packets: bytes) -> bytes:
    """The video in these packets, without what MPEG-TS wraps around it. Half a packet at the end is left out."""
    video = bytearray()
    for start in range(0, len(packets) - len(packets) % PACKET, PACKET):
        packet = packets[start : start + PACKET]
        if _pid(packet) != VIDEO_PID:
            continue
        payload = 4 + (1 + packet[4] if _has_adaptation(packet) else 0)
        if packet[1] & 0x40:  # the PES header says how long it is itself
            payload += 9 + packet[payload + 8]
        video += packet[payload:]
    return bytes(video)


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _has_adaptation(packet: bytes) -> bool:
    return bool(packet[3] & 0x20)


def _is_random_access_point(packet: bytes) -> bool:
    return _has_adaptation(packet) and packet[4] > 0 and bool(packet[5] & 0x40)


def _is_last_of_a_frame(packet: bytes) -> bool:
    """Whether this video packet holds stuffing: more adaptation than flags and a clock reference (PCR) need."""
    if _pid(packet) != VIDEO_PID or not _has_adaptation(packet):
        return False
    begins_a_frame, length = packet[1] & 0x40, packet[4]
    return not begins_a_frame or length == 0 or length > 1 + 6 * bool(packet[5] & 0x10)


def _time(packet: bytes) -> int:
    """The decoding time of the frame that begins in this packet, from its PES header (ISO/IEC 13818-1 2.4.3.6)."""
    header = 4 + (1 + packet[4] if _has_adaptation(packet) else 0)
    if packet[header : header + 3] != b"\0\0\1" or not packet[header + 7] & 0x80:
        raise NotTransportStream("a frame has no time")
    # With both times there the one for decoding comes second; it only ever grows.
    at = header + (14 if packet[header + 7] & 0x40 else 9)
    a, b, c, d, e = packet[at : at + 5]
    return (a & 0x0E) << 29 | b << 22 | (c & 0xFE) << 14 | d << 7 | e >> 1
