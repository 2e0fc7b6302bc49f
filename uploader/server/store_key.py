"""The key of the embedded store: who has it may write.

It looks like a Supabase key (a JWT): clients and the redaction of secrets know what those look like. There is one key,
and it never expires, so a token is compared with it and not verified; what is wrong with another one is told as
Supabase tells it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING

from uploader.server.kept_secret import kept_secret

if TYPE_CHECKING:
    from pathlib import Path

FILE = "store.key"


def store_key(directory: Path) -> str:
    """The key kept in `directory`, made at the first call (mode 0600). Raises InputError when it cannot be kept there.

    Delete the file and start the worker again to have a new one.
    """
    return kept_secret(directory / FILE, "The key of the store", lambda kept: _claims(kept) is not None, make=_new_key)


def refusal_of(token: str, key: str, now: float) -> str | None:
    """Why `token` does not open the store, in Supabase's words; None when it does. `now` is the Unix time. Pure."""
    if hmac.compare_digest(token.encode(errors="replace"), key.encode()):
        return None
    claims = _claims(token)
    if claims is None:
        return "Invalid Compact JWS"
    expiry = claims.get("exp")
    if isinstance(expiry, int | float) and expiry <= now:
        return '"exp" claim timestamp check failed'
    return "signature verification failed"


def _new_key() -> str:
    """A JWT (RFC 7519) under a secret that nobody keeps: nothing but this very token will ever open the store."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": "storefeed", "role": "service_role"})
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64(hmac.digest(secrets.token_bytes(32), signed.encode(), hashlib.sha256))}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _claims(token: str) -> dict[str, object] | None:
    """The claims of a compact JWS (RFC 7515 section 7.1), its signature unseen; None when it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(header, dict) and isinstance(claims, dict) else None
