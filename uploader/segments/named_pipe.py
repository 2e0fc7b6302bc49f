"""A named pipe that FFmpeg writes into and the worker reads from."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A worker that is busy for a moment must not stop FFmpeg: a second of any camera's video (bytes).
SIZE = 1024 * 1024


@contextmanager
def named_pipe(path: Path) -> Iterator[int]:
    """Make it; gives the end to read from, which never blocks and never ends: how FFmpeg ended others tell."""
    os.mkfifo(path, 0o600)
    # Open for writing as well, so that it never ends; Linux does both in one (fifo(7)).
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # one of the usual size does too
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, SIZE)
        yield end
    finally:
        os.close(end)


def size_of(end: int) -> int:
    """How many bytes fit into the pipe."""
    return fcntl.fcntl(end, fcntl.F_GETPIPE_SZ)
