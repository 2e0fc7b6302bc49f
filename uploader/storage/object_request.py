"""A request about one object, with few words: what is said around a part of a third of a second is said three times a
second. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uploader.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Mapping

# Bytes of a body that are sent at once.
PIECE = 64 * 1024


class KeyWanted(StorageUnavailable):
    """A request that did not show the project's key has not come through to the store."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """A body that is whole, in pieces: httpx has a time-out for each, but would send bytes in one."""

    body: bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), PIECE):
            yield self.body[start : start + PIECE]


@dataclass(frozen=True, slots=True)
class ObjectRequest:
    """`body` is what is stored, as it is; there is none with GET."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] | None = None
    body: AsyncIterable[bytes] | None = None

    @property
    def can_be_repeated(self) -> bool:
        """Whether all of it is here still; a body that is being made only its maker can begin again."""
        return self.body is None or isinstance(self.body, Pieces)


def brief(identity: Mapping[str, str]) -> dict[str, str]:
    """Who asks, as far as the store itself goes by it: Authorization alone, when that is a token it can read (a JWT).

    Its gateway lets that through. Keys of the other kind (sb_...) are what the gateway translates (supabase-py #1150).
    """
    authorization = identity["Authorization"]
    is_jwt = authorization.startswith("Bearer eyJ") and authorization.count(".") == 2
    return {"Authorization": authorization} if is_jwt else dict(identity)
