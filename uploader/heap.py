"""The worker's memory, kept as small after a month as after a minute. Another C library than glibc is left as it is.

What a segment needs goes back to the system as soon as it is free. glibc maps large blocks on their own, but raises the
size from which it does so to that of every such block it frees: after the first segment all of them would lie on the
heap, among small things that stay, and the holes add up for hours.

Python finds things that hold each other in a circle, as broken connections do, only when it looks; and the more there
is that has lived for a while, the more seldom it looks there: with the modules of a worker, once in hours. So those are
taken out of its sight, and it looks once a minute. With one camera that takes 3 ms, and giving back holes 0.2 ms.

One thing grows, once: when some ten thousand file names have come and gone, Python makes its table of names
(sys.intern) twice as large, which takes 1 to 2 MB.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# From malloc.h. Naming a size fixes it.
_M_MMAP_THRESHOLD = -3
LARGE = 128 * 1024
# Between two looks (s).
PERIOD = 60.0


@asynccontextmanager
async def kept_small(period: float = PERIOD) -> AsyncIterator[None]:
    """Keep this process small during the block. What there is when it begins is taken to stay."""
    _return_large_blocks()
    gc.collect()
    gc.freeze()
    tidying = asyncio.create_task(_tidy(period), name="heap")
    try:
        yield
    finally:
        tidying.cancel()
        await asyncio.gather(tidying, return_exceptions=True)
        gc.unfreeze()


async def _tidy(period: float) -> None:
    while True:
        await asyncio.sleep(period)
        gc.collect()
        _return_holes()


def _return_large_blocks() -> None:
    """From now on blocks of LARGE bytes and more are mapped on their own."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE)


def _return_holes() -> None:
    """Give back whole pages of the heap that are free, wherever they lie."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
