"""What happens to a camera: each fault is a class with `happen`, and over when that returns."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .camera import RtspCamera
    from .clip import Clip
    from .network import Network


class Fault(Protocol):
    """Something that happens to the camera."""

    async def happen(self, camera: RtspCamera) -> None:
        """Let it happen."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Every connection is closed in good order (FIN); the camera can be called again at once."""

    async def happen(self, camera: RtspCamera) -> None:
        camera.drop()


@dataclass(frozen=True, slots=True)
class Reset:
    """Every connection is torn off (RST); the camera can be called again at once."""

    async def happen(self, camera: RtspCamera) -> None:
        camera.reset()


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing is sent or answered for so many seconds; connections stay, and new ones are taken by the system."""

    seconds: float

    async def happen(self, camera: RtspCamera) -> None:
        camera.freeze()
        try:
            await asyncio.sleep(self.seconds)
        finally:
            camera.thaw()


@dataclass(frozen=True, slots=True)
class Away:
    """A restart: connections are closed, the port is closed, and after so many seconds it is back on the same port."""

    seconds: float

    async def happen(self, camera: RtspCamera) -> None:
        camera.close()
        await asyncio.sleep(self.seconds)
        await camera.listen()


@dataclass(frozen=True, slots=True)
class HalfOpen:
    """Every connection goes dead without a word (no FIN, no RST); new ones are served."""

    async def happen(self, camera: RtspCamera) -> None:
        camera.vanish()


@dataclass(frozen=True, slots=True)
class PowerCut:
    """Every connection goes dead without a word, and for so many seconds calls are not even refused."""

    seconds: float

    async def happen(self, camera: RtspCamera) -> None:
        camera.vanish()
        camera.stop_listening()
        with _unanswered(camera.host, camera.port):
            await asyncio.sleep(self.seconds)
        await camera.listen()


@contextlib.contextmanager
def _unanswered(host: str, port: int) -> Iterator[None]:
    """A port where nothing answers: Linux lets a SYN fall when the accept queue is full, and one caller fills it."""
    with socket.socket() as port_holder, socket.socket() as caller:
        port_holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port_holder.bind((host, port))
        port_holder.listen(0)
        caller.connect((host, port))
        yield


@dataclass(frozen=True, slots=True)
class Jump:
    """The camera's clock is set forward (or back) by so many seconds."""

    seconds: float

    async def happen(self, camera: RtspCamera) -> None:
        camera.clock = replace(camera.clock, ahead=camera.clock.ahead + self.seconds)


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody changes the camera's settings: from now on it sees this clip, over the connections that stand."""

    clip: Clip

    async def happen(self, camera: RtspCamera) -> None:
        camera.clip = self.clip


@dataclass(frozen=True, slots=True)
class Hush:
    """Somebody switches the microphone off: its track stands, and nothing comes on it any more."""

    async def happen(self, camera: RtspCamera) -> None:
        camera.mute = True


@dataclass(frozen=True, slots=True)
class Weather:
    """For so many seconds the network is like this."""

    network: Network
    seconds: float

    async def happen(self, camera: RtspCamera) -> None:
        before, camera.network = camera.network, self.network
        await asyncio.sleep(self.seconds)
        camera.network = before


@dataclass(frozen=True, slots=True)
class Noise:
    """So many random bytes in the middle of every connection."""

    size: int = 20_000

    async def happen(self, camera: RtspCamera) -> None:
        camera.babble(self.size)
