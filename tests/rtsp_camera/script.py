"""What the camera does wrong all the time, and the moments of what happens to it (faults.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .clockwork import Clockwork
from .network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Fault


@dataclass(frozen=True, slots=True)
class Script:
    """The whole behaviour of a camera. With no arguments it is a good one. Times are in seconds.

    `faults` happen in this order, each so long after the first PLAY ever. By method, `answers` gives a status instead
    of what it would do, and `delays` how long the answer takes (math.inf: it never comes). `redirect`: DESCRIBE answers
    302 with this address. `gibberish`: what answers speaks no RTSP.

    `packets_after` is from PLAY to the first packet. `joins_at`: where in the clip a client comes in, instead of at its
    first keyframe. `mute`: sound is announced and never sent.

    A client that went without TEARDOWN still counts as one of `max_clients` for `forgets_after`.
    """

    faults: tuple[tuple[float, Fault], ...] = ()
    answers: Mapping[str, int] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    redirect: str = ""
    gibberish: bool = False
    packets_after: float = 0.0
    joins_at: float = 0.0
    mute: bool = False
    clock: Clockwork = field(default_factory=Clockwork)
    network: Network = field(default_factory=Network)
    tcp: bool = True
    udp: bool = True
    max_clients: int = 16
    session_timeout: float = 60.0
    forgets_after: float = 0.0
