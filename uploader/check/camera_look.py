"""Looks at one camera: whether it is there, what it sends, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.check import camera_verdict, picture, visit
from uploader.check.finding import fine, problem, warning
from uploader.ffmpeg.causes import Cause
from uploader.source import probe

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.check.camera_verdict import Known
    from uploader.check.finding import Finding
    from uploader.configuration.camera import Camera
    from uploader.ffmpeg.command import FFmpeg
    from uploader.reporting.running_worker import RunningWorker


@dataclass(frozen=True, slots=True)
class CameraLook:
    """With what cameras are looked at. `ffmpeg` None: there is none. `worker` may run, and have a camera's connection.
    `pictures` is a folder for one of each, None where nobody wants them."""

    ffmpeg: FFmpeg | None
    encoder: str
    worker: RunningWorker | None
    pictures: Path | None

    async def at(self, camera: Camera, known: Known | None) -> tuple[list[Finding], float | None]:
        """What was found, and the kbit/s it is going to take on the uplink, None where they have not been seen; `known`
        is what a running worker knows of it. One connection to it, and none where a worker has one."""
        there = await visit.reach(camera)
        if isinstance(there, Cause):
            return [camera_verdict.unreachable(there)], None
        found = [camera_verdict.answers(there.where, there.seconds)] if there else []
        if not camera.streamed:
            found.append(warning("This camera is not streamed.", "Set 'enabled: true' and use_case: live_stream."))
        kept = picture.place(self.pictures, camera.id) if self.pictures else None
        if known is not None:
            if kept and self.worker:
                await picture.from_worker(self.worker, camera.id, kept)
            return found + camera_verdict.running(known) + _pictured(kept), None
        if camera.source == "test":
            return [*found, fine("The test picture, made on this box.")], None
        if self.ffmpeg is None:
            return [*found, problem("Without an FFmpeg it cannot be looked at.")], None
        return await self._sent(self.ffmpeg, camera, found, kept)

    async def _sent(
        self, ffmpeg: FFmpeg, camera: Camera, found: list[Finding], kept: Path | None
    ) -> tuple[list[Finding], float | None]:
        media = await probe.probe(ffmpeg, camera, picture=str(kept) if kept else None)
        if isinstance(media, Cause):
            return [*found, camera_verdict.unreachable(media)], None
        seen = camera_verdict.seen(camera, media, probe.SECONDS, self.encoder)
        return found + seen + _pictured(kept), camera_verdict.needed(camera, media, probe.SECONDS)


def _pictured(kept: Path | None) -> list[Finding]:
    return [picture.found(kept)] if kept else []
