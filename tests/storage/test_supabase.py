"""What the client sends, and how it prepares a bucket."""

from __future__ import annotations

import json

import pytest

from tests.storage.conversation import CALLS, KEY, SEGMENT_BODY, growing, talking_to
from tests.storage.scripted_store import BUCKET, Act, Exchange, accept, answer, refuse
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage import PLAYLIST, SEGMENT, StoredObject


async def test_an_upload_always_replaces_and_carries_both_keys() -> None:
    async with talking_to(access_token="box-token") as (store, server):
        await store.put("location_1/cam/stream.m3u8", b"#EXTM3U", PLAYLIST)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/storage/v1/object/streams/location_1/cam/stream.m3u8")
    assert request.headers["x-upsert"] == "true"
    assert request.headers["apikey"] == KEY
    assert request.headers["authorization"] == "Bearer box-token"


async def test_without_an_access_token_the_key_says_who_it_is() -> None:
    async with talking_to() as (store, server):
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_an_object_goes_out_as_it_is_with_what_caches_are_to_know() -> None:
    bodies: list[bytes] = []

    async def take(exchange: Exchange) -> None:
        bodies.append(await exchange.body())
        await exchange.reply_json(200, {"Key": "streams/a", "Id": "1"})

    async with talking_to(then=take) as (store, server):
        await store.put("location_1/cam floor/stream.m3u8", b"#EXTM3U", PLAYLIST)
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        await store.put("empty", b"", SEGMENT)
    assert bodies == [b"#EXTM3U", SEGMENT_BODY, b""]
    assert server.requests[0].path == "/storage/v1/object/streams/location_1/cam%20floor/stream.m3u8"
    assert server.requests[0].headers["content-type"] == "application/vnd.apple.mpegurl"
    assert server.requests[0].headers["cache-control"] == "max-age=0, no-store"
    assert [request.headers["content-length"] for request in server.requests] == ["7", "300000", "0"]


async def test_a_token_that_the_store_reads_itself_goes_alone_with_objects() -> None:
    async with talking_to() as (store, server):
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        await store.put("a.ts", growing(2), SEGMENT)
        await store.get("a.ts")
        await store.list("a")
    assert ["apikey" in request.headers for request in server.requests] == [False, False, False, True]
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {KEY}"}


async def test_a_gateway_that_wants_the_key_too_gets_it_from_then_on() -> None:
    async def guarded(exchange: Exchange) -> None:
        if "apikey" in exchange.headers:
            await accept(exchange)
        else:
            await answer(401, {"message": "No API key found in request"})(exchange)

    for call, asked in (CALLS["put"], 2), (CALLS["get"], 2):
        async with talking_to(then=guarded) as (store, server):
            await call(store)
            await call(store)
            assert len(server.requests) == asked + 1
    async with talking_to(then=guarded) as (store, server):
        with pytest.raises(StorageUnavailable, match="gateway"):  # who makes the body begins again
            await store.put("a.ts", growing(2), SEGMENT)
        await store.put("a.ts", growing(2), SEGMENT)


async def test_a_gateway_that_does_not_accept_the_key_either_is_told_as_ever() -> None:
    async with talking_to(then=answer(401, {"message": "Invalid API key"})) as (store, server):
        with pytest.raises(StorageRefused, match="does not accept the key"):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert ["apikey" in request.headers for request in server.requests] == [False, True]


async def test_every_read_is_new_to_every_cache() -> None:
    async with talking_to() as (store, server):
        assert await store.get("a.ts") == b"stored"
        assert await store.get("a.ts") == b"stored"
    first, second = (request.path for request in server.requests)
    assert first.startswith("/storage/v1/object/streams/a.ts?cacheNonce=")
    assert first != second


async def test_a_listing_is_read_to_its_end() -> None:
    rows: list[dict[str, object]] = [
        {"name": f"{number}.ts", "id": str(number), "metadata": {"size": number}} for number in range(2300)
    ]
    rows[7] = {"name": "folder", "id": None, "metadata": None}
    rows[8]["metadata"] = None

    async def page(exchange: Exchange) -> None:
        query = json.loads(await exchange.body())
        await exchange.reply_json(200, rows[query["offset"] : query["offset"] + query["limit"]])

    async with talking_to(then=page) as (store, server):
        found = await store.list("location_1/cam")
    assert found[:2] == [StoredObject("0.ts", 0), StoredObject("1.ts", 1)]
    assert [entry.name for entry in found] == [str(row["name"]) for row in rows if row["id"] is not None]
    assert len(server.requests) == 3


async def test_objects_are_removed_a_thousand_at_a_time_and_nothing_needs_no_request() -> None:
    async def remove_half(exchange: Exchange) -> None:
        paths = json.loads(await exchange.body())["prefixes"]
        assert len(paths) <= 1000
        await exchange.reply_json(200, [{"name": path} for path in paths[::2]])

    paths = [f"{number}.ts" for number in range(2500)]
    async with talking_to(then=remove_half) as (store, server):
        assert await store.remove(paths) == set(paths[::2])
        assert await store.remove([]) == set()
    assert len(server.requests) == 3


NO_BUCKET = refuse(404, "NoSuchBucket", "Bucket not found")
POLICY = refuse(403, "AccessDenied", "new row violates row-level security policy", error="Unauthorized")


async def test_a_bucket_that_is_missing_is_made_public() -> None:
    created: list[dict[str, object]] = []

    async def create(exchange: Exchange) -> None:
        created.append(json.loads(await exchange.body()))
        await exchange.reply_json(200, {"name": "streams"})

    async with talking_to(NO_BUCKET, create) as (store, _):
        await store.prepare()
    assert created == [{"id": "streams", "name": "streams", "public": True}]


@pytest.mark.parametrize(
    "script",
    [(NO_BUCKET, POLICY), (POLICY,), (NO_BUCKET, NO_BUCKET), (NO_BUCKET, refuse(409, "Duplicate", "already exists"))],
)
async def test_a_key_that_may_not_look_at_buckets_is_no_error(script: tuple[Act, ...]) -> None:
    async with talking_to(*script) as (store, _):
        await store.prepare()


async def test_a_private_bucket_is_refused() -> None:
    async with talking_to(answer(200, {**BUCKET, "public": False})) as (store, _):
        with pytest.raises(StorageRefused, match="is private"):
            await store.prepare()


async def test_a_key_that_is_wrong_is_not_taken_for_one_that_may_not_look() -> None:
    async with talking_to(then=refuse(403, "AccessDenied", "signature verification failed")) as (store, _):
        with pytest.raises(StorageRefused, match="does not accept the key"):
            await store.prepare()
