"""How packets travel to a client: inside its RTSP connection, or over UDP."""

from __future__ import annotations

import asyncio
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

# A client that is so far behind is not reading any more; cameras hang up then.
MAX_BACKLOG = 4 * 2**20


class Channel(Protocol):
    """The way of one track's packets."""

    def send(self, packet: bytes, *, control: bool = False) -> None:
        """Send an RTP packet, or an RTCP packet (`control`)."""

    def transport(self) -> str:
        """The Transport header that SETUP answers with."""

    def close(self) -> None:
        """Send no more."""


@dataclass(frozen=True, slots=True)
class Interleaved:
    """RTP inside the RTSP connection (RFC 2326 section 10.12)."""

    writer: asyncio.StreamWriter
    rtp: int
    rtcp: int

    def send(self, packet: bytes, *, control: bool = False) -> None:
        if self.writer.is_closing():
            return
        self.writer.write(struct.pack("!cBH", b"$", self.rtcp if control else self.rtp, len(packet)) + packet)
        if self.writer.transport.get_write_buffer_size() > MAX_BACKLOG:
            self.writer.transport.abort()

    def transport(self) -> str:
        return f"RTP/AVP/TCP;unicast;interleaved={self.rtp}-{self.rtcp}"

    def close(self) -> None:
        """Nothing to do: the connection lives on."""


class Datagrams(asyncio.DatagramProtocol):
    """One of the two sockets of a UDP track; whatever comes back from the client is a sign of life."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heard()


@dataclass(frozen=True, slots=True)
class Udp:
    """RTP and RTCP, each from a port of its own to a port of the client's."""

    client: tuple[int, int]
    rtp: asyncio.DatagramTransport
    rtcp: asyncio.DatagramTransport

    def send(self, packet: bytes, *, control: bool = False) -> None:
        (self.rtcp if control else self.rtp).sendto(packet)

    def transport(self) -> str:
        ports = (way.get_extra_info("sockname")[1] for way in (self.rtp, self.rtcp))
        return "RTP/AVP;unicast;client_port={}-{};server_port={}-{}".format(*self.client, *ports)

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()


def interleaved(header: str, writer: asyncio.StreamWriter, track: int) -> Interleaved | None:
    """The channel that a Transport header asks for, if that is TCP; `track` numbers it where the client does not."""
    if "RTP/AVP/TCP" not in header:
        return None
    match = re.search(r"interleaved=(\d+)-(\d+)", header)
    first, second = (int(match[1]), int(match[2])) if match else (2 * track, 2 * track + 1)
    return Interleaved(writer, first, second)


async def udp(header: str, host: str, heard: Callable[[], None]) -> Udp | None:
    """The channel that a Transport header asks for, if that is UDP."""
    match = re.search(r"RTP/AVP(?:/UDP)?;(?:.*;)?client_port=(\d+)-(\d+)", header)
    if not match:
        return None
    loop = asyncio.get_running_loop()
    ways = []
    for port in (int(match[1]), int(match[2])):
        way, _ = await loop.create_datagram_endpoint(
            lambda: Datagrams(heard), local_addr=(host, 0), remote_addr=(host, port)
        )
        ways.append(way)
    return Udp((int(match[1]), int(match[2])), ways[0], ways[1])
