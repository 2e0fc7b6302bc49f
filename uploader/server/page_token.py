"""The token of the worker's pages: who has it may look from beyond this box."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from uploader.errors import InputError
from uploader.server.kept_secret import kept_secret

if TYPE_CHECKING:
    from pathlib import Path

FILE = "page.token"
# Of chance: 192 bits, 32 characters.
BYTES = 24
_WHOLE = re.compile(r"[\w-]{32,}", re.ASCII)


def page_token(directory: Path) -> str:
    """The token kept in `directory`, made at the first call (mode 0600). Raises InputError when it cannot be kept.

    Delete the file and start the worker again to have a new one.
    """
    return kept_secret(directory / FILE, "The token of the pages", _is_whole, lambda: secrets.token_urlsafe(BYTES))


def known_page_token(directory: Path) -> str | None:
    """The token a worker keeps in `directory`; None when there is none. Raises InputError when it may not be read."""
    path = directory / FILE
    try:
        token = path.read_text(encoding="ascii", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(
            f"The token of the pages in {path} cannot be read ({error.strerror}).",
            "Ask as the user the worker runs as (sudo), or set STOREFEED_TOKEN.",
        ) from None
    return token if _is_whole(token) else None


def cookie_of(token: str) -> str:
    """What a browser keeps in the token's place: opens the same, and tells nothing about it. Pure."""
    return hmac.digest(token.encode(), b"storefeed cookie", hashlib.sha256).hex()


def _is_whole(token: str) -> bool:
    return _WHOLE.fullmatch(token) is not None
