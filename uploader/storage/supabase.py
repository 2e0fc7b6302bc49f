"""A bucket in Supabase Storage, or in the embedded store, which speaks the same.

One request per call and no retries: whether an object is still worth sending is for the caller to know.
"""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from pydantic import ValidationError
from storage3 import AsyncStorageClient

from uploader.errors import InputError, StorageRefused
from uploader.redaction import Redaction
from uploader.storage import StoredObject
from uploader.storage.answers import (
    AlreadyThere,
    NoSuchBucket,
    NoSuchObject,
    NotAllowed,
    error_of,
    is_page,
    parse,
    somebody_else,
)
from uploader.storage.connections import TIMEOUTS, Connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import httpx

    from uploader.storage import ObjectKind

# What Supabase takes in one request.
REMOVED_AT_ONCE = 1000
LISTED_AT_ONCE = 1000
# What comes of reading an answer that says all is well, but is no JSON or not of the store's form.
_NOT_OF_THE_STORE = (json.JSONDecodeError, UnicodeDecodeError, ValidationError, LookupError, TypeError, AttributeError)


@asynccontextmanager
async def supabase_store(
    *, url: str, key: str, bucket: str, access_token: str | None = None, timeouts: httpx.Timeout = TIMEOUTS
) -> AsyncIterator[SupabaseStore]:
    """The bucket of a project ("https://abcdefgh.supabase.co"), open for the block. Raises InputError for a broken key.

    `key` is the project's key; `access_token`, where there is one, says as whom: a box's own, scoped by policies.
    """
    token = access_token or key
    if not (key + token).isascii() or not (key + token).isprintable():
        raise InputError("The key for the store holds characters that no key has.", "Copy it again into SUPABASE_KEY.")
    redaction = Redaction()
    redaction.learn(key, token)
    headers = {"apikey": key, "Authorization": f"Bearer {token}"}
    store = SupabaseStore(url.rstrip("/"), bucket, headers, redaction, timeouts)
    try:
        yield store
    finally:
        await store.close()


class SupabaseStore:
    """An ObjectStore. Made by `supabase_store`."""

    def __init__(
        self, url: str, bucket: str, headers: dict[str, str], redaction: Redaction, timeouts: httpx.Timeout
    ) -> None:
        self._url = f"{url}/storage/v1"
        self._bucket = bucket
        self._headers = headers
        self._redaction = redaction
        self._connections = Connections(url, timeouts, self._check)

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def prepare(self) -> None:
        """Make sure the bucket exists and is public; create it where the key may. It is no error if it may not look."""
        try:
            async with self._storage() as storage:
                found = await storage.get_bucket(self._bucket)
        except NoSuchBucket:
            await self._create_bucket()
        except NotAllowed:
            return
        else:
            if not found.public:
                raise StorageRefused(
                    f"The bucket '{self._bucket}' is private: browsers could not read from it.",
                    "Make it public in the Supabase dashboard, or name another one in SUPABASE_BUCKET.",
                    status=403,
                )

    async def _create_bucket(self) -> None:
        # A box whose key only sees its own folder is told that there is no bucket, and must not make one.
        with suppress(NotAllowed, NoSuchBucket, AlreadyThere):
            async with self._storage() as storage:
                await storage.create_bucket(self._bucket, options={"public": True})

    async def put(self, path: str, body: bytes, kind: ObjectKind) -> None:
        """Store `body` under `path`, replacing what was there. On return it is readable as a whole."""
        async with self._storage(uploading=True) as storage:
            await storage.from_(self._bucket).upload(
                path,
                # httpx sends a file in pieces, with a time-out for each, but bytes in one.
                io.BufferedReader(io.BytesIO(body)),
                {"content-type": kind.content_type, "cache-control": kind.max_age, "x-upsert": "true"},
            )

    async def get(self, path: str) -> bytes | None:
        """The object's newest bytes, past every cache; None when there is no such object."""
        try:
            async with self._storage() as storage:
                return await storage.from_(self._bucket).download(path, query_params={"cacheNonce": uuid4().hex})
        except NoSuchObject:
            return None

    async def list(self, folder: str) -> list[StoredObject]:
        """What lies directly in `folder`, in no particular order; folders are left out."""
        found: list[StoredObject] = []
        offset = 0
        while True:
            async with self._storage() as storage:
                rows = await storage.from_(self._bucket).list(folder, {"limit": LISTED_AT_ONCE, "offset": offset})
                found += [_stored_object(row) for row in rows if row["id"] is not None]
            offset += len(rows)
            if len(rows) < LISTED_AT_ONCE:
                return found

    async def remove(self, paths: Sequence[str]) -> set[str]:
        """Remove objects; returns the paths that the store says it removed. Missing ones are silently absent."""
        removed: set[str] = set()
        for start in range(0, len(paths), REMOVED_AT_ONCE):
            async with self._storage() as storage:
                rows = await storage.from_(self._bucket).remove(list(paths[start : start + REMOVED_AT_ONCE]))
                removed.update(row["name"] for row in rows)
        return removed

    def public_url(self, path: str) -> str:
        """Where a browser finds the object without a key."""
        return f"{self._url}/object/public/{self._bucket}/{quote(path)}"

    @asynccontextmanager
    async def _storage(self, *, uploading: bool = False) -> AsyncIterator[AsyncStorageClient]:
        """Supabase's own client for one request. Whatever goes wrong inside comes out as a StorageError."""
        async with self._connections.client(uploading=uploading) as client:
            try:
                yield AsyncStorageClient(f"{self._url}/", self._headers, http_client=client)
            except _NOT_OF_THE_STORE:
                raise somebody_else() from None

    async def _check(self, response: httpx.Response) -> None:
        """Judge every answer before the client sees it: it drops Retry-After, and the code that tells 404s apart."""
        if response.is_success and not is_page(response.headers):
            return
        if response.is_success:
            raise somebody_else()
        text = self._redaction((await response.aread()).decode(errors="replace"))
        raise error_of(parse(response.status_code, response.headers, text, datetime.now(UTC)), self._bucket)


def _stored_object(row: dict[str, Any]) -> StoredObject:
    return StoredObject(row["name"], int((row["metadata"] or {}).get("size", 0)))
