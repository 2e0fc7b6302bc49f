"""The cameras that stream, each at its place in storage: started, started again and ended while the others go on."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from uploader.edit import MOVED
from uploader.reporting.status import STOPPED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from typing import Any

    from uploader.configuration.camera import Camera
    from uploader.edit import Edit
    from uploader.pipeline import Pipeline
    from uploader.reporting.status import Condition

log = logging.getLogger(__name__)

# The source of the notices that an edit leaves on a camera.
NOTICE = "cameras.yaml"
# What an ending camera still takes out of storage must not keep the worker from ending, in seconds.
HURRY_DEADLINE = 2.0
# After a fault of ours, in seconds.
FAULT_PAUSE = 5.0


class Retire(Protocol):
    """Takes what a camera left in a folder out of storage, without waiting for anybody once `hurry` is set."""

    def __call__(self, folder: str, hurry: asyncio.Event) -> Coroutine[Any, Any, None]: ...


class Fleet:
    """The cameras that run inside `sailing`. `place` is a camera's folder, where at most one pipeline writes."""

    def __init__(self, place: Callable[[Camera], str], make: Callable[[Camera, str], Pipeline], retire: Retire) -> None:
        self._place = place
        self._make = make
        self._retire = retire
        self._berths: dict[str, _Berth] = {}
        self._tasks: dict[_Berth, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def sailing(self) -> AsyncIterator[Fleet]:
        """Cameras run during the block."""
        try:
            yield self
        finally:
            await asyncio.gather(*(berth.end(task) for berth, task in self._tasks.items()))

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """What is to run, in the order of the file."""
        return tuple(berth.wanted for berth in self._berths.values() if berth.wanted is not None)

    @property
    def pipelines(self) -> list[Pipeline]:
        """The cameras that run."""
        return [berth.pipeline for berth in self._berths.values() if berth.wanted is not None]

    @property
    def leaving(self) -> list[Pipeline]:
        """The cameras that were removed a moment ago, and are still spoken of."""
        return [berth.pipeline for berth in self._berths.values() if berth.wanted is None]

    def apply(self, change: Edit) -> None:
        """Run what this edit says from now on. A camera that it does not change notices nothing."""
        wanted = {self._place(camera): camera for camera in change.cameras}
        for folder, berth in self._berths.items():
            if folder not in wanted and berth.wanted is not None:
                berth.leave(change.gone.get(berth.wanted.id, MOVED))
        for folder, camera in wanted.items():
            self._berth(folder, camera).want(camera, change.kept.get(camera.id))
        # In the order of the file; who leaves comes last.
        self._berths = {folder: self._berths[folder] for folder in dict.fromkeys((*wanted, *self._berths))}

    def _berth(self, folder: str, camera: Camera) -> _Berth:
        if folder not in self._berths:
            berth = self._berths[folder] = _Berth(folder, camera, self._make, self._retire)
            log.info("Playlist of %s: %s", camera.name, berth.pipeline.stream_url)
            self._tasks[berth] = asyncio.create_task(self._tend(folder, berth), name=folder)
        return self._berths[folder]

    async def _tend(self, folder: str, berth: _Berth) -> None:
        await berth.run()
        del self._berths[folder], self._tasks[berth]


class _Berth:
    """One place in storage, and the pipeline that writes there: made anew whenever another camera is `wanted`."""

    def __init__(self, folder: str, camera: Camera, make: Callable[[Camera, str], Pipeline], retire: Retire) -> None:
        self.wanted: Camera | None = camera
        self.pipeline = make(camera, folder)
        self._folder = folder
        self._make = make
        self._retire = retire
        self._changed = asyncio.Event()
        self._hurry = asyncio.Event()
        self._notice: Condition | None = None

    def want(self, camera: Camera, notice: Condition | None) -> None:
        """Stream this; `notice` is to be told meanwhile."""
        if camera != self.wanted:
            self.wanted = camera
            self.pipeline.goodbye = None  # the next one speaks in a moment
            self._changed.set()
        self._notice = notice
        self.pipeline.reporter.notice(NOTICE, notice)

    def leave(self, goodbye: Condition) -> None:
        """Stop streaming, say this, and take everything away."""
        self.wanted = None
        self.pipeline.goodbye = goodbye
        self._changed.set()

    async def run(self) -> None:
        """Stream what is wanted. Returns when nothing is, and everything has been taken away."""
        while True:
            await self._until_changed(self.pipeline.run())
            if self.wanted is None and not self.pipeline.reporter.status.standing_by:
                self._changed.clear()
                await self._until_changed(self._retire(self._folder, self._hurry))
            if self.wanted is None:
                return
            self._changed.clear()
            self.pipeline = self._make(self.wanted, self._folder)
            self.pipeline.reporter.notice(NOTICE, self._notice)

    async def _until_changed(self, work: Coroutine[Any, Any, None]) -> None:
        working, changed = asyncio.create_task(work), asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({working, changed}, return_when=asyncio.FIRST_COMPLETED)
            if working.done() and (fault := _fault(working)) is not None:
                log.error("%s: an internal error; going on.", self._folder, exc_info=fault)
                await asyncio.sleep(FAULT_PAUSE)  # the other cameras go on
        finally:
            working.cancel()
            changed.cancel()
            await asyncio.gather(working, changed, return_exceptions=True)

    async def end(self, task: asyncio.Task[None]) -> None:
        """The worker ends: a picture at once, what is being taken away as soon as it is gone."""
        if self.wanted is None:
            self._hurry.set()
            await asyncio.wait({task}, timeout=HURRY_DEADLINE)
        elif self.pipeline.goodbye is None:
            self.pipeline.goodbye = STOPPED  # it is ending to start again, and there is no next one to speak
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _fault(done: asyncio.Task[None]) -> BaseException | None:
    """What ended it, if that was no end. Nobody has cancelled it: that came from within (CPython gh-102780)."""
    return asyncio.CancelledError("from within") if done.cancelled() else done.exception()
