"""Where objects go. Everything the worker asks of a bucket, in the worker's words.

Paths are relative to the bucket: "location_1/cam_floor/stream.m3u8". Every store passes the contract suite in
tests/storage/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """What an object is to browsers and caches.

    `max_age` is what follows "max-age=" in Cache-Control: the client can send nothing else, and
    "0, no-store" comes out as a valid "max-age=0, no-store". `once`: what has such a name is never replaced.
    """

    content_type: str
    max_age: str
    once: bool = False


# A name is never used twice (invariant 3), so whoever has the bytes has them for good.
SEGMENT = ObjectKind("video/mp2t", "31536000, immutable")
# no-store, not just max-age=0: Supabase adds stale-while-revalidate=30 to a changed ETag (supabase/storage PR #416).
PLAYLIST = ObjectKind("application/vnd.apple.mpegurl", "0, no-store")
STATUS = ObjectKind("application/json", "0, no-store")
SNAPSHOT = ObjectKind("image/jpeg", "0, no-store")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One line of a listing: the object's name inside its folder, and its size in bytes."""

    name: str
    size: int


class ObjectStore(Protocol):
    """A bucket. Every method raises StorageUnavailable (try again) or StorageRefused (somebody must act)."""

    async def prepare(self) -> None:
        """Make sure the bucket exists and is public; create it where the key may. One that may not look is no error."""

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        """Store `body` under `path`, replacing what was there. On return it is readable as a whole.

        Of a kind that is stored once, what was there stays: raises AlreadyThere. A body that is still being made is
        sent as it comes. When it raises, nothing is stored, and the error comes out.
        """

    async def get(self, path: str) -> bytes | None:
        """The object's newest bytes, past every cache; None when there is no such object."""

    async def list(self, folder: str) -> list[StoredObject]:
        """What lies directly in `folder` ("location_1/cam_floor"), in no particular order; folders are left out."""

    async def folders(self, folder: str) -> set[str]:
        """The names of the folders directly in `folder`. A folder is there while it holds something."""

    async def remove(self, paths: Sequence[str]) -> set[str]:
        """Remove objects; returns the paths that the store says it removed. Missing ones are silently absent."""

    def public_url(self, path: str) -> str:
        """Where a browser finds the object without a key."""

    async def renewed(self) -> None:
        """Wait until it is worth asking again although the store said no: somebody has brought another key."""
