"""Wrong tokens, counted per address: nobody guesses one, and nobody who has an old one is punished. Pure."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_network

from uploader.configuration.listening import address_of

# So many different wrong ones within a period (s) are a mistake, more are a guess. The same one again tells nobody
# anything new: a page that was left open with yesterday's token asks every few seconds.
TRIES, PERIOD = 10, 60.0
# Addresses that are remembered; who has more of them than that has all of them.
ADDRESSES = 1000
# Between two words about it in the log (s).
QUIET = 60.0


@dataclass(slots=True)
class _Tries:
    until: float
    tokens: set[bytes] = field(default_factory=set)


class WrongTokens:
    """All that were shown lately. `now` is any clock that never goes back (s)."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()  # in the order in which they run out
        self._untold = 0
        self._told_last = -QUIET

    def wait(self, peer: str, now: float) -> float:
        """For how long (s) nobody at this address is listened to; 0.0: there is no reason."""
        tries = self._tries.get(_neighbours(peer))
        if tries is None or len(tries.tokens) < TRIES:
            return 0.0
        return max(0.0, tries.until - now)

    def note(self, peer: str, token: str, now: float) -> None:
        """This one was wrong."""
        self._forget(now)
        self._untold += 1
        who = _neighbours(peer)
        if who not in self._tries and len(self._tries) >= ADDRESSES:
            self._tries.popitem(last=False)
        tries = self._tries.setdefault(who, _Tries(now + PERIOD))
        if len(tries.tokens) < TRIES:
            tries.tokens.add(hashlib.sha256(token.encode(errors="replace")).digest())

    def sentence(self, peer: str, now: float) -> str | None:
        """What to say of it in the log; None while it was said a moment ago. `peer` was the last."""
        if not self._untold or now - self._told_last < QUIET:
            return None
        count, self._untold, self._told_last = self._untold, 0, now
        shown = "A wrong token was" if count == 1 else f"{count} wrong tokens were"
        return f"{shown} shown for the worker's pages, the last from {_name(peer)}."

    def _forget(self, now: float) -> None:
        while self._tries and next(iter(self._tries.values())).until <= now:
            self._tries.popitem(last=False)


def _neighbours(peer: str) -> str:
    """Those who are counted as one: in IPv6 everybody has a whole network of addresses (RFC 6177)."""
    address = address_of(peer)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address) >> 64 << 64, 64)))
    return _name(peer)


def _name(peer: str) -> str:
    address = address_of(peer)
    return str(address) if address is not None else "an unknown address"
