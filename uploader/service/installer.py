"""Has systemd keep the worker running: a user, the right to read two files, a unit. May be done again at any time."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from uploader.configuration.environment import NAMES
from uploader.errors import InputError
from uploader.service.unit import NAME, Service, is_hidden, unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uploader.configuration.files import Configuration

UNIT = Path(f"/etc/systemd/system/{NAME}.service")
# There where systemd runs the system (sd_booted(3)).
BOOTED = Path("/run/systemd/system")
ROOT = Path(__file__).resolve().parents[2]
# Who may open video devices, and the chips that encode.
GROUPS = ("video", "render")
TIMEOUT = 120.0


class System(Protocol):
    """The machine, as far as an installation changes it."""

    def has_user(self, name: str) -> bool:
        """Whether there is such a user."""

    def run(self, *command: str) -> None:
        """Run a program to its end. Raises InputError when it fails."""

    def let_read(self, file: Path, group: str) -> None:
        """Let this group, and nobody else of the others, read the file. Raises InputError."""


class Machine:
    """This machine."""

    def has_user(self, name: str) -> bool:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    def run(self, *command: str) -> None:
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"{command[0]} did not do its work: {error}.") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
            raise InputError(f"'{' '.join(command)}' failed: {said}", "Mend that and install again.")

    def let_read(self, file: Path, group: str) -> None:
        try:
            shutil.chown(file, group=group)
            file.chmod(stat.S_IMODE(file.stat().st_mode) | stat.S_IRGRP)
        except OSError as error:
            raise InputError(f"The rights of {file} cannot be changed: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Installation:
    """What is to be installed; `files` are those the worker reads its settings from."""

    unit: str
    files: Sequence[Path]
    path: Path = UNIT

    def install(self, system: System) -> None:
        """Do it, and start the worker, or start it anew. Raises InputError."""
        if not system.has_user(NAME):
            system.run(*_NEW_USER)
        for file in self.files:
            if file.exists() and not file.stat().st_mode & stat.S_IROTH:
                system.let_read(file, NAME)
        self._write()
        system.run("systemctl", "daemon-reload")
        system.run("systemctl", "enable", NAME)
        system.run("systemctl", "restart", NAME)

    def _write(self) -> None:
        new = self.path.with_suffix(".new")
        try:
            new.write_text(self.unit, encoding="utf-8")
            new.replace(self.path)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}.") from None


_NEW_USER = (
    *("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
    *("--shell", "/usr/sbin/nologin", NAME),
)

NEXT = f"""\
Storefeed is installed and running; it starts with the box.
  How it is:          systemctl status {NAME}
  What it says:       journalctl -u {NAME} -f
  What is wrong:      {{check}}
  Settings:           edit {{config}} and save; the worker follows
  A file that is new or was replaced (.env, above all) and that it cannot read: install again
  Not any more:       sudo systemctl disable --now {NAME}
"""


def check_possible(service: Service, *, booted: Path = BOOTED) -> None:
    """Raises InputError where it cannot be installed."""
    if not booted.is_dir():
        raise InputError("This system is not run by systemd.", "'install-service --print' shows what it would be told.")
    if os.geteuid() != 0:
        raise InputError(
            "Installing needs the rights of root.",
            "Put sudo before the command; --print shows what would be installed.",
        )

    closed = next((path for path in map(Path, service.readable) if not _is_open(path)), None)
    if closed is not None:
        raise InputError(
            f"The service runs as the user {NAME}, who could not read {closed}.",
            f"Open it: sudo chmod -R o+rX {shlex.quote(str(closed))} (files with passwords that are closed "
            "should be closed again: chmod o= FILE), or move it to /opt.",
        )


def _is_open(folder: Path) -> bool:
    """Whether everybody may go into a folder; what is hidden from the service is bound past the folders above."""
    above = () if is_hidden(folder) else folder.parents
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *above))


def service(config: Path, selected: Sequence[str], configuration: Configuration) -> Service:
    """The service for the cameras with these ids of this file; for all when there are none. Raises InputError."""
    config = config.absolute()
    cameras = [camera for camera in configuration.file.cameras if camera.streamed]
    chosen = [word for camera in selected for word in ("--camera", camera)] or ["--all"]
    data = configuration.environment().data
    written = configuration.variables.get("STOREFEED_DATA", "").strip()
    if data is not None and not Path(written).is_absolute():
        raise InputError(
            f"STOREFEED_DATA is '{written}', which depends on who starts a command, and where.",
            f"Write the whole path into .env, as in STOREFEED_DATA={shlex.quote(str(config.parent / data))}",
        )
    return Service(
        (*_program(), *chosen, "--config", str(config)),
        (ROOT, config.parent, Path(sys.prefix), Path(sys.base_prefix)),
        len(selected) or len(cameras),
        groups=tuple(_existing(GROUPS)),
        data=data,
    )


def installation(config: Path, service: Service) -> Installation:
    """What makes it run; `config` is the cameras.yaml it is for."""
    file = config.absolute()
    return Installation(unit(service), (file, file.parent / ".env"))


def what_next(config: Path) -> str:
    """What to say when it is installed."""
    check = shlex.join([*_program(), "check", "--config", str(config.absolute())])
    return NEXT.format(config=config.absolute(), check=check)


def unseen(variables: Iterable[str], configuration: Configuration) -> list[str]:
    """Of these names, those of variables that the service would need, but does not see, because it has only .env."""
    return sorted((NAMES & set(variables)) - configuration.variables.keys())


def _program() -> tuple[str, ...]:
    """What starts the command: the folder's own Python and file, or the program that a package installed."""
    script = ROOT / "live_stream.py"
    return (sys.executable, str(script)) if script.is_file() else (str(Path(sys.executable).with_name(NAME)),)


def _existing(groups: Iterable[str]) -> list[str]:
    known = {entry.gr_name for entry in grp.getgrall()}
    return [group for group in groups if group in known]
