"""A box in a shop, on virtual time: a camera, and workers one after the other that publish what it films."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING

from uploader.configuration.cameras import Camera
from uploader.hls.timeline import Timeline
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import LIVE, State
from uploader.segments.segment import FinishedSegment, GrowingSegment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.auditor import Auditor
    from tests.faults.store import FaultyStore, Line

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
FOLDER = "location_1/cam_floor"
PLAYLIST_PATH = f"{FOLDER}/stream.m3u8"
CAMERA = Camera(id="cam_floor", name="Floor Camera", rtsp_url="testsrc://")
LOW, REALTIME = (
    Camera.model_validate({"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"profile": profile}})
    for profile in ("low", "realtime")
)
WINDOW = CAMERA.settings.segment_duration * CAMERA.settings.segments_to_keep


def seconds() -> float:
    """The loop's clock."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Shot:
    """What the camera does next: films for `duration` seconds; `pause` seconds without an encoder come before."""

    duration: float = 2.0
    pause: float = 0.0


@dataclass(slots=True)
class Worker:
    """A running publisher, and its way to the store."""

    line: Line
    reporter: Reporter
    publisher: Publisher
    task: asyncio.Task[None]

    @property
    def state(self) -> State:
        return self.reporter.status.condition.state


@dataclass(slots=True)
class Box:
    """The camera lives through `shots` and goes on with full segments; it films as long as a worker runs.

    `size` is a segment's, in bytes. `filmed` are the times at which segments were finished (s).
    """

    store: FaultyStore
    shots: Iterable[Shot] = ()
    camera: Camera = CAMERA
    size: int = 5000
    worker: Worker | None = None
    clock: datetime = NOON  # the box's clock at the loop's 0
    filmed: list[float] = field(default_factory=list)
    _script: Iterator[Shot] = field(init=False)
    _encoder: asyncio.Task[None] | None = None
    _timeline: Timeline = field(default_factory=Timeline)

    def __post_init__(self) -> None:
        self.calm()
        self._script = chain(self.shots, self._script)

    @property
    def auditor(self) -> Auditor:
        return self.store.auditor

    def start(self) -> Worker:
        """A worker begins, and an encoder with it."""
        line = self.store.line()
        reporter = Reporter(self.camera, FOLDER, line, self._now)
        reporter.picture(LIVE)
        publisher = Publisher(line, FOLDER, self.camera.settings, reporter)
        self.worker = Worker(line, reporter, publisher, asyncio.create_task(publisher.run()))
        self._encoder = asyncio.create_task(self._film(publisher))
        return self.worker

    async def stop(self) -> None:
        """The worker ends in order."""
        assert self.worker is not None
        assert self._encoder is not None
        worker, self.worker = self.worker, None
        for task in (worker.task, self._encoder):
            assert not task.done(), task
            task.cancel()
        await asyncio.gather(worker.task, self._encoder, return_exceptions=True)

    def close(self) -> None:
        """The camera is switched off."""
        if self._encoder is not None:
            self._encoder.cancel()

    async def kill(self) -> None:
        """SIGKILL: nothing the worker would still do is done."""
        assert self.worker is not None
        self.worker.line.cut()
        await self.stop()

    def calm(self) -> None:
        """From now on the camera does what it should; what it is just doing it does not finish."""
        self._script = repeat(Shot(float(self.camera.settings.segment_duration)))
        if self.worker is not None and self._encoder is not None:
            self._encoder.cancel()
            self._encoder = asyncio.create_task(self._film(self.worker.publisher))

    async def _film(self, publisher: Publisher) -> None:
        follows = False
        while True:
            shot = next(self._script)
            if shot.pause:
                await asyncio.sleep(shot.pause)
                follows = False
            if self.camera.settings.sent_while_made:
                await self._grow(publisher, shot.duration, follows=follows)
            else:
                await asyncio.sleep(shot.duration)
                publisher.offer(self._finished(self._body(), shot.duration, follows=follows))
            follows = True

    async def _grow(self, publisher: Publisher, duration: float, *, follows: bool) -> None:
        """Give one segment after the other, in parts where there are any, each from its first frame on."""
        part = self.camera.settings.part_duration or duration
        for number in range(max(1, round(duration / part))):
            growing = GrowingSegment(seconds(), independent=number == 0, discontinuity=not follows)
            body = self._body()
            growing.add(body[: self.size // 2])
            publisher.offer(growing)
            try:
                await asyncio.sleep(part)
            except asyncio.CancelledError:
                growing.abandon()
                raise
            growing.add(body[self.size // 2 :])
            growing.finish(self._finished(body, part, follows=follows, independent=number == 0))
            follows = True

    def _body(self) -> bytes:
        return f"pictures {len(self.filmed)} {seconds()}".encode().ljust(self.size, b".")

    def _finished(self, body: bytes, duration: float, *, follows: bool, independent: bool = True) -> FinishedSegment:
        self.auditor.filmed(body, duration, follows=follows)
        self.filmed.append(seconds())
        start, self._timeline = (self._timeline if follows else Timeline()).place(duration, self._now())
        return FinishedSegment(body, duration, start, seconds(), not follows, independent)

    def _now(self) -> datetime:
        return self.clock + timedelta(seconds=seconds())

    @property
    def listed(self) -> list[int]:
        """Which of the filmed segments the stored playlist names."""
        uris = self.auditor.current.uris if self.auditor.current is not None else set()
        return sorted(number for number in map(self.auditor.number_of, uris) if number is not None)
