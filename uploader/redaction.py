"""Takes secrets out of everything that is printed, stored or shown: the known ones first, then what looks like one."""

from __future__ import annotations

import re
from urllib.parse import quote

HIDDEN = "***"
# Greedy up to the last "@": a password may hold one itself.
_PATTERNS = (
    (re.compile(r"(\brtsps?://)[^\s/]*[^\s]*@(?=[\w.\[:-]+)", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"([?&](?:user(?:name)?|pass(?:word|wd)?|token|key|apikey)=)[^&\s]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), HIDDEN),
    (re.compile(r"\bsb_secret_\w+"), HIDDEN),
)
# Shorter ones would blacken every other word; the patterns still catch them where they stand in an address.
SHORTEST = 4


class Redaction:
    """Knows this worker's secrets. Only grows; safe to use from any thread."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, *secrets: str) -> None:
        """Hide these from now on, as they are and as they stand in an address."""
        forms = {form for secret in secrets for form in (secret, quote(secret, safe="")) if len(secret) >= SHORTEST}
        # Longest first: one secret may be part of another.
        self._known = tuple(sorted(forms | set(self._known), key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text
