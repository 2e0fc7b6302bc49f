"""The network between the camera and its client, where it is bad: packets are lost, swapped and damaged."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .channels import Channel


@dataclass(frozen=True, slots=True)
class Network:
    """Which share (0 to 1) of the RTP packets is lost, comes after its successor, or arrives damaged."""

    loss: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0


@dataclass(slots=True)
class BadLine:
    """A channel through the camera's network, as it is at the moment. Chance is the same in every run."""

    channel: Channel
    network: Callable[[], Network]
    chance: Random = field(default_factory=lambda: Random(20))
    held: bytes | None = None

    def send(self, packet: bytes, *, control: bool = False) -> None:
        """Send an RTP packet as the network lets it through; RTCP always comes through."""
        if control:
            self.channel.send(packet, control=True)
            return
        for arriving in self._arriving(packet, self.network()):
            self.channel.send(arriving)

    def _arriving(self, packet: bytes, network: Network) -> Iterator[bytes]:
        if self.chance.random() < network.loss:
            return
        if self.chance.random() < network.corrupt:
            packet = packet[:12] + self.chance.randbytes(len(packet) - 12)
        if self.held is None and self.chance.random() < network.reorder:
            self.held = packet
            return
        yield packet
        if self.held is not None:
            yield self.held
            self.held = None

    def transport(self) -> str:
        """The Transport header that SETUP answers with."""
        return self.channel.transport()

    def close(self) -> None:
        """Send no more."""
        self.channel.close()
