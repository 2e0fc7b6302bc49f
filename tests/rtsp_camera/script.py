"""What the camera does wrong, and when.

A fault that happens at a moment is a class with `happen`; what is wrong all the time is a field of Script.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .camera import RtspCamera


class Fault(Protocol):
    """Something that happens to the camera and is over when `happen` returns."""

    async def happen(self, camera: RtspCamera) -> None:
        """Let it happen."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Every connection is closed in good order; the camera can be called again at once."""

    async def happen(self, camera: RtspCamera) -> None:
        camera.drop()


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
class Script:
    """The whole behaviour of a camera. With no arguments it is a good one.

    `faults` happen in this order, each so many seconds after the first PLAY ever. `answers` gives a status instead of
    what a method would do. A client that went without TEARDOWN still counts as a viewer for `forgets_after` seconds.
    """

    faults: tuple[tuple[float, Fault], ...] = ()
    answers: Mapping[str, int] = field(default_factory=dict)
    tcp: bool = True
    udp: bool = True
    max_clients: int = 16
    session_timeout: float = 60.0
    forgets_after: float = 0.0
