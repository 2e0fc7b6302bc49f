"""Runs the worker's HTTP beside its cameras, on one loop, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from uploader.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

HOST = "127.0.0.1"
# The system would keep megabytes for a slow page that looks at a moving picture: seconds of old ones. It takes no more
# than it can send (TCP_NOTSENT_LOWAT of Linux, which Python names since 3.13) and this many bytes.
NOTSENT_LOWAT = 25
UNSENT = 64 * 1024
# A player that is just reading must not keep the worker from ending.
GRACE = 1


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises InputError when the port is taken."""
    # Naming TCP matters: only then asyncio switches Nagle off, which costs 44 ms for each small answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with suppress(OSError):  # connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, NOTSENT_LOWAT, UNSENT)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(
            f"Port {port} on this box cannot be used ({error.strerror}); perhaps a worker is running already.",
            "Stop the other program, or choose another port: STOREFEED_PORT=8001.",
        ) from None
    return listener


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the worker, which ends its cameras first."""
        yield


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
            http="h11",
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110  (uvicorn offers nothing to wait on)
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
