"""Looks for cameras on the networks of this box: one question to all, and one polite one to whoever answers."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from uploader.discovery import ws_discovery
from uploader.discovery.proposals import RTSP, Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.discovery.ws_discovery import Device

# Seconds: for all of it; between the two times it is asked, because UDP gets lost; and what is left for a knock.
LIMIT = 4.0
AGAIN = 0.7
KNOCK_LIMIT = 1.5
# Nobody has more cameras in one network; and so many answers are looked at, whoever sends them.
MAX_DEVICES, MAX_ANSWERS = 256, 4096
MAX_HEAD = 4096
_SERVER = re.compile(rb"^Server:[ \t]*([^\r\n]{0,80})", re.IGNORECASE | re.MULTILINE)


async def discover(
    destination: tuple[str, int] = (ws_discovery.GROUP, ws_discovery.PORT), *, limit: float = LIMIT, port: int = RTSP
) -> list[Found]:
    """The cameras that answered within `limit` seconds, in no particular order."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + limit
    hearing = _Hearing(port)
    transports = [
        (await loop.create_datagram_endpoint(lambda: hearing, sock=sender))[0] for sender in _senders(destination[0])
    ]
    try:
        for pause in (AGAIN, ends - loop.time() - AGAIN - KNOCK_LIMIT):
            _ask(transports, destination)
            await asyncio.sleep(max(0.0, pause))
        return await hearing.found(max(0.0, ends - loop.time()))
    finally:
        for transport in transports:
            transport.close()
        await hearing.close()


def _senders(destination: str) -> list[socket.socket]:
    """A socket for each network of this box; one, where the question is not for all."""
    if not destination.startswith("239."):
        return [_sender(None)]
    senders = []
    for index, _ in socket.if_nameindex():
        with suppress(OSError):
            senders.append(_sender(index))
    return senders


def _sender(interface: int | None) -> socket.socket:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sender.setblocking(False)
        if interface is not None:
            # struct ip_mreqn of Linux (ip(7)): group, own address, interface. Never beyond a router.
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", b"", b"", interface))
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    except OSError:
        sender.close()
        raise
    return sender


def _ask(transports: Sequence[asyncio.DatagramTransport], destination: tuple[str, int]) -> None:
    for transport in transports:
        for kind in ws_discovery.KINDS:
            # A network that is down is not asked; asyncio tells error_received.
            transport.sendto(ws_discovery.probe(str(uuid4()), kind), destination)


class _Hearing(asyncio.DatagramProtocol):
    """Collects who answers, and knocks at each as soon as it has."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answers = 0
        self._devices: dict[str, Device] = {}
        self._knocks: dict[str, asyncio.Task[str | None]] = {}

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._answers += 1
        host = addr[0]
        if self._answers > MAX_ANSWERS or len(self._devices) >= MAX_DEVICES or host in self._devices:
            return
        device = ws_discovery.device(data)
        if device is not None:
            # The sender's own address, not the one it writes: a password shall not go to somebody else's.
            self._devices[host] = device
            self._knocks[host] = asyncio.create_task(knock(host, self._port))

    def error_received(self, exc: Exception) -> None:
        """Somebody cannot be reached: then nobody answers there."""

    async def found(self, limit: float) -> list[Found]:
        """Who has answered; who has not opened after so many seconds does not speak RTSP."""
        if self._knocks:
            await asyncio.wait(self._knocks.values(), timeout=limit)
        return [
            Found(host, device, self._knocks[host].result() if self._knocks[host].done() else None)
            for host, device in self._devices.items()
        ]

    async def close(self) -> None:
        for task in self._knocks.values():
            task.cancel()
        await asyncio.gather(*self._knocks.values(), return_exceptions=True)


async def knock(host: str, port: int) -> str | None:
    """What RTSP at this port calls itself ("" when it does not say); None when there is none.

    OPTIONS asks for nothing, needs no login and begins no session (RFC 2326 section 10.1).
    """
    try:
        async with asyncio.timeout(KNOCK_LIMIT):
            reader, writer = await asyncio.open_connection(host, port, limit=MAX_HEAD)
    except (OSError, TimeoutError):
        return None
    try:
        writer.write(f"OPTIONS rtsp://{host}:{port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        async with asyncio.timeout(KNOCK_LIMIT):
            head = await reader.readuntil(b"\r\n\r\n")
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    finally:
        writer.transport.abort()
    if not head.startswith(b"RTSP/1."):
        return None
    server = _SERVER.search(head)
    return server[1].decode("ascii", "replace").strip() if server else ""
