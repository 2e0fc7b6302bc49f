"""Takes secrets out of everything that is printed, stored or shown: the known ones first, then what looks like one."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

HIDDEN = "***"
# Greedy up to the last "@": a password may hold one itself.
_PATTERNS = (
    (re.compile(r"(\brtsps?://)\S*@(?=[\w.\[:-])", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"([?&](?:user(?:name)?|pass(?:word|wd)?|token|key|apikey)=)[^&\s]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), HIDDEN),
    (re.compile(r"\bsb_secret_[\w-]+"), HIDDEN),
)
# Shorter ones would blacken every other word; the patterns still catch them where they stand in an address.
SHORTEST = 4


class Redaction:
    """Knows this worker's secrets. Only grows; any thread may hide them while one learns more."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, *secrets: str) -> None:
        """Hide these from now on, as they are and as they stand in addresses, JSON, exceptions and HTTP's headers."""
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # Longest first: one secret may be part of another.
        self._known = tuple(sorted(forms | set(self._known), key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _forms(secret: str) -> set[str]:
    """How this may turn up."""
    encoded = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    written = {
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
    }
    # "user:password" of HTTP's and RTSP's Basic login, which FFmpeg shows when it talks much.
    basic = base64.b64encode(secret.encode()).decode()
    return {secret, *encoded, *map(_lower_hex, encoded), *written, basic}


def _lower_hex(encoded: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), encoded)
