"""An FFmpeg process: clean surroundings, ended and reaped whatever happens, and never longer alive than the worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TERM_DEADLINE = 2.0
# The kernel ends it at once, unless it waits for a broken disk or device.
KILL_DEADLINE = 10.0
PROBE_DEADLINE = 5.0
CHUNK = 64 * 1024


# FFmpeg parses what strangers send: it gets no keys of ours. Beside what every program needs: where a vendor's
# libraries are (a Jetson's), and which driver VAAPI is to take.
PASSED_ON = frozenset({"PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH"})


@contextlib.asynccontextmanager
async def started(
    arguments: list[str], stdin: int = asyncio.subprocess.DEVNULL
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ended and reaped at the end of the block: TERM, then KILL. Raises OSError where it cannot start."""
    starting = asyncio.create_task(_start(arguments, stdin))
    try:
        # Whoever is cancelled while it starts leaves it to _end: halfway, nobody could end what is there already.
        await asyncio.wait({starting})
        yield starting.result()
    finally:
        await _end(starting)


async def _start(arguments: list[str], stdin: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *dies_with_us(),
        *arguments,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=CHUNK,
        # A process group of its own: Ctrl-C is for the worker, which ends its FFmpegs in order.
        process_group=0,
        env={name: value for name, value in os.environ.items() if name in PASSED_ON},
    )


@cache
def dies_with_us() -> tuple[str, ...]:
    """What goes before a command so that the kernel kills it when the worker is killed; nothing where there is no way.

    Otherwise FFmpeg would live on and keep the camera's session. Not preexec_fn, which may deadlock in a process with
    threads: something small runs in between and becomes FFmpeg. The kernel ties the child to the thread that started
    it; ours all start in the event loop's. What slips through is ended by the next start (see scratch).
    """
    with_setpriv = ("setpriv", "--pdeathsig", "KILL", "--")
    return with_setpriv if _works((*with_setpriv, "true")) else with_python()


def with_python() -> tuple[str, ...]:
    """The same for systems without util-linux (BusyBox has another setpriv); costs 20 ms more at each start."""
    shim = (sys.executable, "-I", "-S", "-c", _SHIM, str(os.getpid()))
    return shim if sys.platform == "linux" else ()


# PR_SET_PDEATHSIG is 1, SIGKILL 9. The worker may be gone already: then nobody would be told any more.
_SHIM = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
os.getppid() == int(sys.argv[1]) or sys.exit(1)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"failed to execute {sys.argv[2]}: {error.strerror}")
"""


def _works(arguments: tuple[str, ...]) -> bool:
    """Whether this ends well, and in time. Not subprocess.run: while it waits it sleeps by a clock that may be set."""
    silent = subprocess.DEVNULL
    try:
        with subprocess.Popen(arguments, stdin=silent, stdout=silent, stderr=silent) as process:
            if not _ends(process.pid, PROBE_DEADLINE):
                process.kill()
    except OSError:
        return False
    return process.returncode == 0


def _ends(pid: int, deadline: float) -> bool:
    ended = os.pidfd_open(pid)
    try:
        return bool(select.select([ended], [], [], deadline)[0])
    finally:
        os.close(ended)


async def _end(starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
    ending = asyncio.create_task(_terminated(starting))
    try:
        await asyncio.shield(ending)
    finally:
        # The worker is stopped while a stalled FFmpeg is being ended: that goes on to its end all the same.
        await asyncio.wait({ending}, timeout=TERM_DEADLINE + KILL_DEADLINE)


async def _terminated(starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
    try:
        process = await starting
    except OSError:
        return
    for ask, deadline in ((process.terminate, TERM_DEADLINE), (process.kill, KILL_DEADLINE)):
        if process.returncode is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            ask()
        # Not asyncio.timeout: up to Python 3.11.2 it ends a task that is being cancelled instead (CPython gh-102780).
        await asyncio.wait({asyncio.create_task(process.wait())}, timeout=deadline)
    # A pipe in which something lies that nobody reads any more stays open.
    rest = [asyncio.create_task(_pour_away(pipe)) for pipe in (process.stdout, process.stderr)]
    await asyncio.wait(rest, timeout=TERM_DEADLINE)
    for pouring in rest:
        pouring.cancel()


async def _pour_away(pipe: asyncio.StreamReader | None) -> None:
    with contextlib.suppress(RuntimeError):  # somebody does read
        async for _ in chunks(pipe):
            pass


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
