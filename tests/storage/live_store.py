"""The embedded store on a real socket, in a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette

from uploader.server.objects import ObjectFiles
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Access:
    """A store's address and the key that opens it."""

    url: str
    key: str


@contextmanager
def embedded_store(directory: Path) -> Iterator[Access]:
    """An embedded store with its files in `directory`."""
    key = store_key(directory)
    with served(Starlette(routes=storage_routes(ObjectFiles(directory / "objects"), key))) as url:
        yield Access(url, key)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of `app` during the block."""
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", http="h11", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
