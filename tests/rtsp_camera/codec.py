"""What the camera has to know of a picture codec: H.264 in RTP (RFC 6184) and H.265 (RFC 7798). Pure."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What is left of an Ethernet frame after IP, UDP and RTP headers, with some room.
MAX_PAYLOAD = 1400


@dataclass(frozen=True, slots=True)
class Codec:
    """One picture codec; numbers are NAL unit types. `header` is the size of a NAL unit's header in bytes."""

    name: str
    header: int
    keyframes: frozenset[int]
    delimiter: int
    parameter_sets: tuple[tuple[str, int], ...]
    fragment: int

    def kind(self, nal: bytes) -> int:
        """The NAL unit's type."""
        return nal[0] & 31 if self.header == 1 else nal[0] >> 1 & 63

    def starts_with_keyframe(self, nals: Sequence[bytes]) -> bool:
        """Whether a decoder can begin at the frame with these NAL units."""
        return any(self.kind(nal) in self.keyframes for nal in nals)

    def payloads(self, nals: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
        """The RTP payloads of one frame, each with its marker: set on the frame's last (RFC 6184 section 5.1)."""
        pieces = [piece for nal in nals for piece in self._pieces(nal)]
        for number, piece in enumerate(pieces, 1):
            yield piece, number == len(pieces)

    def _pieces(self, nal: bytes) -> Iterator[bytes]:
        if len(nal) <= MAX_PAYLOAD:
            yield nal  # single NAL unit packet, section 5.6
            return
        # Fragmentation units (RFC 6184 section 5.8, RFC 7798 section 4.4.3): the NAL unit's own header makes room for
        # that of a fragment, and its type goes into a byte with a start and an end bit.
        step = MAX_PAYLOAD - self.header - 1
        body = nal[self.header :]
        for position in range(0, len(body), step):
            start = 0x80 if position == 0 else 0
            end = 0x40 if position + step >= len(body) else 0
            yield self._fragment_header(nal) + bytes((start | end | self.kind(nal),)) + body[position : position + step]

    def _fragment_header(self, nal: bytes) -> bytes:
        if self.header == 1:
            return bytes((nal[0] & 0xE0 | self.fragment,))
        return bytes((nal[0] & 0x81 | self.fragment << 1, nal[1]))

    def format_parameters(self, nals: Sequence[bytes]) -> str:
        """The parameters of `a=fmtp` (RFC 6184 section 8.1, RFC 7798 section 7.1), out of a keyframe's NAL units."""
        sets = {name: next((nal for nal in nals if self.kind(nal) == kind), b"") for name, kind in self.parameter_sets}
        coded = {name: b64encode(nal).decode() for name, nal in sets.items()}
        if self.name == "H265":
            return ";".join(f"sprop-{name}={text}" for name, text in coded.items())
        profile = sets["sps"][1:4].hex()
        return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={coded['sps']},{coded['pps']}"


# ITU-T H.264 table 7-1: IDR 5, SPS 7, PPS 8, access unit delimiter 9. FU-A 28.
H264 = Codec("H264", 1, frozenset({5}), 9, (("sps", 7), ("pps", 8)), 28)
# ITU-T H.265 table 7-1: IDR 19 and 20, CRA 21, VPS 32, SPS 33, PPS 34, access unit delimiter 35. FU 49.
H265 = Codec("H265", 2, frozenset({19, 20, 21}), 35, (("vps", 32), ("sps", 33), ("pps", 34)), 49)
