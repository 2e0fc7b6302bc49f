"""What goes wrong with a store, from when to when, and which requests meet it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What goes wrong. Each says what its `amount` means."""

    SLOW = "takes so many seconds longer"
    THIN = "so many bytes per second leave the box, shared by all requests"
    BUSY = "429, asking for so many seconds of patience"
    BROKEN = "500 at once"
    REFUSED = "403: somebody has to act"
    HANG = "takes the request and never answers"
    RESET = "breaks the connection when half the body has come"
    LOST_REPLY = "stores, and breaks the connection instead of answering"
    LATE = "does not answer in time, and stores so many seconds after the client has given up"
    HALF = "says that all is well, and keeps half"
    SILENT = "says that all is well, and removes nothing"


class Target(Enum):
    """Which requests it happens to."""

    SEGMENT = "storing a segment"
    PLAYLIST = "storing the playlist"
    STATUS = "storing anything else"
    GET = "reading"
    LIST = "listing"
    REMOVE = "removing"


WRITES = frozenset({Target.SEGMENT, Target.PLAYLIST, Target.STATUS})
EVERYTHING = frozenset(Target)


@dataclass(frozen=True, slots=True)
class Spell:
    """From `start` for `length` seconds, every `every`th request to one of `targets` meets it."""

    start: float
    length: float
    kind: Kind
    amount: float = 0.0
    targets: frozenset[Target] = EVERYTHING
    every: int = 1

    @property
    def end(self) -> float:
        """When it is over (s)."""
        return self.start + self.length
