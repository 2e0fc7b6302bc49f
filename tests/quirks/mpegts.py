"""What an MPEG-TS segment holds, read by the letter of ISO/IEC 13818-1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKET = 188
PAT_PID, SDT_PID = 0, 0x11
H264, AAC = 0x1B, 0x0F  # stream_type, table 2-34
CLOCK = 90_000


class Broken(Exception):
    """Not the transport stream it should be."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`pictures`: presentation times (s), in the order shown. `starts_with_keyframe`: marked as a random access point.

    `kinds` are the stream types announced; `sounds` the times of the sound's packets.
    """

    pictures: tuple[float, ...]
    sounds: tuple[float, ...]
    kinds: frozenset[int]
    starts_with_keyframe: bool


@dataclass(frozen=True, slots=True)
class _Packet:
    pid: int
    starts: bool
    is_random_access: bool
    payload: bytes


def read(body: bytes) -> Segment:
    """The segment in these bytes. Raises Broken."""
    packets = [packet for packet in _packets(body) if packet.pid != SDT_PID]
    if not packets or packets[0].pid != PAT_PID:
        raise Broken("does not begin with a program association table")
    streams = _streams(packets)
    times: dict[int, list[float]] = {kind: [] for kind in streams.values()}
    keyframes = []
    for packet in packets:
        kind = streams.get(packet.pid)
        if packet.starts and kind is not None:
            times[kind].append(_presentation_time(packet.payload))
            if kind == H264:
                keyframes.append(packet.is_random_access)
    if not keyframes:
        raise Broken("holds no picture")
    return Segment(tuple(sorted(times[H264])), tuple(times.get(AAC, ())), frozenset(streams.values()), keyframes[0])


def _packets(body: bytes) -> Iterator[_Packet]:
    if len(body) % PACKET:
        raise Broken("ends inside a packet")
    for position in range(0, len(body), PACKET):
        head = body[position : position + PACKET]
        if head[0] != 0x47:
            raise Broken(f"packet {position // PACKET} does not begin with 0x47")
        adapted, filled = head[3] & 0x20, head[3] & 0x10
        skipped = 5 + head[4] if adapted else 4
        random_access = bool(adapted and head[4] and head[5] & 0x40)
        pid = (head[1] & 0x1F) << 8 | head[2]
        yield _Packet(pid, bool(head[1] & 0x40), random_access, head[skipped:] if filled else b"")


def _streams(packets: list[_Packet]) -> dict[int, int]:
    """Stream type by PID, out of the first program map table."""
    pat = packets[0].payload
    map_pid = (pat[11] & 0x1F) << 8 | pat[12]
    table = next((packet.payload for packet in packets if packet.pid == map_pid), b"")
    if not table:
        raise Broken("holds no program map table")
    end = 4 + ((table[2] & 0x0F) << 8 | table[3]) - 4
    position = 13 + ((table[11] & 0x0F) << 8 | table[12])
    streams = {}
    while position < end:
        streams[(table[position + 1] & 0x1F) << 8 | table[position + 2]] = table[position]
        position += 5 + ((table[position + 3] & 0x0F) << 8 | table[position + 4])
    return streams


def _presentation_time(pes: bytes) -> float:
    if pes[:3] != b"\x00\x00\x01" or not pes[7] & 0x80:
        raise Broken("a picture without a presentation time")
    high, middle, low = pes[9] >> 1 & 7, (pes[10] << 8 | pes[11]) >> 1, (pes[12] << 8 | pes[13]) >> 1
    return (high << 30 | middle << 15 | low) / CLOCK
