"""Whether a camera that could not be reached is there again: one gentle call a second, hung up at once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PERIOD = 1.0
# RFC 2326 section 3.2, and IANA's registry for rtsps.
PORTS = {"rtsp": 554, "rtsps": 322}


def port_of(url: str) -> tuple[str, int] | None:
    """Host and port behind a network camera's address; None for what is no network camera."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        return None
    return parts.hostname, parts.port or PORTS[parts.scheme]


async def is_open(host: str, port: int) -> bool:
    """Whether the port takes calls."""
    try:
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that comes with the answer (gh-86296).
        async with asyncio.timeout(PERIOD):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError, UnicodeError):  # the last one: "cam..shop" is no name (IDNA)
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def opens_again(is_open: Callable[[], Awaitable[bool]]) -> None:
    """Returns when the port takes calls that did not take them before. One that does from the start is no news."""
    was_closed = False
    while True:
        if not await is_open():
            was_closed = True
        elif was_closed:
            return
        await asyncio.sleep(PERIOD)
