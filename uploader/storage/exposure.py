"""What a box gives away when it is stolen or overheard: a key that may do everything, a key in the clear. Pure."""

from __future__ import annotations

import base64
import json
from ipaddress import ip_address
from urllib.parse import urlsplit

# Names that no public name server knows (RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps free).
_OF_THIS_NETWORK = (".localhost", ".local", ".home.arpa", ".internal", ".lan")


def is_all_powerful(key: str) -> bool:
    """Whether a project's key passes by every policy: sb_secret_..., or a token of the role service_role."""
    if key.startswith("sb_secret_"):
        return True
    try:
        _, payload, _ = key.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("role") == "service_role"


def is_overheard(url: str) -> bool:
    """Whether a key that is sent to this address can be read on the way: plain HTTP that leaves this network."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        return False
    try:
        return ip_address(parts.hostname).is_global
    except ValueError:
        # A name without a dot is one of this network, or of a container's.
        return "." in parts.hostname and not parts.hostname.endswith(_OF_THIS_NETWORK)
