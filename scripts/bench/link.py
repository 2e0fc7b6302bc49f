"""A simulated link: a TCP relay on loopback with a round trip time, rates and jitter, like a shop's DSL line."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# What one connection has carried up: when, on the event loop's clock (s), and which bytes.
Heard = list[tuple[float, bytes]]

CHUNK = 4096
# Chunks on their way in one direction: more than any line holds, and an end to what a fast writer may pile up.
IN_FLIGHT = 256

# The event loop wakes up late by a millisecond or so: a line that has work does not lose that time (s).
LATENESS = 0.02


@dataclass(frozen=True, slots=True)
class Link:
    """`rtt` and `jitter` in seconds; rates in bits per second, each shared by all connections; None: no limit.

    With jitter every packet takes up to so much longer, each way; packets of one connection stay in order.
    """

    rtt: float = 0.0
    uplink: float | None = None
    downlink: float | None = None
    jitter: float = 0.0

    def travel(self) -> float:
        """How long a packet takes one way this time, in seconds."""
        return self.rtt / 2 + random.uniform(0.0, self.jitter)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes carried so far, of what runs over TCP."""

    up: int = 0
    down: int = 0


class _Line:
    """One direction: when the next bytes have left a line that others use as well."""

    def __init__(self, bits_per_second: float | None) -> None:
        self._rate = bits_per_second
        self._free = 0.0
        self.carried = 0

    def departure(self, size: int, now: float) -> float:
        self.carried += size
        if self._rate is None:
            return now
        self._free = max(self._free, now - LATENESS) + size * 8 / self._rate
        return self._free


@asynccontextmanager
async def linked(link: Link, port: int, heard: list[Heard] | None = None) -> AsyncIterator[Far]:
    """The far end of the link that leads to `port` on loopback. `heard` is told what every connection carries up."""
    uplink, downlink = _Line(link.uplink), _Line(link.downlink)
    tasks: set[asyncio.Task[None]] = set()

    async def connect(near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(link.rtt)  # the TCP handshake
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(_relay(near, far_writer, uplink, link, _listener(heard)))
                    ways.create_task(_relay(far_reader, writer, downlink, link, _listener(None)))
            finally:
                far_writer.close()
        except* OSError:
            pass  # whoever is at the other end sees it as well
        finally:
            writer.close()

    def connected(near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(connect(near, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield Far(server.sockets[0].getsockname()[1], uplink, downlink)
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Far:
    """Where to connect to go over the link, and what has gone over it."""

    port: int
    _uplink: _Line
    _downlink: _Line

    @property
    def traffic(self) -> Traffic:
        """Bytes of all connections, so far."""
        return Traffic(self._uplink.carried, self._downlink.carried)


def _listener(heard: list[Heard] | None) -> Callable[[bytes], None]:
    if heard is None:
        return lambda _: None
    clock, said = asyncio.get_running_loop().time, Heard()
    heard.append(said)
    return lambda data: said.append((clock(), data))


async def _relay(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    line: _Line,
    link: Link,
    hear: Callable[[bytes], None],
) -> None:
    clock = asyncio.get_running_loop().time
    way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(IN_FLIGHT)

    async def depart() -> None:
        data = b"first"
        while data:
            data = await reader.read(CHUNK)
            hear(data)
            leaves = line.departure(len(data), clock())
            await way.put((leaves + link.travel(), data))
            await asyncio.sleep(max(0.0, leaves - clock()))

    async def arrive() -> None:
        data = b"first"
        while data:
            due, data = await way.get()
            await asyncio.sleep(max(0.0, due - clock()))
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async with asyncio.TaskGroup() as ends:
        ends.create_task(depart())
        ends.create_task(arrive())
