"""The command line: what was typed is checked here, all of it, before anything is started."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import sys
from typing import TYPE_CHECKING

from uploader import arguments, encoders, ffmpeg_binary, schema
from uploader.camera_port import port_of
from uploader.cameras import CameraFile
from uploader.configuration import Sources
from uploader.errors import InputError, StorefeedError
from uploader.ffmpeg import command
from uploader.log import aside, to_console
from uploader.passthrough import Passthrough
from uploader.redaction import Redaction

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from uploader.cameras import Camera
    from uploader.configuration import Configuration

log = logging.getLogger(__name__)

FINE, FAULT, BAD_INPUT = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; the exit status. A mistake of the user's is one sentence on stderr and 2, never a traceback."""
    redaction = Redaction()
    verbose = False
    try:
        options = arguments.parser().parse_args(words)
        verbose = options.verbose
        to_console(redaction, verbose=verbose)
        return _COMMANDS[options.command](options, redaction)
    except StorefeedError as error:
        sys.stderr.write(redaction(f"{error}\n"))
        return BAD_INPUT
    except KeyboardInterrupt:
        return FINE
    except Exception as error:
        sys.stderr.write(
            redaction(f"Storefeed failed: {type(error).__name__}: {error}. This is a fault in Storefeed; ")
        )
        sys.stderr.write("please report it with what --verbose prints.\n")
        if verbose:
            log.exception("The whole story:")
        return FAULT


def _stream(options: argparse.Namespace, redaction: Redaction) -> int:
    sources, configuration = _read(options.config, redaction)
    file, settings = configuration.file, configuration.environment()
    redaction.learn(*settings.secrets)
    if not options.camera and not options.all:
        sys.stdout.write(_overview(file))
        return FINE
    chosen = _all(file, options.config.name) if options.all else _chosen(file, options)
    _warn_of_others(configuration, chosen)
    _warn_of_readers(sources, (*settings.secrets, *(secret for camera in chosen for secret in camera.secrets)))
    data = _data_directory(settings.data or sources.data)
    # Late: these bring the HTTP server and the storage client, which no mistake above needs.
    from uploader import worker  # noqa: PLC0415
    from uploader.server.serving import listen  # noqa: PLC0415

    ffmpeg = ffmpeg_binary.find()
    asyncio.run(
        worker.run(
            worker.Plan(
                chosen,
                None if options.all else frozenset(options.camera),
                sources,
                configuration,
                settings,
                ffmpeg,
                data,
                listen(settings.port),
                redaction,
            )
        )
    )
    return FINE


def _named_encoder(camera: Camera) -> str:
    named = camera.settings.encoder
    return encoders.SOFTWARE if named == "auto" else named


def _print_command(options: argparse.Namespace, redaction: Redaction) -> int:
    file = _read(options.config, redaction)[1].file
    if not options.camera:
        raise InputError("Which camera?", f"Give --camera and one of: {_ids(file)}.")
    ffmpeg = ffmpeg_binary.find()
    for camera in _chosen(file, options):
        # What is tried first; a trial of the encoders would take longer than it is worth here.
        encoder = None if Passthrough(camera).copies else _named_encoder(camera)
        sys.stdout.write(redaction(shlex.join(command(ffmpeg, camera, "SEGMENTS", encoder=encoder))) + "\n")
    return FINE


def _check(options: argparse.Namespace, redaction: Redaction) -> int:
    sources = Sources(options.config, os.environ)
    configuration, unreadable = None, None
    try:
        configuration = _read(options.config, redaction)[1]
        redaction.learn(*configuration.environment().secrets)
    except InputError as error:
        unreadable = error
    cameras = _examined(configuration.file, options) if configuration else ()
    aside(redaction, verbose=options.verbose)
    # Late, as the worker's.
    from uploader.check import console  # noqa: PLC0415
    from uploader.check.examination import Subject  # noqa: PLC0415

    subject = Subject(sources, configuration, unreadable, cameras)
    try:
        return asyncio.run(console.check(subject, redaction, as_json=options.json))
    except KeyboardInterrupt:
        return FAULT  # what was not looked at is not fine


def _examined(file: CameraFile, options: argparse.Namespace) -> tuple[Camera, ...]:
    """The cameras that are asked for, switched on or not; else all that are streamed."""
    known = {camera.id: camera for camera in file.cameras}
    mistaken = {problem.camera for problem in file.problems}
    for wanted in options.camera:
        if wanted not in known and wanted not in mistaken:
            raise _unknown(file, wanted, options.config.name)
    if not options.camera:
        return tuple(camera for camera in file.cameras if camera.streamed)
    return tuple(known[wanted] for wanted in dict.fromkeys(options.camera) if wanted in known)


def _discover(options: argparse.Namespace, redaction: Redaction) -> int:
    """Found cameras go to stdout, as entries that can be copied as they are; words to stderr."""
    # Late: nothing else needs them.
    from uploader import discovery, proposals  # noqa: PLC0415

    file = _file_there(options.config, redaction)
    sys.stderr.write(f"Looking for cameras for {discovery.LIMIT:g} s ...\n")
    found = asyncio.run(discovery.discover())
    if not found:
        sys.stderr.write(f"{discovery.NOBODY}\n")
        return FAULT
    known = {there[0]: camera.id for camera in file.cameras if (there := port_of(camera.rtsp_url))}
    taken = {camera.id for camera in file.cameras} | {problem.camera for problem in file.problems if problem.camera}
    sys.stdout.write(redaction(proposals.entries(found, known, taken)))
    sys.stderr.write(f"{discovery.COPY.format(config=options.config)}\n")
    return FINE


def _file_there(config: Path, redaction: Redaction) -> CameraFile:
    """The cameras that are described already; none when there is no file yet, or none that can be read."""
    try:
        return _read(config, redaction)[1].file
    except InputError:
        return CameraFile(())


def _install_service(options: argparse.Namespace, redaction: Redaction) -> int:
    # Late: nothing else needs it.
    from uploader import service_installation  # noqa: PLC0415

    # As the service will see it: without the variables of this shell.
    configuration = Sources(options.config, {}).read()
    redaction.learn(*configuration.secrets)
    for problem in (*configuration.problems, *configuration.file.problems):
        log.warning("%s", problem)
    unseen = service_installation.unseen(os.environ, configuration)
    if unseen:
        log.warning("The service does not see %s, set in this shell. Write NAME=value into .env.", ", ".join(unseen))
    if options.camera and not options.all:
        _chosen(configuration.file, options)
    selected = [] if options.all else list(dict.fromkeys(options.camera))
    service = service_installation.service(options.config, selected, configuration)
    installation = service_installation.installation(options.config, service)
    if options.show:
        sys.stdout.write(installation.unit)
        return FINE
    service_installation.check_possible(service)
    installation.install(service_installation.Machine())
    sys.stdout.write(service_installation.what_next(options.config))
    return FINE


def _schema(options: argparse.Namespace, redaction: Redaction) -> int:  # noqa: ARG001
    sys.stdout.write(schema.text())
    return FINE


def _status(options: argparse.Namespace, redaction: Redaction) -> int:
    port = _read(options.config, redaction)[1].environment().port
    from uploader import status_command  # noqa: PLC0415

    asyncio.run(status_command.show(port, as_json=options.json, watching=options.watch))
    return FINE


_COMMANDS = {
    "check": _check,
    "discover": _discover,
    "install-service": _install_service,
    "schema": _schema,
    "status": _status,
    "stream": _stream,
    "print-command": _print_command,
}


def _read(path: Path, redaction: Redaction) -> tuple[Sources, Configuration]:
    sources = Sources(path, os.environ)
    configuration = sources.read()
    redaction.learn(*configuration.secrets)
    return sources, configuration


def _all(file: CameraFile, name: str) -> tuple[Camera, ...]:
    chosen = tuple(camera for camera in file.cameras if camera.streamed)
    if not chosen and file.problems:
        raise InputError("\n".join(map(str, file.problems)))
    if not chosen:
        raise InputError(f"No camera in {name} is switched on for streaming.", "Set 'enabled: true' for at least one.")
    return chosen


def _chosen(file: CameraFile, options: argparse.Namespace) -> tuple[Camera, ...]:
    known = {camera.id: camera for camera in file.cameras}
    for wanted in options.camera:
        if wanted not in known:
            raise _unknown(file, wanted, options.config.name)
        _check_streamed(known[wanted], options.config.name)
    return tuple(known[wanted] for wanted in dict.fromkeys(options.camera))


def _unknown(file: CameraFile, wanted: str, name: str) -> InputError:
    own = [problem for problem in file.problems if problem.camera == wanted]
    # What cannot be told apart (YAML that does not parse) may well be about this camera.
    problems = own or ([] if file.cameras else file.problems)
    if problems:
        return InputError("\n".join(map(str, problems)))
    return InputError(f"There is no camera '{wanted}' in {name}.", f"Cameras there: {_ids(file)}.")


def _check_streamed(camera: Camera, name: str) -> None:
    if not camera.enabled:
        raise InputError(f"Camera '{camera.id}' is switched off in {name}.", "Set 'enabled: true' there to stream it.")
    if not camera.streamed:
        raise InputError(
            f"Camera '{camera.id}' is for {camera.use_case}, not for streaming.",
            f"Set 'use_case: \"live_stream\"' in {name}.",
        )


def _ids(file: CameraFile) -> str:
    return ", ".join(camera.id for camera in file.cameras) or "none"


def _warn_of_others(configuration: Configuration, chosen: tuple[Camera, ...]) -> None:
    for problem in (*configuration.problems, *configuration.file.problems):
        log.warning("%s", problem)
    if configuration.file.problems:
        log.warning("The other cameras are not affected; starting %s.", ", ".join(camera.id for camera in chosen))


def _warn_of_readers(sources: Sources, secrets: Iterable[str]) -> None:
    names = " ".join(shlex.quote(str(path)) for path in sources.open_to_others(secrets))
    if names:
        log.warning("Every user of this box can read the passwords in %s. To keep them: chmod o-r %s", names, names)


def _overview(file: CameraFile) -> str:
    lines = [str(problem) for problem in file.problems]
    lines += [f"{camera.id}  {camera.name}{'' if camera.streamed else '  (not streamed)'}" for camera in file.cameras]
    return "\n".join([*lines, "Start one with: python live_stream.py --camera ID   (or --all)\n"])


def _data_directory(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"The data directory {path} cannot be written ({error.strerror}).",
            "Give this user the right to write there, or choose another: STOREFEED_DATA=/path.",
        ) from None
    return path
