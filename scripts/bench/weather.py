"""Bad weather between a worker and its store: a relay on loopback that fails in the ways of networks and of servers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

CHUNK = 4096


class Kind(Enum):
    """What goes wrong with requests; each value says it in words."""

    CALM = "all is well"
    OUTAGE = "no connection comes through"
    HANG = "what is sent disappears"
    RESET = "connections break in the middle of a body"
    MUTE = "requests are carried out, and connections break instead of answers"
    THIN = "the uplink has 300 kbit/s"
    SLOW = "every packet takes half a second longer"
    BUSY = "429 with Retry-After"
    BROKEN = "503"


# Bytes of a connection that come through before it breaks; bytes per second; seconds.
BREAKS_AFTER = 20_000
UPLINK = 300_000 / 8
DELAY = 0.5
RETRY_AFTER = 2


@dataclass(slots=True)
class Weather:
    """What it is like at the moment."""

    kind: Kind = Kind.CALM
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)
    _uplink_free: float = 0.0

    def turn(self, kind: Kind) -> None:
        """From now on it is like this. An outage ends the connections that there are."""
        self.kind = kind
        if kind is Kind.OUTAGE:
            for writer in self._connections:
                writer.transport.abort()

    @asynccontextmanager
    async def over(self, port: int) -> AsyncIterator[int]:
        """A port on loopback that leads to `port` through the weather."""
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._relay(port, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.kind is Kind.OUTAGE:
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            self._connections |= {writer, far_writer}
            try:
                ways = [
                    asyncio.create_task(self._carry_up(reader, far_writer)),
                    asyncio.create_task(self._carry_down(far_reader, writer)),
                ]
                # Whichever end hangs up, the other one learns it at once.
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                self._connections -= {writer, far_writer}
                writer.transport.abort()
                far_writer.transport.abort()

    async def _carry_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carried = 0
        while data := await reader.read(CHUNK):
            carried += len(data)
            await self._delay(len(data))
            if self.kind is Kind.RESET and carried > BREAKS_AFTER:
                return
            if self.kind is not Kind.HANG:
                writer.write(data)
                await writer.drain()

    async def _carry_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.kind is Kind.MUTE:
                return
            writer.write(data)
            await writer.drain()

    async def _delay(self, size: int) -> None:
        now = asyncio.get_running_loop().time()
        if self.kind is Kind.SLOW:
            await asyncio.sleep(DELAY)
        elif self.kind is Kind.THIN:
            self._uplink_free = max(self._uplink_free, now) + size / UPLINK
            await asyncio.sleep(self._uplink_free - now)


class Overcast:
    """A store's application that answers as an overloaded one, when the weather is like that."""

    def __init__(self, app: ASGIApp, weather: Weather) -> None:
        self._app = app
        self._weather = weather

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answers = {Kind.BUSY: (429, b"SlowDown"), Kind.BROKEN: (503, b"ServiceUnavailable")}
        # What viewers read is not the weather's business.
        if scope["type"] != "http" or self._weather.kind not in answers or "/object/public/" in scope["path"]:
            await self._app(scope, receive, send)
            return
        status, word = answers[self._weather.kind]
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"%d" % RETRY_AFTER)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"statusCode":"%d","error":"%s"}' % (status, word)})
