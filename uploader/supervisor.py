"""Keeps one FFmpeg running for one camera.

`run` tries again for ever; `run_once` tells the story of one FFmpeg. That a process lives, or how it ended, proves
nothing: a camera that hangs up gives exit status 0, and a hung one never ends. What counts is media time that advances.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uploader.backoff import FORGIVEN_AFTER, delay
from uploader.causes import Cause, cause
from uploader.ffmpeg import FFmpeg, command
from uploader.progress import Progress, segment_limit, stall_limit
from uploader.status import LIVE, Condition, State
from uploader.watcher import DirectoryEvents, FinishedSegment, RunsAhead, Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from uploader.cameras import Camera

FIRST_PICTURE_LIMIT = 15.0
CHECK_PERIOD = 0.5
TERM_DEADLINE = 2.0
LAST_WORDS = 1.0
# From here on a camera counts as offline, not as reconnecting.
OFFLINE_AFTER = 30.0
LINES_KEPT = 100
LINE_LIMIT = 64 * 1024


class Supervisor:
    """One camera's FFmpeg. Finished segments go to `offer`, what the camera is doing to `tell`."""

    def __init__(
        self,
        camera: Camera,
        ffmpeg: FFmpeg,
        scratch: Path,
        events: DirectoryEvents,
        offer: Callable[[FinishedSegment], None],
        tell: Callable[[Condition], None],
    ) -> None:
        self._camera = camera
        self._ffmpeg = ffmpeg
        self._scratch = scratch
        self._events = events
        self._offer = offer
        self._tell = tell
        self._failures = 0
        self._last_segment = asyncio.get_running_loop().time()
        self._first_segment: float | None = None

    async def run(self) -> None:
        """Start FFmpeg, and again whenever it ends or stops giving pictures."""
        while True:
            state, why = await self.run_once()
            pause = self._next_pause(why)
            self._tell(self._waiting(state, why, pause))
            await asyncio.sleep(pause)

    async def run_once(self) -> tuple[State, Cause]:
        """One FFmpeg from start to end, in a directory of its own: how it ended, and why."""
        self._first_segment = None
        # Whoever tidies up /dev/shm (systemd's RemoveIPC at a logout) takes it away from under a living worker.
        self._scratch.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f"{self._camera.id}-", dir=self._scratch, ignore_cleanup_errors=True
        ) as run:
            watcher = Watcher(self._events, Path(run), self._take)
            async with _started(self._arguments(run)) as process:
                lines: deque[str] = deque(maxlen=LINES_KEPT)
                ending = await self._follow(process, watcher, lines)
            if ending is not None:
                return State.STALLED, ending
            with contextlib.suppress(RunsAhead):
                watcher.look()  # what was finished in its last moment
        why = cause(list(lines), process.returncode)
        return (State.REFUSED if why.refused else State.RECONNECTING), why

    def _arguments(self, directory: str) -> list[str]:
        return command(self._ffmpeg, self._camera, directory, utc_offset=time.localtime().tm_gmtoff)

    async def _follow(self, process: asyncio.subprocess.Process, watcher: Watcher, lines: deque[str]) -> Cause | None:
        """Until FFmpeg has ended by itself (None), or has to be ended (why)."""
        progress = _MediaTime()
        watching = asyncio.create_task(watcher.run())
        checking = asyncio.create_task(self._check(progress))
        waiting = asyncio.create_task(process.wait())
        reading = asyncio.create_task(progress.read(_stream(process.stdout)))
        keeping = asyncio.create_task(_keep(_stream(process.stderr), lines))
        try:
            await asyncio.wait({watching, checking, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                await asyncio.wait({reading, keeping}, timeout=LAST_WORDS)
                return None
            return _reason(watching) if watching.done() else checking.result()
        finally:
            await _cancel((watching, checking, waiting, reading, keeping))

    async def _check(self, progress: _MediaTime) -> Cause:
        """Returns when the camera gives no pictures any more, with what to say of it."""
        clock = asyncio.get_running_loop().time
        started = clock()
        limit = stall_limit(self._camera.settings.segment_duration)
        while True:
            await asyncio.sleep(CHECK_PERIOD)
            if progress.advanced_at is None and clock() - started > FIRST_PICTURE_LIMIT:
                return Cause("The camera was reached but sends no picture.", "Restart the camera if this stays.")
            if progress.advanced_at is not None and clock() - progress.advanced_at > limit:
                return Cause(
                    f"No picture for {limit:g} s although the connection stands.", "Check the camera's network."
                )
            if self._first_segment is not None and clock() - self._last_segment > segment_limit(
                self._camera.settings.segment_duration
            ):
                return Cause(
                    "Pictures arrive, but no segment gets finished.", "Check the box: is its disk or memory full?"
                )

    def _take(self, segment: FinishedSegment) -> None:
        self._last_segment = segment.finished
        if self._first_segment is None:
            self._first_segment = segment.finished
            self._tell(LIVE)
        self._offer(segment)

    def _next_pause(self, why: Cause) -> float:
        if self._first_segment is not None and self._last_segment - self._first_segment >= FORGIVEN_AFTER:
            self._failures = 0
        self._failures += 1
        return delay(self._failures, refused=why.refused, chance=random.random())  # noqa: S311  (spread, not secrecy)

    def _waiting(self, state: State, why: Cause, pause: float) -> Condition:
        gone = asyncio.get_running_loop().time() - self._last_segment
        if state is State.RECONNECTING and gone > OFFLINE_AFTER:
            state = State.OFFLINE
        wait = f"Trying again in {pause:.0f} s." if pause < 90 else f"Trying again in {pause / 60:.0f} minutes."
        return Condition(state, why.reason, f"{why.advice} {wait}".strip())


class _MediaTime:
    """When FFmpeg's media time last advanced, on the event loop's clock; None before the first picture."""

    def __init__(self) -> None:
        self.advanced_at: float | None = None

    async def read(self, lines: AsyncIterator[str]) -> None:
        progress = Progress()
        async for line in lines:
            later = progress.read(line)
            if later.out_time > progress.out_time:
                self.advanced_at = asyncio.get_running_loop().time()
            progress = later


def _reason(watching: asyncio.Task[None]) -> Cause:
    error = watching.exception()
    if error is not None and not isinstance(error, RunsAhead):
        raise error
    return Cause("The camera's clock jumped.", "Let the camera take its time from the network (NTP).")


@contextlib.asynccontextmanager
async def _started(arguments: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, ended and reaped at the end of the block: TERM, then KILL."""
    process = await asyncio.create_subprocess_exec(
        *_dies_with_us(),
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
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


async def _stream(reader: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """The lines of a pipe, to its end; one beyond LINE_LIMIT is passed over. A pipe nobody reads would stop FFmpeg."""
    while reader is not None:
        try:
            line = await reader.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()


async def _keep(stream: AsyncIterator[str], lines: deque[str]) -> None:
    async for line in stream:
        lines.append(line)


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
