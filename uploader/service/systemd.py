"""What the worker tells systemd, where that started it (sd_notify(3)): ready, alive, how the cameras are, ending."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from uploader.reporting.status import State

# Seconds between two words about the cameras; more often where systemd watches more closely.
PERIOD = 10.0


def summary(states: Iterable[State]) -> str:
    """The cameras in one line: "3 of 4 cameras live; 1 offline"."""
    words = [state.value.replace("_", " ") for state in states]
    others = [f"{words.count(word)} {word}" for word in dict.fromkeys(words) if word != "live"]
    cameras = "camera" if len(words) == 1 else "cameras"
    return "; ".join([f"{words.count('live')} of {len(words)} {cameras} live", *others])


@asynccontextmanager
async def told(variables: Mapping[str, str], words: Callable[[], str]) -> AsyncIterator[None]:
    """systemd hears that the worker is ready, and during the block that its loop turns, and `words`.

    A loop that stands still falls silent, and systemd starts the worker anew. Without systemd nothing happens.
    """
    address = variables.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        # Its name may be in the abstract namespace, which begins with a NUL.
        tell = _Teller(sender, address.replace("@", "\0", 1) if address.startswith("@") else address)
        tell("READY=1")
        telling = asyncio.create_task(_keep_telling(tell, period(variables), words), name="systemd")
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            tell("STOPPING=1")


def period(variables: Mapping[str, str]) -> float:
    """Seconds between two signs of life: half of what systemd waits for, if it is this process that is watched."""
    watched = variables.get("WATCHDOG_USEC", "")
    mine = variables.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if mine and watched.isascii() and watched.isdigit() and int(watched) > 0:
        return min(PERIOD, int(watched) / 1e6 / 2)
    return PERIOD


class _Teller:
    def __init__(self, sender: socket.socket, address: str) -> None:
        self._sender = sender
        self._address = address

    def __call__(self, *fields: str) -> None:
        # A systemd that does not listen is none of the cameras' business.
        with suppress(OSError):
            self._sender.sendto("\n".join(fields).encode(), self._address)


async def _keep_telling(tell: _Teller, pause: float, words: Callable[[], str]) -> None:
    while True:
        tell("WATCHDOG=1", f"STATUS={words()}")
        await asyncio.sleep(pause)
