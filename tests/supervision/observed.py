"""A supervisor at work, watched: for the tests of whatever happens to its FFmpeg."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from uploader.configuration.cameras import Camera
from uploader.reporting.status import STARTING, Condition, State
from uploader.segments.segment import FinishedSegment, GrowingSegment
from uploader.segments.watcher import DirectoryEvents
from uploader.supervision.history import History, Phase
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg
    from uploader.source.video_mode import VideoMode
    from uploader.supervision.course import Supervision

CAMERA = Camera.model_validate({"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"segment_duration": 1}})


class Observed:
    """A supervisor at work, and what it has said and handed on."""

    def __init__(
        self,
        ffmpeg: FFmpeg,
        scratch: Path,
        events: DirectoryEvents,
        camera: Camera,
        before: Supervision | None,
        mode: VideoMode | None,
    ) -> None:
        self.conditions: list[Condition] = []
        self.history = History()
        self.segments: list[FinishedSegment] = []
        self.heard = asyncio.Event()
        self.scratch = scratch
        self.supervisor = Supervisor(
            *(camera, ffmpeg, scratch, events, self._take, self._hear), before=before, mode=mode
        )
        self.task = asyncio.create_task(self.supervisor.run())

    def _take(self, segment: FinishedSegment | GrowingSegment) -> None:
        assert isinstance(segment, FinishedSegment)
        self.segments.append(segment)
        self.heard.set()

    def _hear(self, supervision: Supervision) -> None:
        self.history = supervision.history
        if supervision.condition != (self.conditions or [STARTING])[-1]:
            self.conditions.append(supervision.condition)
        self.heard.set()

    async def until(self, come: Callable[[], bool], limit: float = 30.0) -> None:
        async with asyncio.timeout(limit):
            while not come():
                self.heard.clear()
                await self.heard.wait()

    @property
    def phases(self) -> list[Phase]:
        return [step.phase for step in self.history.steps]

    @property
    def states(self) -> list[State]:
        return [condition.state for condition in self.conditions]


@asynccontextmanager
async def supervised(
    ffmpeg: FFmpeg,
    scratch: Path,
    camera: Camera = CAMERA,
    before: Supervision | None = None,
    mode: VideoMode | None = None,
) -> AsyncIterator[Observed]:
    with DirectoryEvents().running() as events:
        observed = Observed(ffmpeg, scratch, events, camera, before, mode)
        try:
            yield observed
        finally:
            observed.task.cancel()
            await asyncio.gather(observed.task, return_exceptions=True)
