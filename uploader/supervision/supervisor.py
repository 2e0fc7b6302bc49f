"""Keeps one FFmpeg running for one camera.

`run` tries again for ever; `run_once` tells the story of one connection. What it means is decided in `course`,
`liveness` and `video_mode`; here it is done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.ffmpeg import child, encoders
from uploader.ffmpeg.causes import Kind, cannot_start, cause
from uploader.ffmpeg.command import command
from uploader.ffmpeg.last_words import KEPT, LastWords
from uploader.hls.cuts import Cuts
from uploader.pictures.tail import Tail
from uploader.pictures.tap import tapping
from uploader.redaction import Redaction
from uploader.segments.copied_segment import shortest_copy
from uploader.segments.cutter import Cutter, cutting
from uploader.segments.watcher import Watcher
from uploader.source import camera_port
from uploader.source.video_mode import VideoMode
from uploader.supervision.course import Supervision
from uploader.supervision.following import OTHERWISE, Following
from uploader.supervision.headway import RunsAhead
from uploader.supervision.moment import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from uploader.configuration.cameras import Camera
    from uploader.ffmpeg.causes import Cause
    from uploader.ffmpeg.command import FFmpeg
    from uploader.reporting.frame_rate import FrameRate
    from uploader.segments.segment import FinishedSegment, GrowingSegment
    from uploader.segments.watcher import DirectoryEvents

log = logging.getLogger(__name__)

# FFmpeg is started again at once, to make the video in another way, so many times on end: one that ran for so long (s)
# begins a new count.
WAYS, SETTLED = 3, 60.0
# Of what FFmpeg said before it failed; the API has all that is kept.
LINES_LOGGED = 20


class Supervisor:
    """One camera's FFmpeg. Segments, finished or just begun, go to `offer`, every step of its life to `tell`.

    `before` is the supervision of an earlier supervisor of this camera, whose history goes on here. `mode` is how its
    video is made. `tail` is kept up to date with what was filmed last.
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
        tail: Tail | None = None,
    ) -> None:
        self._camera = camera
        self._ffmpeg = ffmpeg
        self._scratch = scratch
        self._events = events
        self._offer = offer
        self._tell = tell
        self._supervision = before or Supervision()
        self._mode = mode or VideoMode(camera, None)
        self._tail = tail or Tail()
        self._redaction = Redaction()
        self._redaction.learn(*camera.secrets)
        self._port = camera_port.port_of(camera.rtsp_url)
        self._words = LastWords()
        self._earlier_words: list[str] = []
        self._logged: str | None = None
        self._following: Following | None = None

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
                self._enter(self._supervision.lost(now(), why))
                self._log_words(why)
                await self._wait(why)
        finally:
            self._enter(self._supervision.stopped(now()))

    async def _wait(self, why: Cause) -> None:
        """Before the next try; shorter when a camera that could not be reached is there again."""
        pause = self._supervision.pause(why, random.random())  # noqa: S311  (spread, not secrecy)
        back = asyncio.create_task(self._is_back(why))
        try:
            await asyncio.wait({back}, timeout=pause)
            if back.done():
                self._supervision = self._supervision.returned()
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _is_back(self, why: Cause) -> None:
        if why.kind is not Kind.UNREACHABLE or self._port is None:
            await asyncio.Event().wait()
        else:
            await camera_port.opens_again(partial(camera_port.is_open, *self._port))

    async def run_once(self) -> Cause:
        """One connection from start to end: why it ended. It is renewed at once to make the video in another way."""
        self._enter(self._supervision.started(now()))
        self._mode.connecting()
        ways = 0
        while ways < WAYS:
            began = _clock()
            why = await self._run_ffmpeg()
            if not self._mode.otherwise.is_set():
                break
            ways = ways + 1 if _clock() - began < SETTLED else 1
        return why

    async def _run_ffmpeg(self) -> Cause:
        """One FFmpeg from start to end, in a directory of its own: why it ended."""
        self._earlier_words, self._words = self._words.told(), LastWords()
        await self._mode.begin()
        try:
            # Whoever tidies up /dev/shm (systemd's RemoveIPC at a logout) takes it away from under a living worker.
            self._scratch.mkdir(mode=0o700, exist_ok=True)
            with tempfile.TemporaryDirectory(
                prefix=f"{self._camera.id}-", dir=self._scratch, ignore_cleanup_errors=True
            ) as directory:
                return await self._run_in(directory)
        except OSError as error:
            return cannot_start(error.strerror or str(error))

    async def _run_in(self, directory: str) -> Cause:
        began = _clock()
        following = self._following = Following(
            self._camera, self._words, self._mode, self._pictured, self._supervision.failures
        )
        async with self._intake(Path(directory), following) as intake:
            async with child.started(self._arguments(directory)) as process:
                trouble = await following.until_trouble(process, intake)
                if trouble is not None and trouble is not OTHERWISE:
                    self._enter(self._supervision.stalled(now(), trouble))
            if trouble is not None:
                return trouble
            with contextlib.suppress(RunsAhead):
                intake.end()
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
        self._enter(self._supervision.first_frame(now()))

    @contextlib.asynccontextmanager
    async def _intake(self, run: Path, following: Following) -> AsyncIterator[Cutter | Watcher]:
        """How the segments of this FFmpeg come in."""
        settings = self._camera.settings

        def accept(segment: FinishedSegment) -> bool:
            return self._accept(segment, following)

        def take(piece: FinishedSegment) -> None:
            self._offer_fit(self._mode.gathered(piece, following.media_time), following)

        def zero() -> datetime | None:
            return following.zero

        if settings.sent_while_made:
            with cutting(run, self._cuts(), self._offer, accept, self._tail, zero) as cutter:
                yield cutter
        else:
            async with tapping(run, self._tail):
                yield Watcher(self._events, run, take, settings.segment_duration, zero)

    def _offer_fit(self, segments: Sequence[FinishedSegment], following: Following) -> None:
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

    def _accept(self, segment: FinishedSegment, following: Following) -> bool:
        """Whether this segment may be shown; one that may is a sign of life."""
        if not following.trusts_time() or not self._mode.fits(segment, following.media_time):
            return False
        following.finished()
        self._logged = None
        self._enter(self._supervision.segment(now()))
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


def _clock() -> float:
    return asyncio.get_running_loop().time()
