"""A store that does what its script says: an HTTP server on raw sockets, in the test's own loop.

A script is a list of acts, one for each request in order of arrival; when it is over, `then` answers. An act is an
async function of an `Exchange`: it reads as much of the body as it likes, and answers, hangs, or breaks the connection.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping


@dataclass(slots=True, eq=False)
class Exchange:
    """One request, and the ways to treat it. `connection` counts the connections from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    connection: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    done: bool = False

    async def body(self) -> bytes:
        """The whole body."""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            return b"".join([chunk async for chunk in self.chunks()])
        return await self.reader.readexactly(int(self.headers.get("content-length", 0)))

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of a body of unknown length, as they arrive."""
        while size := int(await self.reader.readline(), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()

    async def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send an answer; underscores in header names become hyphens."""
        lines = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def reply_json(self, status: int, body: object, **headers: str) -> None:
        """Send an answer in JSON."""
        await self.reply(status, json.dumps(body).encode(), content_type="application/json", **headers)

    async def abandon(self) -> None:
        """Read nothing of the connection as requests any more; what comes is swallowed until the client gives up."""
        self.done = True
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        self.done = True
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def close(self) -> None:
        """End the connection in an orderly way."""
        self.done = True
        self.writer.close()


Act: TypeAlias = "Callable[[Exchange], Awaitable[None]]"


async def accept(exchange: Exchange) -> None:
    """What a store does that has everything and is content with everything."""
    await exchange.body()
    kind = (exchange.method, exchange.path.split("?")[0].removeprefix("/storage/v1").split("/")[1])
    if kind == ("GET", "object"):
        await exchange.reply(200, b"stored", content_type="video/mp2t")
    elif kind == ("GET", "bucket"):
        await exchange.reply_json(200, BUCKET)
    elif exchange.method == "DELETE" or "/object/list/" in exchange.path:
        await exchange.reply_json(200, [])
    else:
        await exchange.reply_json(200, {"Key": "streams/name", "Id": "1"})


BUCKET = {
    "id": "streams",
    "name": "streams",
    "owner": "",
    "public": True,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "file_size_limit": None,
    "allowed_mime_types": None,
}


def answer(status: int, body: object = None, **headers: str) -> Act:
    """Read the request, then answer: bytes as they are, anything else as JSON."""

    async def act(exchange: Exchange) -> None:
        await exchange.body()
        if isinstance(body, bytes):
            await exchange.reply(status, body, **headers)
        else:
            await exchange.reply_json(status, body, **headers)

    return act


def refuse(
    status: int, code: str, message: str, *, error: str | None = None, http_status: int = 400, **headers: str
) -> Act:
    """Read the request, then refuse it as Supabase Storage does."""
    body = {"statusCode": str(status), "error": error or code, "message": message, "code": code}
    return answer(http_status, body, **headers)


def refuse_unread(status: int, code: str, message: str) -> Act:
    """Refuse a request without reading its body, keep the connection open, and never answer on it again.

    What Supabase Storage does with a body above some 200 KB (supabase/storage PR #1323).
    """

    async def act(exchange: Exchange) -> None:
        await exchange.reply_json(400, {"statusCode": str(status), "error": code, "message": message, "code": code})
        await exchange.abandon()

    return act


def after(released: asyncio.Event, act: Act) -> Act:
    """Hold the request until `released`, then do `act`."""

    async def held(exchange: Exchange) -> None:
        await released.wait()
        await act(exchange)

    return held


async def hang(exchange: Exchange) -> None:
    """Take the request and never answer."""
    await exchange.abandon()


async def lose_reply(exchange: Exchange) -> None:
    """Take the whole request, then close the connection without a word."""
    await exchange.body()
    exchange.close()


async def reset_mid_body(exchange: Exchange) -> None:
    """Break the connection after the first bytes of the body."""
    await exchange.reader.read(1000)
    exchange.reset()


@dataclass(slots=True)
class ScriptedStore:
    """The running server. `requests` are all that arrived, in order."""

    script: deque[Act]
    then: Act
    url: str = ""
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def arrivals(self) -> list[tuple[str, str]]:
        """Method and path of every request, without the query."""
        return [(request.method, request.path.split("?")[0]) for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        try:
            while exchange := await _next_request(reader, writer, connection):
                self.requests.append(exchange)
                self._arrived.set()
                await (self.script.popleft() if self.script else self.then)(exchange)
                if exchange.done:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client gave up
        finally:
            writer.close()

    async def arrival(self, number: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.requests) < number:
            self._arrived.clear()
            await self._arrived.wait()


async def _next_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Exchange | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Exchange(method, path, headers, connection, reader, writer)


@asynccontextmanager
async def scripted_store(
    *script: Act,
    then: Act = accept,
    receive_buffer: int | None = None,
) -> AsyncIterator[ScriptedStore]:
    """A store on an ephemeral port of loopback. `receive_buffer` (bytes) makes the kernel take less ahead of `then`."""
    store = ScriptedStore(deque(script), then)
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if receive_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    listener.bind(("127.0.0.1", 0))
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(store.serve(reader, writer)))

    server = await asyncio.start_server(connected, sock=listener, limit=65536)
    store.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield store
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A writer that was closed with bytes to send would wait for the client to take them.
        for exchange in store.requests:
            exchange.writer.transport.abort()
        await asyncio.sleep(0)
