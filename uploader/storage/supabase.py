"""A bucket in Supabase Storage, or in the embedded store, which speaks the same.

One request per call and no retries: whether an object is still worth sending is for the caller to know.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from storage3 import AsyncStorageClient

from uploader.errors import InputError, StorageRefused
from uploader.storage import StoredObject
from uploader.storage.answers import AlreadyThere, NoSuchBucket, NoSuchObject, NotAllowed
from uploader.storage.connections import TIMEOUTS
from uploader.storage.object_request import KeyWanted, ObjectRequest, Pieces, brief
from uploader.storage.session import StoreSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Sequence

    import httpx

    from uploader.storage import ObjectKind
    from uploader.storage.identity import Identity

# What Supabase takes in one request.
REMOVED_AT_ONCE = 1000
LISTED_AT_ONCE = 1000


@asynccontextmanager
async def supabase_store(
    *,
    url: str,
    bucket: str,
    identity: Identity,
    private: bool = False,
    timeouts: httpx.Timeout = TIMEOUTS,
) -> AsyncIterator[SupabaseStore]:
    """The bucket of a project ("https://abcdefgh.supabase.co"), open for the block. Raises InputError for a broken key.

    `identity` holds the project's key, and says as whom the box speaks. `private`: only viewers with a token of their
    own may read.
    """
    if not (identity.key.isascii() and identity.key.isprintable()):
        raise InputError("The key for the store holds characters that no key has.", "Copy it again into SUPABASE_KEY.")
    store = SupabaseStore(url.rstrip("/"), bucket, identity, timeouts, private=private)
    try:
        yield store
    finally:
        await store.close()


class SupabaseStore:
    """An ObjectStore. Made by `supabase_store`."""

    def __init__(self, url: str, bucket: str, identity: Identity, timeouts: httpx.Timeout, *, private: bool) -> None:
        self._url = f"{url}/storage/v1"
        self._bucket = bucket
        self._private = private
        # With every request, because a gateway of somebody's own has asked for it.
        self._shows_key = False
        self._session = StoreSession(url, bucket, identity, timeouts)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def prepare(self) -> None:
        """Make sure the bucket is there, and as public or private as it should be; create it where the key may.

        It is no error if the key may not look.
        """
        try:
            async with self._storage() as storage:
                found = await storage.get_bucket(self._bucket)
        except NoSuchBucket:
            await self._create_bucket()
        except NotAllowed:
            return
        else:
            self._judge(public=found.public)

    def _judge(self, *, public: bool) -> None:
        if not public and not self._private:
            raise StorageRefused(
                f"The bucket '{self._bucket}' is private: browsers could not read from it.",
                "Make it public in the Supabase dashboard, name another one in SUPABASE_BUCKET, or set "
                "SUPABASE_BUCKET_PRIVATE=true if only signed-in viewers shall watch.",
                status=403,
            )
        if public and self._private:
            raise StorageRefused(
                f"The bucket '{self._bucket}' is public, but SUPABASE_BUCKET_PRIVATE says that it is private.",
                "Make it private in the Supabase dashboard, or take SUPABASE_BUCKET_PRIVATE away.",
                status=403,
            )

    async def _create_bucket(self) -> None:
        # A box whose key only sees its own folder is told that there is no bucket, and must not make one.
        with suppress(NotAllowed, NoSuchBucket, AlreadyThere):
            async with self._storage() as storage:
                await storage.create_bucket(self._bucket, options={"public": not self._private})

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        """Store `body` under `path`, replacing what was there. On return it is readable as a whole.

        Of a kind that is stored once, what was there stays: raises AlreadyThere. A body that is still being made is
        sent as it comes. When it raises, nothing is stored, and the error comes out.
        """
        headers = {
            "content-type": kind.content_type,
            "cache-control": f"max-age={kind.max_age}",
            "x-upsert": _replaces(kind),
        }
        if isinstance(body, bytes):
            headers["content-length"] = str(len(body))
            body = Pieces(body)
        await self._object(ObjectRequest("POST", path, headers, body=body))

    async def get(self, path: str) -> bytes | None:
        """The object's newest bytes, past every cache; None when there is no such object."""
        try:
            return await self._object(ObjectRequest("GET", path, query={"cacheNonce": token_hex(6)}))
        except NoSuchObject:
            return None

    async def _object(self, request: ObjectRequest) -> bytes:
        """Without Supabase's client: it sends a form around an object and a line about itself, which with four requests
        a second is a hundredth of the uplink, and takes only bodies that are whole."""
        try:
            return await self._ask(request)
        except KeyWanted:
            self._shows_key = True
            if request.can_be_repeated:
                return await self._ask(request)
            raise

    async def _ask(self, request: ObjectRequest) -> bytes:
        async with self._session.request(uploading=request.body is not None) as (client, identity):
            answer = await client.request(
                request.method,
                f"{self._url}/object/{self._bucket}/{quote(request.path)}",
                params=request.query,
                content=request.body,
                headers={**request.headers, **(identity if self._shows_key else brief(identity))},
            )
            if request.body is not None:
                _ = answer.json()["Key"]  # or it was not the store that said yes
            return answer.content

    async def list(self, folder: str) -> list[StoredObject]:
        """What lies directly in `folder`, in no particular order; folders are left out."""
        return [entry async for entry, is_folder in self._entries(folder) if not is_folder]

    async def folders(self, folder: str) -> set[str]:
        """The names of the folders directly in `folder`. A folder is there while it holds something."""
        return {entry.name async for entry, is_folder in self._entries(folder) if is_folder}

    async def _entries(self, folder: str) -> AsyncIterator[tuple[StoredObject, bool]]:
        """Everything, and of each whether it is a folder: those have no id."""
        offset = 0
        while True:
            async with self._storage() as storage:
                rows = await storage.from_(self._bucket).list(folder, {"limit": LISTED_AT_ONCE, "offset": offset})
                entries = [(_stored_object(row), row["id"] is None) for row in rows]
            for entry in entries:
                yield entry
            offset += len(entries)
            if len(entries) < LISTED_AT_ONCE:
                return

    async def remove(self, paths: Sequence[str]) -> set[str]:
        """Remove objects; returns the paths that the store says it removed. Missing ones are silently absent."""
        removed: set[str] = set()
        for start in range(0, len(paths), REMOVED_AT_ONCE):
            async with self._storage() as storage:
                rows = await storage.from_(self._bucket).remove(list(paths[start : start + REMOVED_AT_ONCE]))
                removed.update(row["name"] for row in rows)
        return removed

    def public_url(self, path: str) -> str:
        """Where a browser finds the object: without a key, or in a private bucket with its viewer's token."""
        route = "authenticated" if self._private else "public"
        return f"{self._url}/object/{route}/{self._bucket}/{quote(path)}"

    def ahead(self) -> float | None:
        """By how many seconds this box's clock is ahead of the store's, to a second; None: not known."""
        return self._session.ahead()

    async def renewed(self) -> None:
        """Wait until it is worth asking again although the store said no: somebody has brought another key."""
        await self._session.renewed()

    @asynccontextmanager
    async def _storage(self) -> AsyncIterator[AsyncStorageClient]:
        """Supabase's own client for one request. Whatever goes wrong inside comes out as a StorageError."""
        async with self._session.request(uploading=False) as (client, headers):
            # It would say in many words which client it is, with every request.
            yield AsyncStorageClient(f"{self._url}/", {**headers, "X-Client-Info": "storefeed"}, http_client=client)


def _stored_object(row: dict[str, Any]) -> StoredObject:
    return StoredObject(row["name"], int((row["metadata"] or {}).get("size", 0)))


def _replaces(kind: ObjectKind) -> str:
    return "false" if kind.once else "true"
