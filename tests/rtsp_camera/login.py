"""Who may watch: Basic and Digest as cameras speak them (RFC 2617, without qop). Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import md5
from typing import Literal

REALM = "camera"


@dataclass(frozen=True, slots=True)
class Login:
    """The one user there is, and how the password is asked for."""

    user: str
    password: str
    scheme: Literal["Basic", "Digest"] = "Digest"

    def challenge(self, nonce: str) -> str:
        """The WWW-Authenticate header."""
        return f'{self.scheme} realm="{REALM}"' + (f', nonce="{nonce}"' if self.scheme == "Digest" else "")

    def accepts(self, authorization: str, method: str, nonce: str) -> bool:
        """Whether this Authorization header proves the password."""
        scheme, _, proof = authorization.partition(" ")
        if scheme != self.scheme:
            return False
        if scheme == "Basic":
            return proof == b64encode(f"{self.user}:{self.password}".encode()).decode()
        fields = dict(re.findall(r'(\w+)="([^"]*)"', proof))
        secret = _digest(f"{self.user}:{REALM}:{self.password}")
        wanted = _digest(f"{secret}:{nonce}:" + _digest(f"{method}:{fields.get('uri')}"))
        return (fields.get("username"), fields.get("nonce"), fields.get("response")) == (self.user, nonce, wanted)


def _digest(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
