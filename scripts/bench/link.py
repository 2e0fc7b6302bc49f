"""A simulated link: a TCP relay on loopback with a round trip time and an uplink rate, like a shop's DSL line."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 4096
# Chunks on their way in one direction: more than any line holds, and an end to what a fast writer may pile up.
IN_FLIGHT = 256

# The event loop wakes up late by a millisecond or so: a line that has work does not lose that time (s).
LATENESS = 0.02


@dataclass(frozen=True, slots=True)
class Link:
    """`rtt` in seconds; `uplink` in bits per second, shared by all connections; None: no limit."""

    rtt: float = 0.0
    uplink: float | None = None


class _Rate:
    """When the next bytes have left a line that others use as well."""

    def __init__(self, bits_per_second: float | None) -> None:
        self._rate = bits_per_second
        self._free = 0.0

    def departure(self, size: int, now: float) -> float:
        if self._rate is None:
            return now
        self._free = max(self._free, now - LATENESS) + size * 8 / self._rate
        return self._free


@asynccontextmanager
async def linked(link: Link, port: int) -> AsyncIterator[int]:
    """A port on loopback that leads to `port` over the link."""
    uplink, downlink = _Rate(link.uplink), _Rate(None)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(link.rtt)  # the TCP handshake
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_relay(reader, far_writer, uplink, link.rtt / 2))
                ways.create_task(_relay(far_reader, writer, downlink, link.rtt / 2))
        except* OSError:
            writer.close()

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: _Rate, delay: float) -> None:
    clock = asyncio.get_running_loop().time
    way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(IN_FLIGHT)

    async def depart() -> None:
        data = b"first"
        while data:
            data = await reader.read(CHUNK)
            leaves = rate.departure(len(data), clock())
            await way.put((leaves + delay, data))
            await asyncio.sleep(max(0.0, leaves - clock()))

    async def arrive() -> None:
        while True:
            due, data = await way.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    async with asyncio.TaskGroup() as ends:
        ends.create_task(depart())
        ends.create_task(arrive())
