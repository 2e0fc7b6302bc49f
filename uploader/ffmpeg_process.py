"""An FFmpeg process: clean surroundings, ended and reaped whatever happens, and never longer alive than the worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TERM_DEADLINE = 2.0
CHUNK = 64 * 1024


@contextlib.asynccontextmanager
async def started(arguments: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ended and reaped at the end of the block: TERM, then KILL."""
    process = await asyncio.create_subprocess_exec(
        *_dies_with_us(),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=CHUNK,
        # A process group of its own: Ctrl-C is for the worker, which ends its FFmpegs in order.
        process_group=0,
        # FFmpeg parses what strangers send: it gets no keys of ours.
        env={name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "TZ"}},
    )
    try:
        yield process
    finally:
        await _end(process)


def _dies_with_us() -> tuple[str, ...]:
    """Has the kernel kill FFmpeg when the worker is killed; otherwise it lives on and keeps the camera's session."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()


async def _end(process: asyncio.subprocess.Process) -> None:
    for ask in (process.terminate, process.kill):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            ask()
        # Not asyncio.timeout: up to Python 3.11.2 it ends a task that is being cancelled instead (CPython gh-102780).
        await asyncio.wait({asyncio.create_task(process.wait())}, timeout=TERM_DEADLINE)


async def chunks(reader: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    """What comes out of a pipe, to its end. A pipe that nobody reads would stop FFmpeg, and make it deaf to SIGTERM."""
    while reader is not None and (data := await reader.read(CHUNK)):
        yield data


async def lines(reader: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """The lines of a pipe, to its end; one longer than CHUNK is cut."""
    rest = b""
    async for data in chunks(reader):
        *whole, rest = (rest + data).split(b"\n")
        rest = rest[-CHUNK:]
        for line in whole:
            yield line.decode(errors="replace")
