"""What a box is told to do: cameras.yaml, the .env beside it, and the variables it was started with."""

from __future__ import annotations

import stat
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uploader.configuration import cameras, document, dotenv, environment
from uploader.errors import InputError
from uploader.saves import Signature, signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from uploader.configuration.cameras import CameraFile


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was read. `variables` are .env's with the real environment's over them; `problems` are those of .env."""

    file: CameraFile
    variables: Mapping[str, str] = field(repr=False)
    problems: tuple[dotenv.Problem, ...] = ()
    signature: Signature = ()  # of the files, when they were read

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed, of all cameras."""
        return tuple(secret for camera in self.file.cameras for secret in camera.secrets)

    def environment(self) -> environment.Environment:
        """How this box is set up. Raises InputError."""
        own = [problem for problem in self.problems if problem.name in environment.NAMES]
        if own:
            raise InputError("\n".join(map(str, own)))
        return environment.read(self.variables)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the configuration is written."""

    cameras: Path
    variables: Mapping[str, str] = field(repr=False)

    @property
    def dotenv(self) -> Path:
        """The file with variables, beside cameras.yaml; it need not exist."""
        return self.cameras.absolute().parent / ".env"

    @property
    def data(self) -> Path:
        """What the worker keeps is here unless STOREFEED_DATA says otherwise."""
        return self.cameras.absolute().parent / ".storefeed"

    @property
    def files(self) -> tuple[Path, Path]:
        """All files."""
        return self.cameras, self.dotenv

    def read(self) -> Configuration:
        """The configuration as it is now. Raises InputError when a file cannot be read at all."""
        before = signature(self.files)
        found = dotenv.parse(_bytes(self.dotenv))
        # Set to nothing counts as not set, there as here.
        variables = {**found.values, **{name: value for name, value in self.variables.items() if value.strip()}}
        return Configuration(cameras.read(self.cameras, variables), variables, found.problems, before)

    def open_to_others(self, secrets: Iterable[str]) -> list[Path]:
        """The files that hold one of these secrets and can be read by every user of this box."""
        hidden = [secret.encode() for secret in secrets]
        return [path for path in self.files if _is_open(path) and any(secret in _bytes(path) for secret in hidden)]


def _bytes(path: Path) -> bytes:
    """What is in a file, as far as anybody needs it; nothing when there is none. Raises InputError."""
    try:
        if not path.exists():
            return b""
        if not path.is_file():
            raise InputError(f"{path} is not a file.", "Remove it, or write NAME=value lines into a file of that name.")
        with path.open("rb") as file:
            return file.read(document.MAX_SIZE + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its owner and permissions.") from None


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        return bool(path.stat().st_mode & stat.S_IROTH)
    return False
