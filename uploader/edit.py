"""What a saved cameras.yaml means for the cameras that run: who starts, starts again, ends, or stays as it was. Pure.

A mistake changes nothing: a camera whose entry is broken keeps its last good settings, and as long as there is an entry
that cannot be told whose it is, no camera counts as removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uploader.reporting.status import Condition, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from uploader.configuration.camera import Camera
    from uploader.configuration.cameras import CameraFile

REMOVED = Condition(
    State.STOPPED, "This camera was removed from cameras.yaml.", "Write it in there again to see it again."
)
SWITCHED_OFF = Condition(
    State.STOPPED, "This camera is switched off in cameras.yaml.", "Set 'enabled: true' there to see it again."
)
MOVED = Condition(
    State.STOPPED, "This camera is stored at another place now.", "The worker's page has its new address."
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to run from now on. By id: why others end (`gone`), why some keep the settings from before (`kept`)."""

    cameras: tuple[Camera, ...]
    gone: Mapping[str, Condition] = field(default_factory=dict)
    kept: Mapping[str, Condition] = field(default_factory=dict)

    def sentence(self, running: Sequence[Camera]) -> str:
        """What it changes for those that are running, for the log; "" when it is nothing."""
        before = {camera.id: camera for camera in running}
        changes = {
            "starting": [camera.id for camera in self.cameras if camera.id not in before],
            "starting again": [camera.id for camera in self.cameras if before.get(camera.id, camera) != camera],
            "stopping": list(self.gone),
        }
        return "; ".join(f"{what} {', '.join(ids)}" for what, ids in changes.items() if ids)


def edit(running: Sequence[Camera], file: CameraFile, selected: Collection[str] | None = None) -> Edit:
    """What `file` means when these cameras are running; `selected` are the ids it is about, None for all."""
    present = {camera.id for camera in file.cameras}
    good = [camera for camera in file.cameras if camera.streamed and (selected is None or camera.id in selected)]
    kept = {camera.id: _trouble(camera.id, file) for camera in running if camera.id not in present}
    stay = [camera for camera in running if kept.get(camera.id)]
    going = {camera.id for camera in running} - {camera.id for camera in (*good, *stay)}
    return Edit(
        (*good, *stay),
        {camera.id: SWITCHED_OFF if camera.id in present else REMOVED for camera in running if camera.id in going},
        {camera: _notice(why) for camera, why in kept.items() if why},
    )


def unchanged(running: Iterable[Camera], why: str) -> Edit:
    """All go on as they are, because nothing could be read; `why` is a sentence."""
    cameras = tuple(running)
    return Edit(cameras, kept={camera.id: _notice(why) for camera in cameras})


def _trouble(camera: str, file: CameraFile) -> str | None:
    """What keeps a camera that is not in the file from counting as removed."""
    own = [problem for problem in file.problems if problem.camera == camera]
    nobodys = [problem for problem in file.problems if problem.camera is None]
    return str([*own, *nobodys][0]) if own or nobodys else None


def _notice(why: str) -> Condition:
    return Condition(State.LIVE, f"{why} The settings from before stay in use.", "Mend the file and save it.")
