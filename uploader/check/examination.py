"""The order in which `check` looks at things, each with a deadline, and all of them told as they are found."""

from __future__ import annotations

import asyncio
import logging
import shlex
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from uploader.check import box, box_verdict, bucket, own_store, store_verdict, visit
from uploader.check.box_verdict import opens_all
from uploader.check.camera_look import CameraLook
from uploader.check.finding import Finding, Level, Section, problem, trouble, warning, worst
from uploader.errors import InputError, StorefeedError
from uploader.ffmpeg import binary, encoders
from uploader.ffmpeg.encoder_trial import Encoders
from uploader.reporting.running_worker import RunningWorker, running_worker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from uploader.check.bucket import Bucket
    from uploader.check.camera_verdict import Known
    from uploader.check.store_verdict import Uplink
    from uploader.configuration.camera import Camera
    from uploader.configuration.environment import Environment
    from uploader.configuration.files import Configuration, Sources
    from uploader.ffmpeg.command import FFmpeg

log = logging.getLogger(__name__)

# Seconds. A look ends by itself before its limit unless the machine hangs; all together end after WHOLE.
LIMIT, STORE_LIMIT, CAMERA_LIMIT = 30.0, 45.0, 45.0
WHOLE = 600.0
# Cameras that are looked at at the same time: one connection to each.
AT_ONCE = 4
# Locations that are tried; a box has one, seldom some more.
LOCATIONS = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined. `configuration` None: it could not be read, and `unreadable` says why. `pictures` is a folder
    for a picture of each camera, None where nobody wants them."""

    sources: Sources
    configuration: Configuration | None
    unreadable: StorefeedError | None
    cameras: tuple[Camera, ...]
    pictures: Path | None = None


async def sections(
    subject: Subject, expect: Callable[[str], None], whole: float = WHOLE
) -> AsyncGenerator[Section, None]:
    """Everything, in order, as it is found, in so many seconds. `expect` hears what is looked at next."""
    async with AsyncExitStack() as stack:
        examination = _Examination(subject, expect, asyncio.get_running_loop().time() + whole)
        async for section in examination.run(stack):
            yield section


@dataclass(slots=True, eq=False)
class _Examination:
    subject: Subject
    expect: Callable[[str], None]
    deadline: float
    ffmpeg: FFmpeg | None = None
    encoder: str = encoders.SOFTWARE
    worker: RunningWorker | None = None
    measured: Uplink | None = None
    # kbit/s by camera: what it takes on the uplink, as far as it has been seen.
    needs: dict[str, float] = field(default_factory=dict)

    async def run(self, stack: AsyncExitStack) -> AsyncIterator[Section]:
        yield await self._section("Settings", self._settings)
        environment, refused = self._environment()
        yield await self._section("FFmpeg", self._find_ffmpeg)
        yield await self._section("Clock", partial(self._clock, environment))
        if refused is not None:
            yield Section("Store", [trouble(refused)])
        if environment is not None:
            async for section in self._storage(environment, stack):
                yield section
        known = await visit.known_to_worker(self.worker) if self.worker else {}
        async for section in self._cameras(known):
            yield section
        if self.measured and self.subject.cameras:
            needs = [self.needs.get(camera.id, encoders.usual(camera.settings)) for camera in self.subject.cameras]
            yield Section("All together", store_verdict.together(self.measured, needs))

    async def _storage(self, environment: Environment, stack: AsyncExitStack) -> AsyncIterator[Section]:
        if environment.supabase is None:
            yield await self._section("Store", partial(self._own_store, environment), STORE_LIMIT)
            return
        opened = await stack.enter_async_context(bucket.opened(environment))
        store = await self._section("Store", partial(self._store, environment, opened), STORE_LIMIT)
        yield store
        if worst([store]) is not Level.PROBLEM:
            yield await self._section("Uplink", partial(self._uplink, environment, opened), STORE_LIMIT)

    async def _section(
        self,
        title: str,
        look: Callable[[], Awaitable[Sequence[Finding]]],
        limit: float = LIMIT,
        camera: str | None = None,
    ) -> Section:
        """What this look found; that it took too long, or what went wrong, is a finding too."""
        if camera is None:
            self.expect(title)
        left = self.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            return Section(title, [_no_time(camera)], camera)
        looking = asyncio.ensure_future(look())
        try:
            await asyncio.wait({looking}, timeout=min(limit, left))
        finally:
            done = looking.done()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        if not done:
            return Section(
                title, [problem(f"This took longer than {min(limit, left):.0f} s and was given up.")], camera
            )
        try:
            return Section(title, looking.result(), camera)
        except StorefeedError as error:
            return Section(title, [trouble(error)], camera)

    async def _settings(self) -> list[Finding]:
        if self.subject.configuration is None:
            assert self.subject.unreadable is not None  # noqa: S101  (one or the other)
            return [trouble(self.subject.unreadable)]
        configuration = self.subject.configuration
        environment, _ = self._environment()
        secrets = [*configuration.secrets, *(environment.secrets if environment else ())]
        shown = [shlex.quote(str(path)) for path in self.subject.sources.open_to_others(secrets)]
        found = box_verdict.cameras(configuration.file, configuration.problems) + box_verdict.readers(shown)
        if environment is None:
            return found
        found += box_verdict.pages(environment)
        try:
            self.worker = running_worker(environment, self._data(environment))
        except InputError as error:
            found.append(warning(error.what, error.advice))
        return found

    def _data(self, environment: Environment) -> Path:
        return environment.data or self.subject.sources.data

    def _environment(self) -> tuple[Environment | None, StorefeedError | None]:
        if self.subject.configuration is None:
            return None, None
        try:
            return self.subject.configuration.environment(), None
        except InputError as error:
            return None, error

    async def _find_ffmpeg(self) -> list[Finding]:
        self.ffmpeg = await asyncio.to_thread(binary.find)
        self.encoder = await Encoders(self.ffmpeg).choose("auto")
        frames = any(camera.settings.frames_every is not None for camera in self.subject.cameras)
        return box_verdict.ffmpeg(self.ffmpeg, self.encoder, frames=frames)

    async def _clock(self, environment: Environment | None) -> list[Finding]:
        project = environment.supabase if environment else None
        ahead = await box.ahead_of(project.url) if project else None
        return box_verdict.clock(synchronised=await box.synchronised(), ahead=ahead)

    async def _own_store(self, environment: Environment) -> list[Finding]:
        data = self._data(environment)
        try:
            found = box_verdict.own_store(str(data), box.room(data))
            if worst([Section("", found)]) is not Level.PROBLEM:
                async with own_store.opened(environment, data) as store:
                    found += await self._trips(environment, store)
        except OSError as error:
            return [problem(f"The data directory {data} cannot be used ({error.strerror}).", "Check its permissions.")]
        return [*found, store_verdict.no_uplink()]

    async def _store(self, environment: Environment, opened: Bucket) -> list[Finding]:
        assert environment.supabase is not None  # noqa: S101  (asked before)
        found = box_verdict.key(environment.supabase)
        try:
            found += await self._trips(environment, opened)
            if not opens_all(environment.supabase):
                found += store_verdict.elsewhere(stored=await opened.takes_elsewhere())
        except StorefeedError as error:
            found.append(trouble(error))
        return found

    async def _trips(self, environment: Environment, opened: Bucket) -> list[Finding]:
        await opened.prepare()
        private = environment.supabase is not None and environment.supabase.private
        found: list[Finding] = []
        for location in _locations(self.subject.cameras, environment)[:LOCATIONS]:
            found += store_verdict.round_trip(await opened.round_trip(location), location, private=private)
        return found

    async def _uplink(self, environment: Environment, opened: Bucket) -> list[Finding]:
        self.measured = await opened.uplink(_locations(self.subject.cameras, environment)[0])
        return store_verdict.uplink(self.measured, [encoders.usual(camera.settings) for camera in self.subject.cameras])

    async def _cameras(self, known: Mapping[str, Known]) -> AsyncIterator[Section]:
        """Some at the same time, told in their order."""
        few = asyncio.Semaphore(AT_ONCE)
        visits = [
            asyncio.create_task(self._visit(camera, known.get(camera.id), few)) for camera in self.subject.cameras
        ]
        try:
            for camera, visiting in zip(self.subject.cameras, visits, strict=True):
                self.expect(camera.name)
                yield await visiting
        finally:
            for visiting in visits:
                visiting.cancel()
            await asyncio.gather(*visits, return_exceptions=True)

    async def _visit(self, camera: Camera, known: Known | None, few: asyncio.Semaphore) -> Section:
        async with few:
            return await self._section(camera.name, partial(self._camera, camera, known), CAMERA_LIMIT, camera.id)

    async def _camera(self, camera: Camera, known: Known | None) -> list[Finding]:
        look = CameraLook(self.ffmpeg, self.encoder, self.worker, self.subject.pictures)
        found, need = await look.at(camera, known)
        if need is not None:
            self.needs[camera.id] = need
        return found


def _no_time(camera: str | None) -> Finding:
    return warning(
        "There was no time left to look at this.", f"Look at it alone: check --camera {camera}" if camera else ""
    )


def _locations(cameras: Sequence[Camera], environment: Environment) -> list[str]:
    """Where these cameras are stored; the box's own location where there are none."""
    return list(dict.fromkeys(camera.location or environment.location for camera in cameras)) or [environment.location]
