"""Which cameras a command is about, and what to say when there are none such. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uploader.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uploader.configuration.cameras import Camera, CameraFile


def every(file: CameraFile, name: str) -> tuple[Camera, ...]:
    """All cameras of the file `name` that are streamed. Raises InputError when there is none."""
    streamed = tuple(camera for camera in file.cameras if camera.streamed)
    if not streamed and file.problems:
        raise InputError("\n".join(map(str, file.problems)))
    if not streamed:
        raise InputError(f"No camera in {name} is switched on for streaming.", "Set 'enabled: true' for at least one.")
    return streamed


def named(file: CameraFile, wanted: Iterable[str], name: str) -> tuple[Camera, ...]:
    """These cameras, once each. Raises InputError for one that is not there, or not streamed."""
    known = {camera.id: camera for camera in file.cameras}
    ids = tuple(dict.fromkeys(wanted))
    for each in ids:
        if each not in known:
            raise _unknown(file, each, name)
        _check_streamed(known[each], name)
    return tuple(known[each] for each in ids)


def examined(file: CameraFile, wanted: Iterable[str], name: str) -> tuple[Camera, ...]:
    """What to look at: the cameras that are asked for, switched on or not; else all that are streamed."""
    known = {camera.id: camera for camera in file.cameras}
    mistaken = {problem.camera for problem in file.problems}
    ids = tuple(dict.fromkeys(wanted))
    for each in ids:
        if each not in known and each not in mistaken:
            raise _unknown(file, each, name)
    if not ids:
        return tuple(camera for camera in file.cameras if camera.streamed)
    return tuple(known[each] for each in ids if each in known)


def overview(file: CameraFile) -> str:
    """What is in the file, and how to start one of its cameras; whole lines."""
    lines = [str(problem) for problem in file.problems]
    lines += [f"{camera.id}  {camera.name}{'' if camera.streamed else '  (not streamed)'}" for camera in file.cameras]
    return "\n".join([*lines, "Start one with: python live_stream.py --camera ID   (or --all)\n"])


def ids(file: CameraFile) -> str:
    """The cameras' ids, to choose from."""
    return ", ".join(camera.id for camera in file.cameras) or "none"


def _unknown(file: CameraFile, wanted: str, name: str) -> InputError:
    own = [problem for problem in file.problems if problem.camera == wanted]
    # What cannot be told apart (YAML that does not parse) may well be about this camera.
    problems = own or ([] if file.cameras else file.problems)
    if problems:
        return InputError("\n".join(map(str, problems)))
    return InputError(f"There is no camera '{wanted}' in {name}.", f"Cameras there: {ids(file)}.")


def _check_streamed(camera: Camera, name: str) -> None:
    if not camera.enabled:
        raise InputError(f"Camera '{camera.id}' is switched off in {name}.", "Set 'enabled: true' there to stream it.")
    if not camera.streamed:
        raise InputError(
            f"Camera '{camera.id}' is for {camera.use_case}, not for streaming.",
            f"Set 'use_case: \"live_stream\"' in {name}.",
        )
