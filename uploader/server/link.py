"""The link that opens the worker's pages on a phone, once and for all: it has the token in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

from uploader.configuration import listening
from uploader.errors import InputError
from uploader.server.lan_address import lan_address
from uploader.server.page_token import known_page_token, page_token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from uploader.configuration.environment import Environment

TOLD = "Open this once on the phone, and the cameras are there ('python live_stream.py link' shows it again):\n  {}\n"


def token(environment: Environment, data: Path, console: TextIO) -> str | None:
    """The token of a worker that is about to start; None when it needs none. Raises InputError.

    One that is made here is told at once, to a person at a terminal: in a log it would be read by others.
    """
    if environment.token is not None or not environment.is_open_to_the_network:
        return environment.token
    if (known := known_page_token(data)) is not None:
        return known
    made = page_token(data)
    if console.isatty():
        console.write(TOLD.format(_link(environment, made, "/")))
        console.flush()
    return made


def links(environment: Environment, data: Path, cameras: Sequence[str]) -> list[str]:
    """The links to the wall, or to the pages of these cameras, for a worker with these settings. Raises InputError."""
    if not environment.is_open_to_the_network and environment.token is None:
        raise InputError(
            f"The worker's page is for this box only: {environment.address}/",
            "For a phone set STOREFEED_HOST=0.0.0.0 in .env, start the worker again, and ask again.",
        )
    known = environment.token or known_page_token(data)
    if known is None:
        raise InputError(
            f"There is no token in {data} yet.", "Start the worker first; if it runs, say where: STOREFEED_DATA=/path."
        )
    return [_link(environment, known, f"/cameras/{camera}") for camera in cameras] or [_link(environment, known, "/")]


def _link(environment: Environment, known: str, path: str) -> str:
    host = lan_address() if listening.is_everywhere(environment.host) else environment.host
    return f"{listening.url(host, environment.port)}{path}?token={quote(known, safe='')}"
