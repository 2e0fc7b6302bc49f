"""One camera from FFmpeg to the bucket. Its trouble stays here (invariant 9)."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.pictures.frame_retention import Retention
from uploader.pictures.frames import Darkroom, Frames
from uploader.pictures.preview import Preview
from uploader.pictures.shot import shoot
from uploader.pictures.snapshots import Snapshots
from uploader.pictures.tail import Tail
from uploader.publishing import readback
from uploader.publishing.live_playlist import OBJECT_NAME, Superseded
from uploader.publishing.publisher import Publisher
from uploader.reporting.figures import Figures
from uploader.reporting.reporter import OBJECT_NAME as STATUS_NAME
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import STOPPED, Condition, State
from uploader.source.video_mode import VideoMode
from uploader.supervision.course import Supervision
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.configuration.cameras import Camera
    from uploader.ffmpeg.command import FFmpeg
    from uploader.ffmpeg.encoder_trial import Encoders
    from uploader.pictures.frames import Uplink
    from uploader.pictures.shot import Shot
    from uploader.segments.watcher import DirectoryEvents
    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

# A worker that was superseded looks this often whether the other one still writes, and takes over when that one has
# been silent for so long (s).
LOOK_PERIOD = 10.0
SILENCE = 40.0
# After a fault in our own code the camera starts afresh; not faster than this, in seconds.
RESTART_PAUSE = 5.0


class Pipeline:
    """Streams one camera into `folder` ("location_1/cam_floor") until cancelled."""

    def __init__(
        self,
        camera: Camera,
        folder: str,
        ffmpeg: FFmpeg,
        store: ObjectStore,
        scratch: Path,
        events: DirectoryEvents,
        *,
        is_public: bool = True,
        encoders: Encoders | None = None,
        events_url: str | None = None,
        darkroom: Darkroom | None = None,
    ) -> None:
        self.camera = camera
        self.folder = folder
        # What is said when it ends; None when another pipeline goes on in a moment.
        self.goodbye: Condition | None = STOPPED
        self.reporter = Reporter(camera, folder, store, lambda: datetime.now(UTC), events_url)
        self._ffmpeg = ffmpeg
        self._store = store
        self._scratch = scratch
        self._events = events
        self._is_public = is_public  # anybody may read, so the worker reads as anybody
        self._mode = VideoMode(camera, encoders, self.reporter.video, self.reporter.notice)
        self._tail = Tail()
        self.preview = Preview(ffmpeg, self._tail)
        self._darkroom = darkroom or Darkroom()
        self._supervision = Supervision()
        self._supervisor: Supervisor | None = None

    @property
    def stream_url(self) -> str:
        """Where a browser finds the playlist."""
        return self._store.public_url(f"{self.folder}/{OBJECT_NAME}")

    @property
    def status_url(self) -> str:
        """Where a browser finds status.json."""
        return self._store.public_url(f"{self.folder}/{STATUS_NAME}")

    @property
    def details(self) -> dict[str, object]:
        """What the API shows of this camera alone: too long for every viewer, and nothing for the public."""
        now = datetime.now(UTC)
        return {
            "restarts_last_hour": self._supervision.history.restarts(now),
            "history": self._supervision.history.as_json(),
            "ffmpeg_lines": self._supervisor.ffmpeg_lines if self._supervisor else [],
            **self.reporter.journal.as_json(),
        }

    @property
    def figures(self) -> Figures:
        """This camera in numbers, now."""
        reporter, rate = self.reporter, self._supervisor.frame_rate if self._supervisor else None
        return Figures(reporter.status, reporter.journal, reporter.traffic, rate, datetime.now(UTC), reporter.frame_at)

    async def run(self) -> None:
        """Stream; begin again after a fault; stand by while another worker streams; say goodbye when cancelled."""
        try:
            while True:
                if await self._is_superseded():
                    await self.stand_by()
                else:
                    await asyncio.sleep(RESTART_PAUSE)
        finally:
            self.reporter.feed.end()  # the next pipeline has a feed of its own
            if self.goodbye is not None:
                await self.reporter.farewell(self.goodbye)

    async def _is_superseded(self) -> bool:
        """Stream until it ends: because another worker took over, or by a fault of ours."""
        superseded = False
        try:
            await self.run_once()
        except* Superseded:
            superseded = True
        except* Exception:  # whatever it is, the other cameras go on
            log.exception("%s: an internal error; starting this camera again.", self.camera.name)
        return superseded

    async def stand_by(self) -> None:
        """Until the other worker has fallen silent. The camera is let go meanwhile: many allow two viewers only."""
        clock = asyncio.get_running_loop().time
        self.reporter.stand_by(standing_by=True)
        seen: bytes | None = None
        changed = clock()
        while clock() - changed < SILENCE:
            await asyncio.sleep(LOOK_PERIOD)
            try:
                stored = await self._store.get(f"{self.folder}/{OBJECT_NAME}")
            except StorageError:
                changed = clock()  # nothing is known, so nothing is taken over
                continue
            if stored != seen:
                seen, changed = stored, clock()
        self.reporter.stand_by(standing_by=False)

    async def run_once(self) -> None:
        """All parts of this camera together; the first that fails ends the others."""
        publisher = Publisher(self._store, self.folder, self.camera.settings, self.reporter)
        supervisor = self._supervisor = Supervisor(
            self.camera,
            self._ffmpeg,
            self._scratch,
            self._events,
            publisher.offer,
            self._supervised,
            before=self._supervision,
            mode=self._mode,
            tail=self._tail,
        )

        def published() -> int | None:
            return self.reporter.status.media_sequence

        async with asyncio.TaskGroup() as parts:
            parts.create_task(supervisor.run())
            parts.create_task(publisher.run())
            parts.create_task(self.reporter.run())
            parts.create_task(self.preview.run())
            if self.camera.settings.snapshot_every is not None:
                parts.create_task(self._snapshots(self.camera.settings.snapshot_every).run())
            if self.camera.settings.frames_every is not None:
                parts.create_task(self._frames(self.camera.settings.frames_every, publisher.uplink).run())
            parts.create_task(self._retention().run())
            if self._is_public:
                parts.create_task(readback.watch(self.stream_url, published, partial(self.reporter.notice, "readback")))

    def _snapshots(self, period: float) -> Snapshots:
        def is_live() -> bool:
            return self.reporter.status.condition.state is State.LIVE

        return Snapshots(self._store, self.folder, period, self.preview.snapshot, is_live)

    def _frames(self, period: float, uplink: Uplink) -> Frames:
        if not self._ffmpeg.makes_webp:
            log.warning("%s: this FFmpeg makes no WebP (libwebp is missing); frames are JPEGs.", self.camera.name)
        return Frames(
            *(self._store, self.folder, period, self._shoot, uplink, self._darkroom),
            framed=self.reporter.framed,
            tell=partial(self.reporter.notice, "frames"),
        )

    async def _shoot(self) -> Shot | None:
        has_picture = self.reporter.status.condition.state in {State.LIVE, State.IDLE}
        return await shoot(self._ffmpeg, self._tail) if has_picture else None

    def _retention(self) -> Retention:
        settings = self.camera.settings
        return Retention(
            *(self._store, self.folder, timedelta(days=settings.frames_keep_days), self._darkroom),
            tell=partial(self.reporter.notice, "frame retention"),
            are_made=settings.frames_every is not None,
        )

    def _supervised(self, supervision: Supervision) -> None:
        self._supervision = supervision
        self.reporter.supervised(supervision)
