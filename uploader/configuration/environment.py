"""The environment variables, read once and checked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uploader.configuration import listening
from uploader.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BUCKET = "streams"
DEFAULT_LOCATION = "location_1"
DEFAULT_PORT = 8000
# Of the pages' token: what nobody guesses, at the pace at which wrong ones are answered.
SHORTEST_TOKEN = 16
# What opens a project, and may be replaced while everything runs.
OF_CREDENTIALS = frozenset({"SUPABASE_KEY", "SUPABASE_ACCESS_TOKEN", "SUPABASE_EMAIL", "SUPABASE_PASSWORD"})
# All that is read here.
NAMES = OF_CREDENTIALS | {
    *("SUPABASE_URL", "SUPABASE_BUCKET", "SUPABASE_BUCKET_PRIVATE", "LOCATION_ID"),
    *("STOREFEED_HOST", "STOREFEED_PORT", "STOREFEED_TOKEN", "STOREFEED_DATA"),
}
# What says how to use a project, and means nothing without one.
_OF_A_PROJECT = ("SUPABASE_ACCESS_TOKEN", "SUPABASE_EMAIL", "SUPABASE_PASSWORD", "SUPABASE_BUCKET_PRIVATE")
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# What may be one part of an object's path in Supabase Storage and in an address without quoting.
_PATH_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True, slots=True)
class Supabase:
    """A Supabase project and what opens it.

    As whom the box speaks: as `email` with `password`, or with `access_token`; with neither, as whoever `key` is.
    `private`: the bucket is for signed-in viewers only.
    """

    url: str
    key: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)
    email: str | None = None
    password: str | None = field(default=None, repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """How this box is set up. `supabase` None: the worker brings its own store. `data` None: beside cameras.yaml.

    `host` and `port` are where the worker's pages listen. `token` opens them; None: they need none as long as only this
    box can reach them, and else one that the worker makes.
    """

    supabase: Supabase | None = None
    bucket: str = DEFAULT_BUCKET
    location: str = DEFAULT_LOCATION
    host: str = listening.LOOPBACK
    port: int = DEFAULT_PORT
    token: str | None = field(default=None, repr=False)
    data: Path | None = None

    @property
    def is_open_to_the_network(self) -> bool:
        """Whether the pages can be reached from beyond this box."""
        return not listening.is_loopback(self.host)

    @property
    def address(self) -> str:
        """Where the worker's pages are for this box itself."""
        return listening.url(self.host, self.port)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        project = self.supabase
        of_project = (project.key, project.access_token, project.password) if project else ()
        return tuple(filter(None, (*of_project, self.token)))


def read(variables: Mapping[str, str]) -> Environment:
    """The environment in `variables` (an empty one counts as not set). Raises InputError."""
    values = {name: value.strip() for name, value in variables.items() if value.strip()}
    return Environment(
        supabase=_supabase(values),
        bucket=_path_part("SUPABASE_BUCKET", values.get("SUPABASE_BUCKET", DEFAULT_BUCKET)),
        location=_path_part("LOCATION_ID", values.get("LOCATION_ID", DEFAULT_LOCATION)),
        host=_host(values.get("STOREFEED_HOST", listening.LOOPBACK)),
        port=_port(values.get("STOREFEED_PORT", str(DEFAULT_PORT))),
        token=_page_token(values.get("STOREFEED_TOKEN")),
        data=_directory(values["STOREFEED_DATA"]) if "STOREFEED_DATA" in values else None,
    )


def _supabase(values: Mapping[str, str]) -> Supabase | None:
    url, key = values.get("SUPABASE_URL"), values.get("SUPABASE_KEY")
    if url is None and key is None:
        _check_no_project_is_meant(values)
        return None
    if url is None or key is None:
        there, missing = ("SUPABASE_KEY", "SUPABASE_URL") if url is None else ("SUPABASE_URL", "SUPABASE_KEY")
        raise InputError(
            f"{there} is set but {missing} is not.",
            "Set both to publish to Supabase, or neither to use the store that comes with the worker.",
        )
    email, password = _account(values)
    return Supabase(
        _origin(url),
        _token("SUPABASE_KEY", key),
        _token("SUPABASE_ACCESS_TOKEN", values["SUPABASE_ACCESS_TOKEN"]) if "SUPABASE_ACCESS_TOKEN" in values else None,
        email,
        password,
        private=_switch("SUPABASE_BUCKET_PRIVATE", values.get("SUPABASE_BUCKET_PRIVATE", "false")),
    )


def _check_no_project_is_meant(values: Mapping[str, str]) -> None:
    for name in _OF_A_PROJECT:
        if name in values:
            raise InputError(
                f"{name} is set but SUPABASE_URL is not.",
                "Set SUPABASE_URL and SUPABASE_KEY too, from the project's API settings.",
            )


def _account(values: Mapping[str, str]) -> tuple[str | None, str | None]:
    email, password = values.get("SUPABASE_EMAIL"), values.get("SUPABASE_PASSWORD")
    if email is None and password is None:
        return None, None
    if email is None or password is None:
        there, missing = (
            ("SUPABASE_PASSWORD", "SUPABASE_EMAIL") if email is None else ("SUPABASE_EMAIL", "SUPABASE_PASSWORD")
        )
        raise InputError(f"{there} is set but {missing} is not.", "Set both to sign in as the box's own user.")
    if "SUPABASE_ACCESS_TOKEN" in values:
        raise InputError(
            "SUPABASE_ACCESS_TOKEN and SUPABASE_EMAIL are both set.",
            "Keep the e-mail address and password of the box's user, or the token, not both.",
        )
    if not _EMAIL.fullmatch(email):
        raise InputError(f"SUPABASE_EMAIL is {email!r}.", "Use the e-mail address of the box's user in the project.")
    return email, password


def _token(name: str, value: str) -> str:
    """What goes into a header of HTTP. Quotes and dashes that a word processor made into others end here."""
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise InputError(f"{name} holds characters that no key has.", "Copy it again from the project's API settings.")
    return value


def _switch(name: str, value: str) -> bool:
    if value.lower() not in _YES | _NO:
        raise InputError(f"{name} is {value!r}.", "Use true or false.")
    return value.lower() in _YES


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        (parts.hostname or "").encode("idna")  # what looking the name up begins with: an empty label raises
    except ValueError:
        good = False
    if not good or "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "SUPABASE_URL is not the address of a Supabase project.",
            "It looks like https://abcdefgh.supabase.co; copy it from the project's API settings.",
        )
    return url.rstrip("/")


def _path_part(name: str, value: str) -> str:
    if not _PATH_PART.fullmatch(value):
        raise InputError(
            f"{name} is {value!r}.", "Use letters, digits, '-', '_' and '.', starting with a letter or digit."
        )
    return value


def _host(value: str) -> str:
    host = listening.host_of(value)
    if host is None:
        raise InputError(
            f"STOREFEED_HOST is {value!r}.",
            "Use an address of this box, such as 192.168.1.20, or 0.0.0.0 for all of them, or a host name. "
            "The port goes into STOREFEED_PORT.",
        )
    return host


def _page_token(value: str | None) -> str | None:
    if value is None:
        return None
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise InputError(
            "STOREFEED_TOKEN holds characters that get lost in an address.", "Use letters, digits, '-' and '_'."
        )
    if len(value) < SHORTEST_TOKEN:
        raise InputError(
            f"STOREFEED_TOKEN has {len(value)} characters, which can be guessed.",
            f"Use {SHORTEST_TOKEN} or more; 'openssl rand -hex 16' makes a good one. Without it the worker makes one.",
        )
    return value


def _directory(value: str) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise InputError(f"STOREFEED_DATA is {value!r}, and there is no such user.", "Write the whole path.") from None


def _port(value: str) -> int:
    if not (re.fullmatch("[0-9]{1,5}", value) and 0 < int(value) < 65536):
        raise InputError(f"STOREFEED_PORT is {value!r}.", "Use a number from 1 to 65535.")
    return int(value)
