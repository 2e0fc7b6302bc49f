"""Memory for bodies goes back to the system as soon as it is free.

glibc maps large blocks on their own, but raises the size from which it does so to that of every such block it frees.
After the first segment all of them lie on the heap, among small things that stay, and the holes add up for hours.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

# From malloc.h. Naming a size fixes it.
_M_MMAP_THRESHOLD = -3
LARGE = 128 * 1024


def return_large_blocks() -> None:
    """From now on blocks of LARGE bytes and more are mapped on their own. Another C library is left as it is."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)
