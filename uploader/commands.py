"""The command line: what was typed is checked here, all of it, before anything is started."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from uploader import arguments, loop
from uploader.configuration import schema, selection
from uploader.configuration.cameras import CameraFile
from uploader.configuration.files import Sources
from uploader.errors import InputError, StorefeedError
from uploader.ffmpeg import binary, encoders
from uploader.ffmpeg.command import command
from uploader.log import aside, nobody_reads, to_console
from uploader.plan import Plan
from uploader.redaction import Redaction
from uploader.source.passthrough import Passthrough

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from uploader.configuration.cameras import Camera
    from uploader.configuration.environment import Environment
    from uploader.configuration.files import Configuration

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
        return _done(options, redaction)
    except StorefeedError as error:
        sys.stderr.write(redaction(f"{error}\n"))
        return BAD_INPUT
    except KeyboardInterrupt:
        return FINE
    except BrokenPipeError:  # as of `status --watch | head`: whoever read has read enough
        nobody_reads()
        return FAULT
    except Exception as error:
        sys.stderr.write(
            redaction(f"Storefeed failed: {type(error).__name__}: {error}. This is a fault in Storefeed; ")
        )
        sys.stderr.write("please report it with what --verbose prints.\n")
        if verbose:
            log.exception("The whole story:")
        return FAULT


def _done(options: argparse.Namespace, redaction: Redaction) -> int:
    status = _COMMANDS[options.command](options, redaction)
    sys.stdout.flush()  # now, when it can still be told that nobody reads
    return status


def _stream(options: argparse.Namespace, redaction: Redaction) -> int:
    sources, configuration = _read(options.config, redaction)
    file, settings = configuration.file, configuration.environment()
    redaction.learn(*settings.secrets)
    if not options.camera and not options.all:
        sys.stdout.write(selection.overview(file))
        return FINE
    chosen = _selected(file, options)
    _warn_of_others(configuration, chosen)
    _warn_of_readers(sources, (*settings.secrets, *(secret for camera in chosen for secret in camera.secrets)))
    data = _data_directory(settings.data or sources.data)
    # Late: these bring the HTTP server and the storage client, which no mistake above needs.
    from uploader import worker  # noqa: PLC0415
    from uploader.server import link  # noqa: PLC0415
    from uploader.server.serving import listen  # noqa: PLC0415

    ffmpeg = binary.find()
    selected = None if options.all else frozenset(options.camera)
    with listen(settings.port, settings.host) as listener:
        token = link.token(settings, data, sys.stdout)
        plan = Plan(chosen, selected, sources, configuration, settings, ffmpeg, data, listener, token, redaction)
        loop.run(worker.run(plan))
    return FINE


def _named_encoder(camera: Camera) -> str:
    named = camera.settings.encoder
    return encoders.SOFTWARE if named == "auto" else named


def _print_command(options: argparse.Namespace, redaction: Redaction) -> int:
    file = _read(options.config, redaction)[1].file
    if not options.camera:
        raise InputError("Which camera?", f"Give --camera and one of: {selection.ids(file)}.")
    ffmpeg = binary.find()
    for camera in selection.named(file, options.camera, options.config.name):
        # What is tried first; a trial of the encoders would take longer than it is worth here.
        encoder = None if Passthrough(camera).copies else _named_encoder(camera)
        sys.stdout.write(redaction(shlex.join(command(ffmpeg, camera, "SEGMENTS", encoder=encoder))) + "\n")
    return FINE


def _check(options: argparse.Namespace, redaction: Redaction) -> int:
    # Late, as the worker's.
    from uploader.check import console, picture  # noqa: PLC0415
    from uploader.check.examination import Subject  # noqa: PLC0415
    from uploader.reporting.running_worker import running_worker  # noqa: PLC0415

    sources = Sources(options.config, os.environ)
    configuration, unreadable = None, None
    try:
        configuration = _read(options.config, redaction)[1]
        settings = configuration.environment()
        redaction.learn(*settings.secrets)
        with suppress(InputError):  # a token that may not be read is told with all the rest
            redaction.learn(running_worker(settings, settings.data or sources.data).token or "")
    except InputError as error:
        unreadable = error
    cameras = selection.examined(configuration.file, options.camera, options.config.name) if configuration else ()
    aside(redaction, verbose=options.verbose)
    pictures = picture.folder(options.pictures) if options.pictures is not None else None
    subject = Subject(sources, configuration, unreadable, cameras, pictures)
    try:
        return loop.run(console.check(subject, redaction, as_json=options.json))
    except KeyboardInterrupt:
        return FAULT  # what was not looked at is not fine


def _discover(options: argparse.Namespace, redaction: Redaction) -> int:
    from uploader.discovery import discover_command  # noqa: PLC0415

    file = _file_there(options.config, redaction)
    return FINE if loop.run(discover_command.show(file, options.config, redaction)) else FAULT


def _file_there(config: Path, redaction: Redaction) -> CameraFile:
    """The cameras that are described already; none when there is no file yet, or none that can be read."""
    try:
        return _read(config, redaction)[1].file
    except InputError:
        return CameraFile(())


def _install_service(options: argparse.Namespace, redaction: Redaction) -> int:
    from uploader.service import install_command  # noqa: PLC0415

    selected = [] if options.all else list(dict.fromkeys(options.camera))
    install_command.install(options.config, selected, redaction, only_show=options.show)
    return FINE


def _schema(options: argparse.Namespace, redaction: Redaction) -> int:  # noqa: ARG001
    sys.stdout.write(schema.text())
    return FINE


def _status(options: argparse.Namespace, redaction: Redaction) -> int:
    from uploader.reporting import status_command  # noqa: PLC0415
    from uploader.reporting.running_worker import running_worker  # noqa: PLC0415

    settings, data = _worker_settings(options, redaction)
    worker = running_worker(settings, data)
    redaction.learn(worker.token or "")
    loop.run(status_command.show(worker, as_json=options.json, watching=options.watch))
    return FINE


def _link(options: argparse.Namespace, redaction: Redaction) -> int:
    """The one place where a secret is printed, because somebody asked for it."""
    from uploader.server import link  # noqa: PLC0415

    settings, data = _worker_settings(options, redaction)
    for address in link.links(settings, data, options.camera):
        sys.stdout.write(f"{address}\n")
    return FINE


def _worker_settings(options: argparse.Namespace, redaction: Redaction) -> tuple[Environment, Path]:
    """How a worker with this configuration is set up, and where it keeps its things."""
    sources, configuration = _read(options.config, redaction)
    settings = configuration.environment()
    redaction.learn(*settings.secrets)
    return settings, settings.data or sources.data


_COMMANDS = {
    "check": _check,
    "discover": _discover,
    "install-service": _install_service,
    "link": _link,
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


def _selected(file: CameraFile, options: argparse.Namespace) -> tuple[Camera, ...]:
    name = options.config.name
    return selection.every(file, name) if options.all else selection.named(file, options.camera, name)


def _warn_of_others(configuration: Configuration, chosen: tuple[Camera, ...]) -> None:
    for problem in (*configuration.problems, *configuration.file.problems):
        log.warning("%s", problem)
    if configuration.file.problems:
        log.warning("The other cameras are not affected; starting %s.", ", ".join(camera.id for camera in chosen))


def _warn_of_readers(sources: Sources, secrets: Iterable[str]) -> None:
    names = " ".join(shlex.quote(str(path)) for path in sources.open_to_others(secrets))
    if names:
        log.warning("Every user of this box can read the passwords in %s. To keep them: chmod o-r %s", names, names)


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
