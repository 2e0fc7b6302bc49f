"""Where the worker's pages listen, and how they are reached from this box. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

LOOPBACK = "127.0.0.1"
_LOCAL = "localhost"  # and every name below it (RFC 6761, section 6.3)
_NAME = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{0,252}", re.IGNORECASE)


def host_of(text: str) -> str | None:
    """The address or host name in `text`, IPv6 without its brackets; None when it is neither."""
    bare = text.removeprefix("[").removesuffix("]")
    if address_of(bare) is not None:
        return bare
    # Digits and dots alone are an address with a mistake, which some resolvers read in their own way.
    is_name = _NAME.fullmatch(text) is not None and re.search(r"[a-z]", text, re.IGNORECASE) is not None
    return text if is_name else None


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` is; None for a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_loopback(host: str) -> bool:
    """Whether only this box can reach what listens there. A name that may mean anything counts as reachable."""
    address = address_of(host)
    if address is not None:
        return address.is_loopback
    name = host.lower().removesuffix(".")
    return name == _LOCAL or name.endswith(f".{_LOCAL}")


def is_everywhere(host: str) -> bool:
    """Whether all addresses of the box are meant."""
    address = address_of(host)
    return address is not None and address.is_unspecified


def url(host: str, port: int) -> str:
    """What this box itself asks under, when a worker listens there."""
    if is_everywhere(host):
        host = "::1" if ":" in host else LOOPBACK
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
