"""The address under which other devices in the network reach this box."""

from __future__ import annotations

import socket

# Nothing is sent there, and nobody is there (RFC 5737): the system only says which way it would go.
ELSEWHERE = ("192.0.2.1", 9)


def lan_address() -> str:
    """This box's address on the way out; its name where it has no way out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
