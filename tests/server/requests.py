"""Requests to the embedded store as no client would send them, and what they leave behind."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.storage.live_store import Access

# Made once: it takes 30 ms.
TLS = httpx.create_ssl_context()


def incoming(directory: Path) -> int:
    return len(list((directory / "objects" / "incoming").iterdir()))


@contextmanager
def connection(access: Access) -> Iterator[socket.socket]:
    host, port = urlsplit(access.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        yield client


def read_all(client: socket.socket) -> bytes:
    """All that comes until the store closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def refused(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["statusCode"], body["code"]
