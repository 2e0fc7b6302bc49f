"""A secret that is made once and kept in a file that only this user may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uploader.errors import InputError
from uploader.server.durable_file import write_durably

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def kept_secret(path: Path, name: str, is_whole: Callable[[str], bool], make: Callable[[], str]) -> str:
    """The secret in `path` (mode 0600), made anew when there is none that `is_whole`. `name` is what errors call it.

    Raises InputError when it cannot be kept there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        secret = path.read_text(encoding="ascii", errors="replace").strip()
        if not is_whole(secret):
            secret = make()
            write_durably(path, secret.encode())
    except OSError as error:
        raise InputError(
            f"{name} cannot be kept in {path} ({error.strerror}).",
            "Make the directory writable for this user, or choose another one: STOREFEED_DATA=/path.",
        ) from None
    return secret
