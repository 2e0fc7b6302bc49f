"""Who may see the worker's pages, pictures and streams. Pure.

Why it is like this: docs/decisions/016-beyond-loopback.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uploader.configuration.listening import is_loopback

if TYPE_CHECKING:
    from uploader.server.wrong_tokens import WrongTokens

# Says that the worker is there, and nothing else.
HEALTH = "/healthz"
# Where the form of people without the token goes.
SIGN_IN = "/token"
STORE = "/storage/v1/"
# The Host header (RFC 9110, section 7.2): a name or an address, and a port.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


class Answer(Enum):
    """What is done with a call."""

    PASS = auto()
    # The token came in a link or in the form: from now on a cookie stands for it.
    WELCOME = auto()
    ASK = auto()
    WAIT = auto()
    UNKNOWN_HOST = auto()
    FOREIGN_PAGE = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """What a request says of itself. `offered` is the token in its link or form; `host` and `origin` are headers."""

    method: str
    path: str
    peer: str
    host: str = ""
    origin: str | None = None
    offered: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """The rules. `token` None: whoever reaches the worker may look, and only this box does.

    `cookie` stands for the token in browsers, `store_key` opens the embedded store.
    """

    token: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    store_key: str | None = field(default=None, repr=False)

    def answer(self, call: Call, wrong: WrongTokens, now: float) -> Answer:
        """What to do with this call at `now` (s); a wrong token is counted in `wrong`."""
        if not self._is_ours(call.host):
            return Answer.UNKNOWN_HOST
        if call.path == HEALTH:
            return Answer.PASS
        if self.token is None:
            return Answer.PASS if _is_of_this_box(call) else Answer.FOREIGN_PAGE
        # Before wrong tokens are looked at: guesses from this box must not keep the worker from its own store.
        if _is_preflight(call) or self._has_store_key(call):
            return Answer.PASS
        # What a browser adds by itself does not count when the page of another site asks.
        call = call if _is_own_page(call) else replace(call, offered=None, cookie=None)
        given = [text for text in (call.offered, call.cookie, call.bearer) if text]
        if not given:
            return Answer.ASK
        if wrong.wait(call.peer, now):
            return Answer.WAIT
        if self._opens(call):
            return Answer.WELCOME if call.offered is not None or call.path == SIGN_IN else Answer.PASS
        wrong.note(call.peer, " ".join(given), now)
        return Answer.ASK

    def _is_ours(self, host: str) -> bool:
        """Whether the Host header will do. A page elsewhere can give this box a name of its own, and then read it as if
        it were its own site (DNS rebinding): without a token, only loopback's names are answered. With one it reads
        nothing, as browsers have no cookie for that name; and a proxy may well have a name of its own."""
        found = _HOST.fullmatch(host)
        return found is not None and (self.token is not None or is_loopback(found[1].strip("[]")))

    def _opens(self, call: Call) -> bool:
        return _same(call.offered, self.token) or _same(call.cookie, self.cookie) or _same(call.bearer, self.token)

    def _has_store_key(self, call: Call) -> bool:
        return call.path.startswith(STORE) and _same(call.bearer, self.store_key)


# Of this box.
ANYBODY = Access()


def _same(given: str | None, right: str | None) -> bool:
    """Compared so that the time it takes tells nothing, not even a length."""
    if given is None or right is None:
        return False
    one, other = (hashlib.sha256(text.encode(errors="replace")).digest() for text in (given, right))
    return hmac.compare_digest(one, other)


def _is_own_page(call: Call) -> bool:
    """Whether it is the worker's own page that asks, or no page at all (https://fetch.spec.whatwg.org/#origin-header)."""
    return call.origin is None or _place(call.origin) == call.host.lower()


def _is_of_this_box(call: Call) -> bool:
    """The same, or a page that another program of this box shows: somebody develops here."""
    found = _HOST.fullmatch(_place(call.origin or "") or "")
    return _is_own_page(call) or (found is not None and is_loopback(found[1].strip("[]")))


def _is_preflight(call: Call) -> bool:
    """A browser asks, without any token, whether a page elsewhere may show one (CORS). The store answers that."""
    return call.method == "OPTIONS" and call.origin is not None and call.path.startswith(STORE)


def _place(origin: str) -> str | None:
    """Host and port of an origin."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
