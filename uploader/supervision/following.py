"""Follows one running FFmpeg: what it reports, says and finishes, and whether it has to be ended."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from uploader.ffmpeg import child
from uploader.ffmpeg.causes import Cause
from uploader.ffmpeg.command import is_stamped_by_box
from uploader.ffmpeg.progress import END_OF_REPORT
from uploader.reporting.frame_rate import FrameRate
from uploader.source.media import media_time_zero
from uploader.supervision.headway import RunsAhead
from uploader.supervision.liveness import NO_SEGMENT, TIME_JUMPED, Liveness, first_limit
from uploader.supervision.moment import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from uploader.configuration.cameras import Camera
    from uploader.ffmpeg.last_words import LastWords
    from uploader.segments.cutter import Cutter
    from uploader.segments.watcher import Watcher
    from uploader.source.video_mode import VideoMode

# Without a report; with one it is looked at once.
CHECK_PERIOD = 0.5
LAST_WORDS_DEADLINE = 1.0
# Less (s) passes for a moment without a picture. Who keeps clocks right steps them by more, or not at all.
STEP_LIMIT = 1.0
OTHERWISE = Cause("The video is to be made in another way.")


class Following:
    """One FFmpeg of this camera. `words` and `mode` hear what it says; `pictured` is called at its first picture,
    and `failures` in a row were before it.

    `frame_rate` is how many pictures a second go through it, `zero` when its media time was 0 (None: nobody knows).
    """

    def __init__(
        self, camera: Camera, words: LastWords, mode: VideoMode, pictured: Callable[[], None], failures: int = 0
    ) -> None:
        self._moment = now()
        self._liveness = Liveness(camera.settings.segment_duration, self._moment.clock, first_limit(failures))
        self.frame_rate = FrameRate()
        self.zero: datetime | None = None
        self._is_stamped = is_stamped_by_box(camera)
        self._words = words
        self._mode = mode
        self._pictured = pictured
        self._reported = asyncio.Event()

    @property
    def media_time(self) -> float:
        """How far it has come, in seconds."""
        return self._liveness.progress.out_time

    def finished(self) -> None:
        """It has finished a segment."""
        self._liveness = self._liveness.finished(_clock())

    def trusts_time(self) -> bool:
        """Whether the box's clock ran on while this FFmpeg did. Whoever asks before he shows a segment shows none that
        was made up to fill a step; the next check ends this FFmpeg."""
        before, self._moment = self._moment, now()
        step = self._moment.step_since(before)
        if self._is_stamped and abs(step) > STEP_LIMIT:
            self._liveness = self._liveness.stepped(step)
        return self._liveness.step is None

    async def until_trouble(self, process: asyncio.subprocess.Process, intake: Cutter | Watcher) -> Cause | None:
        """Until it has ended by itself (None), or has to be ended (why)."""
        watching = asyncio.create_task(intake.run())
        checking = asyncio.create_task(self._check(intake))
        waiting = asyncio.create_task(process.wait())
        reading = asyncio.create_task(self._read(process))
        hearing = asyncio.create_task(self._hear(process))
        deciding = asyncio.create_task(self._mode.otherwise.wait())
        tasks = (watching, checking, waiting, reading, hearing, deciding)
        try:
            await asyncio.wait({watching, checking, waiting, deciding}, return_when=asyncio.FIRST_COMPLETED)
            has_ended = waiting.done()
            if has_ended:
                await asyncio.wait({reading, hearing}, timeout=LAST_WORDS_DEADLINE)
            for listening in (reading, hearing):
                if listening.done():
                    listening.result()  # a fault of ours is not to pass for the camera's silence
            if has_ended:
                return None
            if deciding.done():
                return OTHERWISE
            return _reason(watching, checking)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._words.end()

    async def _check(self, intake: Cutter | Watcher) -> Cause:
        """Why it has to be ended, as soon as that is known. Raises RunsAhead."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_PERIOD):
                    await self._reported.wait()
            self._reported.clear()
            # A worker that was held up has not seen yet what it is about to miss.
            intake.look()
            # A step of the clock is no keyframe that does not come.
            if self.trusts_time() and self._liveness.advanced is not None:
                self._mode.progressed(self.media_time)
            self._mode.checked(pictured=self._liveness.first_picture is not None)
            trouble = self._liveness.trouble(_clock())
            if trouble is not None:
                return (self._mode.starved() if trouble is NO_SEGMENT else None) or trouble

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        async for line in child.lines(process.stdout):
            before, self._liveness = self._liveness, self._liveness.reported(line, _clock())
            if line.startswith(END_OF_REPORT):
                self.frame_rate = self.frame_rate.reported(self._liveness.progress, _clock())
                self._reported.set()
            if before.advanced is None and self._liveness.advanced is not None:
                self._pictured()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        async for data in child.chunks(process.stderr):
            lines = self._words.hear(data, _clock())
            self._liveness = self._liveness.said(lines, _clock())
            for line in lines:
                self._mode.heard(line)
                if self._is_stamped:
                    self.zero = self.zero or media_time_zero(line)


def _reason(watching: asyncio.Task[None], checking: asyncio.Task[Cause]) -> Cause:
    try:
        if watching.done():
            watching.result()  # it ends by what it raises
        return checking.result()
    except RunsAhead:
        return TIME_JUMPED


def _clock() -> float:
    return asyncio.get_running_loop().time()
