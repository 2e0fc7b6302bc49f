"""What a store promises to the worker, as an ObjectStore.

Every assertion was measured on the real Supabase Storage: see conftest for how to run it against one of your own.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.storage.bucket_client import BODY
from uploader.errors import StorageRefused
from uploader.segments.segment import Abandoned, FinishedSegment, GrowingSegment
from uploader.storage import PLAYLIST, SEGMENT, ObjectKind, StoredObject
from uploader.storage.answers import AlreadyThere
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.storage.bucket_client import Client
    from tests.storage.conftest import Service
    from uploader.storage.supabase import SupabaseStore

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_preparing_accepts_the_bucket_that_is_there(store: SupabaseStore) -> None:
    await store.prepare()


async def test_preparing_refuses_a_private_bucket(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken(service.key), bucket=service.private) as private:
        with pytest.raises(StorageRefused, match="is private"):
            await private.prepare()


@pytest.mark.parametrize("kind", [SEGMENT, PLAYLIST])
async def test_what_is_put_is_got_and_seen_by_browsers(store: SupabaseStore, client: Client, kind: ObjectKind) -> None:
    await store.put(client.path("a"), b"first", kind)
    await store.put(client.path("a"), b"second", kind)
    seen = await client.see("a")
    assert await store.get(client.path("a")) == b"second"
    assert str(seen.url) == store.public_url(client.path("a"))
    assert seen.content == b"second"
    assert seen.headers["content-type"] == kind.content_type
    assert seen.headers["cache-control"] == f"max-age={kind.max_age}"


async def test_what_grows_while_it_is_put_is_seen_when_it_is_whole(store: SupabaseStore, client: Client) -> None:
    segment = GrowingSegment(0.0)
    segment.add(BODY)
    putting = asyncio.create_task(store.put(client.path("a.ts"), segment, SEGMENT))
    await asyncio.sleep(0.2)
    assert (await client.see("a.ts")).status_code == 400
    segment.add(BODY)
    segment.finish(FinishedSegment(segment.body, 1.0, NOON, 1.0))
    await putting
    seen = await client.see("a.ts")
    assert seen.content == BODY * 2
    assert seen.headers["content-type"] == SEGMENT.content_type
    assert seen.headers["cache-control"] == f"max-age={SEGMENT.max_age}"
    await store.put(client.path("a.ts"), segment, SEGMENT)


async def test_of_what_is_abandoned_while_it_grows_nothing_is_ever_seen(store: SupabaseStore, client: Client) -> None:
    segment = GrowingSegment(0.0)
    segment.add(BODY)
    putting = asyncio.create_task(store.put(client.path("a.ts"), segment, SEGMENT))
    await asyncio.sleep(0.2)
    segment.abandon()
    with pytest.raises(Abandoned):
        await putting
    await store.put(client.path("b.ts"), BODY, SEGMENT)
    assert await store.list(client.folder) == [StoredObject("b.ts", len(BODY))]


async def test_an_object_that_is_missing_is_none(store: SupabaseStore, client: Client) -> None:
    assert await store.get(client.path("missing")) is None


async def test_a_bucket_that_is_missing_is_an_error(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken(service.key), bucket="no-such-bucket") as missing:
        with pytest.raises(StorageRefused, match="no bucket 'no-such-bucket'"):
            await missing.get("a")
        with pytest.raises(StorageRefused, match="no bucket 'no-such-bucket'"):
            await missing.put("a", BODY, SEGMENT)


async def test_listing_leaves_folders_out(store: SupabaseStore, client: Client) -> None:
    await store.put(client.path("a.ts"), BODY, SEGMENT)
    await store.put(client.path("deeper/b.ts"), BODY, SEGMENT)
    assert await store.list(client.folder) == [StoredObject("a.ts", len(BODY))]
    assert await store.list(client.path("nowhere")) == []


async def test_folders_are_there_while_they_hold_something(store: SupabaseStore, client: Client) -> None:
    for name in ("a.ts", "frames/2026/11/b.webp", "frames/2025/12/c.webp", "other/d"):
        await store.put(client.path(name), BODY, SEGMENT)
    assert await store.folders(client.folder) == {"frames", "other"}
    assert await store.folders(client.path("frames")) == {"2025", "2026"}
    assert await store.folders(client.path("frames/2026/11")) == set()
    assert await store.folders(client.path("nowhere")) == set()
    await store.remove([client.path("frames/2025/12/c.webp")])
    assert await store.folders(client.path("frames")) == {"2026"}


async def test_what_is_stored_once_is_never_replaced(store: SupabaseStore, client: Client) -> None:
    kind = ObjectKind("image/webp", "31536000, immutable", once=True)

    async def piece_by_piece() -> AsyncIterator[bytes]:
        yield b"third"

    await store.put(client.path("a.webp"), b"first", kind)
    for body in (b"second", piece_by_piece()):
        with pytest.raises(AlreadyThere):
            await store.put(client.path("a.webp"), body, kind)
    assert (await client.see("a.webp")).content == b"first"
    await store.put(client.path("b.webp"), piece_by_piece(), kind)
    assert (await client.see("b.webp")).content == b"third"


async def test_removing_says_what_is_gone(store: SupabaseStore, client: Client) -> None:
    await store.put(client.path("a.ts"), BODY, SEGMENT)
    assert await store.remove([client.path("a.ts"), client.path("missing.ts")]) == {client.path("a.ts")}
    assert await store.remove([]) == set()
    assert await store.list(client.folder) == []


async def test_a_wrong_key_is_told_in_plain_words(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken("wrong.key"), bucket=service.public) as wrong:
        for attempt in (wrong.prepare(), wrong.put("a", BODY, SEGMENT), wrong.get("a")):
            with pytest.raises(StorageRefused, match="does not accept the key"):
                await attempt
