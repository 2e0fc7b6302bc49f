"""Runs the worker's HTTP beside its cameras, on one loop, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from uploader.configuration.listening import LOOPBACK, address_of
from uploader.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

# The system would keep megabytes for a slow page that looks at a moving picture: seconds of old ones. It takes no more
# than it can send (TCP_NOTSENT_LOWAT of Linux, which Python names since 3.13) and this many bytes.
NOTSENT_LOWAT = 25
UNSENT = 64 * 1024
# A player that is just reading must not keep the worker from ending: after so long it is cut off (s).
GRACE = 1
# Connections at a time. Each is an open file, of which a process has a thousand, and the cameras need theirs: callers
# who say nothing must not take them all.
CONNECTIONS = 256


def listen(port: int, host: str = LOOPBACK) -> socket.socket:
    """A listening socket at an address or name of this box. Raises InputError when it cannot be had."""
    family, address = _resolved(host)
    # Naming TCP matters: only then asyncio switches Nagle off, which costs 44 ms for each small answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with suppress(OSError):  # connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, NOTSENT_LOWAT, UNSENT)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # "::" is every address of the box, IPv4 too
    try:
        listener.bind((address, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _refused(error, host, port) from None
    return listener


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    """The address behind a name; of several the IPv4 one, which is what people type."""
    if (address := address_of(host)) is not None:
        return (socket.AF_INET if address.version == 4 else socket.AF_INET6), str(address)
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise InputError(
            f"STOREFEED_HOST is {host!r}, and nothing knows a box of that name.",
            "Use an address of this box, such as 192.168.1.20, or 0.0.0.0 for all of them.",
        ) from None
    family, _, _, _, place = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, str(place[0])


def _refused(error: OSError, host: str, port: int) -> InputError:
    if error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
        return InputError(
            f"STOREFEED_HOST is {host!r}, which is no address of this box.",
            "'ip address' shows those it has; 0.0.0.0 stands for all of them.",
        )
    return InputError(
        f"Port {port} on this box cannot be used ({error.strerror}); perhaps a worker is running already.",
        "Stop the other program, or choose another port: STOREFEED_PORT=8001.",
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the worker, which ends its cameras first."""
        yield


class _Connection(H11Protocol):
    """Where there is no room for one more, the one goes that was heard longest ago of those that wait for no answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.heard = self.loop.time()
        open_ones = [one for one in self.connections if isinstance(one, _Connection) and not one.transport.is_closing()]
        if len(open_ones) > CONNECTIONS:
            idle = (one for one in open_ones if one is not self and one.is_idle)
            min(idle, key=lambda one: one.heard, default=self).transport.abort()

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
        super().data_received(data)

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer here."""
        return self.cycle is None or self.cycle.response_complete


@asynccontextmanager
async def serving(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve `app` on `listener` during the block."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            http=_Connection,
            server_header=False,
            # Behind a proxy of this box (for HTTPS, say) it is the proxy that knows who asks, and how.
            proxy_headers=True,
            forwarded_allow_ips=["127.0.0.1", "::1"],
            timeout_keep_alive=75,
            # After that uvicorn cancels what does not end although nobody reads it, and calls it an error.
            timeout_graceful_shutdown=2 * GRACE,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  (uvicorn offers nothing to wait on)
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=GRACE)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        await task
