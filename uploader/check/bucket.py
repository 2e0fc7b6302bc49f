"""Looks at the store as worker and viewer do: signs in, writes, reads in public, lists, removes, measures the uplink.

Whatever is written is removed again, also when it fails or is interrupted.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx

from uploader.check.store_verdict import RoundTrip, Uplink
from uploader.errors import StorageError, StorageUnavailable
from uploader.publishing.readback import origin_for
from uploader.storage import PLAYLIST, SEGMENT
from uploader.storage.answers import NotAllowed
from uploader.storage.connections import way_to
from uploader.storage.credentials import signed_in
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from uploader.configuration.environment import Environment
    from uploader.storage.identity import Identity
    from uploader.storage.supabase import SupabaseStore

# No camera's folder: ids hold no dot.
FOLDER = "storefeed.check"
BODY = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
# The uplink is measured with so many bytes at most, in so many objects at the same time, for so many seconds.
LANES, LANE_SIZE, SECONDS = 4, 1_000_000, 5.0
PIECE = 16 * 1024
# Seconds.
READ_LIMIT = 10.0
REMOVE_LIMIT = 8.0


@asynccontextmanager
async def opened(environment: Environment) -> AsyncIterator[Bucket]:
    """The bucket of this environment's project, for the block."""
    project = environment.supabase
    assert project is not None  # noqa: S101  (who asks has looked)
    async with (
        signed_in(project, environment.location) as identity,
        supabase_store(url=project.url, bucket=environment.bucket, identity=identity, private=project.private) as store,
    ):
        yield Bucket(store, identity, private=project.private)


class Bucket:
    """A bucket under examination. Every method raises StorageError when it does not come to a result."""

    def __init__(self, store: SupabaseStore, identity: Identity, *, private: bool) -> None:
        self._store = store
        self._identity = identity
        self._private = private

    async def prepare(self) -> None:
        """Sign in, and make sure the bucket is there as it should be, as the worker does."""
        await self._identity.token()
        await self._store.prepare()

    async def round_trip(self, location: str) -> RoundTrip:
        """Write a playlist below this location, read it as a browser does, find it in the folder, remove it."""
        folder, name = f"{location}/{FOLDER}", f"{uuid4().hex}.m3u8"
        path = f"{folder}/{name}"
        clock = asyncio.get_running_loop().time
        gone = False
        try:
            began = clock()
            await self._store.put(path, BODY, PLAYLIST)
            written = clock()
            answer = await self._read(path)
            read = clock()
            listed = name in {entry.name for entry in await self._store.list(folder)}
            found = clock()
            gone = path in await self._store.remove([path])
            return RoundTrip(
                *(written - began, read - written, found - read, clock() - found),
                status=answer.status_code,
                headers=dict(answer.headers),
                intact=answer.content == BODY,
                listed=listed,
                removed=gone,
            )
        finally:
            if not gone:
                await self._tidy([path])

    async def _read(self, path: str) -> httpx.Response:
        url = self._store.public_url(path)
        headers = {"Origin": origin_for(url)}
        if self._private:
            headers |= {"Authorization": f"Bearer {await self._identity.token()}", "apikey": self._identity.key}
        async with httpx.AsyncClient(timeout=READ_LIMIT, transport=way_to(httpx.URL(url))) as viewer:
            try:
                return await viewer.get(url, params={"cacheNonce": uuid4().hex}, headers=headers)
            except httpx.HTTPError:
                raise StorageUnavailable(
                    "What was stored could not be read at its public address.", "Check this box's network."
                ) from None

    async def takes_elsewhere(self) -> bool:
        """Whether the box may write below a location that is not its own."""
        path = f"{FOLDER}-{uuid4().hex[:8]}/{uuid4().hex}.m3u8"
        try:
            await self._store.put(path, BODY, PLAYLIST)
        except NotAllowed:
            return False
        await self._tidy([path])
        return True

    async def uplink(self, location: str) -> Uplink:
        """How fast this network takes video: some megabytes in a few objects, for some seconds."""
        paths = [f"{location}/{FOLDER}/{uuid4().hex}.ts" for _ in range(LANES)]
        clock = asyncio.get_running_loop().time
        began = clock()
        sent: list[int] = []
        lanes = [asyncio.create_task(self._store.put(path, _noise(began + SECONDS, sent), SEGMENT)) for path in paths]
        try:
            await asyncio.gather(*lanes)
            return Uplink(sum(sent), clock() - began)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            await self._tidy(paths)

    async def _tidy(self, paths: Sequence[str]) -> None:
        """Remove what may lie there; not waiting for it for ever, also when interrupted."""
        removing = asyncio.create_task(self._remove(paths))
        await asyncio.wait({removing}, timeout=REMOVE_LIMIT)
        removing.cancel()
        await asyncio.gather(removing, return_exceptions=True)

    async def _remove(self, paths: Sequence[str]) -> None:
        with suppress(StorageError):
            await self._store.remove(paths)


async def _noise(until: float, sent: list[int]) -> AsyncIterator[bytes]:
    """Bytes that nobody can make smaller, up to a moment on the loop's clock; what was taken is put into `sent`."""
    piece = os.urandom(PIECE)
    for _ in range(LANE_SIZE // PIECE):
        yield piece
        sent.append(PIECE)
        if asyncio.get_running_loop().time() >= until:
            return
