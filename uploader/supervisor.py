"""Keeps one FFmpeg running for one camera.

`run` tries again for ever; `run_once` tells the story of one connection. What it means is decided in `supervision`,
`liveness` and `video_mode`; here it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uploader import camera_port, encoders, ffmpeg_process
from uploader.causes import TIME_JUMPED, Cause, Kind, cause
from uploader.cutter import Cutter, cutting
from uploader.ffmpeg import FFmpeg, command
from uploader.frame_rate import FrameRate
from uploader.hls.cuts import Cuts
from uploader.last_words import KEPT, LastWords
from uploader.liveness import Liveness
from uploader.passthrough import shortest_copy
from uploader.progress import END_OF_REPORT
from uploader.redaction import Redaction
from uploader.supervision import Moment, Supervision
from uploader.video_mode import VideoMode
from uploader.watcher import DirectoryEvents, RunsAhead, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uploader.cameras import Camera
    from uploader.segments import FinishedSegment, GrowingSegment

log = logging.getLogger(__name__)

CHECK_PERIOD = 0.5
LAST_WORDS_DEADLINE = 1.0
# In one connection FFmpeg is started again at once, to make the video in another way, so many times.
WAYS = 3
OTHERWISE = Cause("The video is to be made in another way.")
# Of what FFmpeg said before it failed; the API has all that is kept.
LINES_LOGGED = 20


class Supervisor:
    """One camera's FFmpeg. Segments, finished or just begun, go to `offer`, every step of its life to `tell`.

    `before` is the supervision of an earlier supervisor of this camera, whose history goes on here. `mode` is how its
    video is made.
    """

    def __init__(
        self,
        camera: Camera,
        ffmpeg: FFmpeg,
        scratch: Path,
        events: DirectoryEvents,
        offer: Callable[[FinishedSegment | GrowingSegment], None],
        tell: Callable[[Supervision], None],
        *,
        before: Supervision | None = None,
        mode: VideoMode | None = None,
    ) -> None:
        self._camera = camera
        self._ffmpeg = ffmpeg
        self._scratch = scratch
        self._events = events
        self._offer = offer
        self._tell = tell
        self._supervision = before or Supervision()
        self._mode = mode or VideoMode(camera, None)
        self._redaction = Redaction()
        self._redaction.learn(*camera.secrets)
        self._port = camera_port.port_of(camera.rtsp_url)
        self._words = LastWords()
        self._earlier_words: list[str] = []
        self._logged: str | None = None
        self._following: _Following | None = None

    @property
    def frame_rate(self) -> FrameRate | None:
        """Pictures per second of the FFmpeg that runs; None: none does."""
        return self._following.frame_rate if self._following else None

    @property
    def ffmpeg_lines(self) -> list[str]:
        """What FFmpeg said last, in this run and at the end of the one before, without secrets; the oldest first."""
        return [self._redaction(line) for line in [*self._earlier_words, *self._words.told()][-KEPT:]]

    async def run(self) -> None:
        """Start FFmpeg, and again whenever it ends or stops giving pictures."""
        try:
            while True:
                why = await self.run_once()
                self._following = None
                self._enter(self._supervision.lost(_now(), why))
                self._log_words(why)
                await self._wait(why)
        finally:
            self._enter(self._supervision.stopped(_now()))

    async def _wait(self, why: Cause) -> None:
        """Before the next try; shorter when a camera that could not be reached is there again."""
        pause = self._supervision.pause(why, random.random())  # noqa: S311  (spread, not secrecy)
        back = asyncio.create_task(self._is_back(why))
        try:
            await asyncio.wait({back}, timeout=pause)
            if back.done():
                self._supervision = self._supervision.returned()
        finally:
            await _cancel((back,))

    async def _is_back(self, why: Cause) -> None:
        if why.kind is not Kind.UNREACHABLE or self._port is None:
            await asyncio.Event().wait()
        else:
            await camera_port.opens_again(partial(camera_port.is_open, *self._port))

    async def run_once(self) -> Cause:
        """One connection from start to end: why it ended. It is renewed at once to make the video in another way."""
        self._enter(self._supervision.started(_now()))
        self._mode.connecting()
        for _ in range(WAYS):
            why = await self._run_ffmpeg()
            if not self._mode.otherwise.is_set():
                break
        return why

    async def _run_ffmpeg(self) -> Cause:
        """One FFmpeg from start to end, in a directory of its own: why it ended."""
        self._earlier_words, self._words = self._words.told(), LastWords()
        await self._mode.begin()
        began = _clock()
        # Whoever tidies up /dev/shm (systemd's RemoveIPC at a logout) takes it away from under a living worker.
        self._scratch.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f"{self._camera.id}-", dir=self._scratch, ignore_cleanup_errors=True
        ) as run:
            following = self._following = _Following(
                self._camera.settings.segment_duration, self._words, self._mode, self._pictured
            )
            with self._intake(Path(run), following) as intake:
                async with ffmpeg_process.started(self._arguments(run)) as process:
                    trouble = await following.until_trouble(process, intake)
                    if trouble is not None and trouble is not OTHERWISE:
                        self._enter(self._supervision.stalled(_now(), trouble))
                if trouble is not None:
                    return trouble
                with contextlib.suppress(RunsAhead):
                    intake.look()  # what was finished in its last moment
                    self._offer_fit(self._mode.rest(), following)
        self._mode.ended(self._words.lines())
        return cause(
            self._words.lines(),
            process.returncode,
            host=self._port[0] if self._port else None,
            accepted=self._supervision.accepted,
            lasted=_clock() - began,
        )

    def _arguments(self, directory: str) -> list[str]:
        offset = time.localtime().tm_gmtoff
        return command(self._ffmpeg, self._mode.camera, directory, encoder=self._mode.encoder, utc_offset=offset)

    def _pictured(self) -> None:
        self._enter(self._supervision.first_frame(_now()))

    def _intake(self, run: Path, following: _Following) -> contextlib.AbstractContextManager[Cutter | Watcher]:
        """How the segments of this FFmpeg come in."""
        settings = self._camera.settings

        def accept(segment: FinishedSegment) -> bool:
            return self._accept(segment, following)

        def take(piece: FinishedSegment) -> None:
            self._offer_fit(self._mode.gathered(piece, following.media_time), following)

        if not settings.sent_while_made:
            return contextlib.nullcontext(Watcher(self._events, run, take))
        return cutting(run, self._cuts(), self._offer, accept)

    def _offer_fit(self, segments: Sequence[FinishedSegment], following: _Following) -> None:
        for segment in segments:
            if self._accept(segment, following):
                self._offer(segment)

    def _cuts(self) -> Cuts:
        settings = self._camera.settings
        if self._mode.encoder is None:
            return Cuts(shortest_copy(settings))
        # What other encoders do with a count is theirs to know.
        counted = settings.keyframes_are_counted and self._mode.encoder == encoders.SOFTWARE
        return Cuts(settings.keyframe_interval, part=settings.part_duration, by_count=counted)

    def _accept(self, segment: FinishedSegment, following: _Following) -> bool:
        """Whether this segment may be shown; one that may is a sign of life."""
        if not self._mode.fits(segment, following.media_time):
            return False
        following.finished()
        self._logged = None
        self._enter(self._supervision.segment(_now()))
        return True

    def _enter(self, supervision: Supervision) -> None:
        before, self._supervision = self._supervision, supervision
        if supervision.history is not before.history:
            self._tell(supervision)

    def _log_words(self, why: Cause) -> None:
        """Once for each failure that is another one than before."""
        words = self.ffmpeg_lines[-len(self._words.told()) :] if self._words.told() else []
        if words and why.reason != self._logged:
            shown = "".join(f"\n    {line}" for line in words[-LINES_LOGGED:])
            log.info("%s: what FFmpeg said:%s", self._camera.name, shown)
        self._logged = why.reason


class _Following:
    """Listens to one FFmpeg, and says when it has to be ended."""

    def __init__(
        self, segment_duration: float, words: LastWords, mode: VideoMode, pictured: Callable[[], None]
    ) -> None:
        self._liveness = Liveness(segment_duration, _clock())
        self.frame_rate = FrameRate()
        self._words = words
        self._mode = mode
        self._pictured = pictured

    @property
    def media_time(self) -> float:
        """How far it has come, in seconds."""
        return self._liveness.progress.out_time

    def finished(self) -> None:
        """It has finished a segment."""
        self._liveness = self._liveness.finished(_clock())

    async def until_trouble(self, process: asyncio.subprocess.Process, intake: Cutter | Watcher) -> Cause | None:
        """Until it has ended by itself (None), or has to be ended (why)."""
        watching = asyncio.create_task(intake.run())
        checking = asyncio.create_task(self._check())
        waiting = asyncio.create_task(process.wait())
        reading = asyncio.create_task(self._read(process))
        hearing = asyncio.create_task(self._hear(process))
        deciding = asyncio.create_task(self._mode.otherwise.wait())
        try:
            await asyncio.wait({watching, checking, waiting, deciding}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                await asyncio.wait({reading, hearing}, timeout=LAST_WORDS_DEADLINE)
                return None
            if deciding.done():
                return OTHERWISE
            return _reason(watching) if watching.done() else checking.result()
        finally:
            await _cancel((watching, checking, waiting, reading, hearing, deciding))
            self._words.end()

    async def _check(self) -> Cause:
        while True:
            await asyncio.sleep(CHECK_PERIOD)
            self._mode.checked(pictured=self._liveness.first_picture is not None)
            trouble = self._liveness.trouble(_clock())
            if trouble is not None:
                return trouble

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        async for line in ffmpeg_process.lines(process.stdout):
            before, self._liveness = self._liveness, self._liveness.reported(line, _clock())
            if line.startswith(END_OF_REPORT):
                self.frame_rate = self.frame_rate.reported(self._liveness.progress, _clock())
            if before.advanced is None and self._liveness.advanced is not None:
                self._pictured()
            if before.progress.out_time != self.media_time:
                self._mode.progressed(self.media_time)

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        async for data in ffmpeg_process.chunks(process.stderr):
            lines = self._words.hear(data, _clock())
            self._liveness = self._liveness.said(lines, _clock())
            for line in lines:
                self._mode.heard(line)


def _reason(watching: asyncio.Task[None]) -> Cause:
    error = watching.exception()
    if error is not None and not isinstance(error, RunsAhead):
        raise error
    return TIME_JUMPED


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _now() -> Moment:
    return Moment(_clock(), datetime.now(UTC))


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
