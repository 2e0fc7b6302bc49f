"""What every byte was for that a box has sent: HTTP requests taken apart, and the MPEG-TS in them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

from uploader.segments.transport_stream import (
    PACKET,
    PROGRAM_ASSOCIATION_PID,
    PROGRAM_MAP_PID,
    SERVICE_DESCRIPTION_PID,
    VIDEO_PID,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.bench.link import Heard

# The accounts, in the order in which they are told; H.264 itself is not among them.
PACKETS = "packet headers"  # of MPEG-TS, 4 of 188 bytes
CLOCKS = "frame headers"  # PES headers, and adaptation fields with a clock reference or a flag
STUFFING = "stuffing"  # of the last packet of each frame
TABLES = "tables"  # PAT, PMT and SDT
SOUND = "sound"
MEDIA_HEADS = "media requests"  # request heads, and what announces chunks
PLAYLISTS = "playlists"
LOOKS = "reading"  # GET: who else writes, what viewers see
STATUS = "status"
REST = "removing, counting"
ACCOUNTS = (PACKETS, CLOCKS, STUFFING, TABLES, SOUND, MEDIA_HEADS, PLAYLISTS, LOOKS, STATUS, REST)

# Kinds of NAL units, ITU-T H.264 table 7-1.
_PARAMETERS, _DELIMITER = (7, 8), 9
_TABLE_PIDS = (PROGRAM_ASSOCIATION_PID, PROGRAM_MAP_PID, SERVICE_DESCRIPTION_PID)


@dataclass(frozen=True, slots=True)
class Request:
    """`size` is all of it on the wire; `body` without what announces chunks."""

    began: float
    method: str
    path: str
    size: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Ledger:
    """Bytes by what they were for. `video` is H.264, of which `repeated` are parameter sets and delimiters."""

    video: int = 0
    repeated: int = 0
    objects: int = 0
    spent: Counter[str] = field(default_factory=Counter)

    @property
    def per_byte(self) -> float:
        """Bytes sent for each byte of H.264."""
        return 1 + self.spent.total() / self.video

    def add(self, request: Request) -> None:
        """Enter one request."""
        name = request.path.partition("?")[0]
        if request.method in ("POST", "PUT") and name.endswith(".ts"):
            self.objects += 1
            self.spent[MEDIA_HEADS] += request.size - len(request.body)
            self._add_media(request.body)
            return
        self.spent[_account(request.method, name)] += request.size

    def _add_media(self, body: bytes) -> None:
        stream = bytearray()
        start = body.find(b"\x47") if body.startswith(b"--") else 0  # a form's own words stand before the file
        end = start + (len(body) - start) // PACKET * PACKET
        self.spent[MEDIA_HEADS] += len(body) - (end - start)
        for at in range(start, end, PACKET):
            self._add_packet(body[at : at + PACKET], stream)
        self.video += len(stream)
        self.repeated += sum(
            len(unit) for unit in re.split(rb"(?=\x00?\x00\x00\x01)", bytes(stream)) if _kind(unit) in _REPEATED
        )

    def _add_packet(self, packet: bytes, stream: bytearray) -> None:
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if pid != VIDEO_PID:
            self.spent[TABLES if pid in _TABLE_PIDS else SOUND] += PACKET
            return
        adaptation = 1 + packet[4] if packet[3] & 0x20 else 0
        needed = _needed(packet) if adaptation else 0
        payload = 4 + adaptation
        header = 9 + packet[payload + 8] if packet[1] & 0x40 else 0
        self.spent[PACKETS] += 4
        self.spent[CLOCKS] += needed + header
        self.spent[STUFFING] += adaptation - needed
        stream += packet[payload + header :]


_REPEATED = (*_PARAMETERS, _DELIMITER)


def _kind(unit: bytes) -> int:
    code = unit.find(b"\x00\x00\x01")
    return unit[code + 3] & 0x1F if 0 <= code < len(unit) - 3 else 0


def _needed(packet: bytes) -> int:
    """Bytes of the adaptation field that say something: two and a clock reference (PCR), or two for a flag."""
    if packet[4] == 0:
        return 0
    flags = packet[5]
    return 8 if flags & 0x10 else 2 if flags else 0


def _account(method: str, path: str) -> str:
    if method == "GET":
        return LOOKS
    if path.endswith(".m3u8"):
        return PLAYLISTS
    return STATUS if path.endswith(".json") else REST


def ledger(connections: Iterable[Heard], begin: float, end: float) -> Ledger:
    """All requests that began in this time and were sent to their end."""
    book = Ledger()
    for heard in connections:
        for request in requests(heard):
            if begin <= request.began < end:
                book.add(request)
    return book


def requests(heard: Heard) -> list[Request]:
    """The requests of one connection, one after the other, as far as they are whole (RFC 9112)."""
    data = b"".join(piece for _, piece in heard)
    starts = list(accumulate((len(piece) for _, piece in heard), initial=0))
    found: list[Request] = []
    at = 0
    while (head_end := data.find(b"\r\n\r\n", at) + 4) > 4:
        lines = data[at:head_end].decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        chunked = "chunked" in headers.get("transfer-encoding", "")
        body, end = _chunks(data, head_end) if chunked else _sized(data, head_end, headers)
        if body is None:
            break
        found.append(Request(heard[bisect_right(starts, at) - 1][0], method, path, end - at, body))
        at = end
    return found


def _sized(data: bytes, start: int, headers: dict[str, str]) -> tuple[bytes | None, int]:
    end = start + int(headers.get("content-length", "0"))
    return (data[start:end], end) if end <= len(data) else (None, start)


def _chunks(data: bytes, start: int) -> tuple[bytes | None, int]:
    """RFC 9112 section 7.1, without trailers: nobody here sends them."""
    body = bytearray()
    while (line_end := data.find(b"\r\n", start)) >= 0:
        size = int(data[start:line_end], 16)
        start = line_end + 2 + size + 2
        if start > len(data):
            break
        if size == 0:
            return bytes(body), start
        body += data[line_end + 2 : start - 2]
    return None, start
