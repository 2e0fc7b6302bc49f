"""The client against stores and networks that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.storage.scripted_store import (
    BUCKET,
    Act,
    Exchange,
    ScriptedStore,
    accept,
    after,
    answer,
    hang,
    lose_reply,
    refuse,
    refuse_unread,
    reset_mid_body,
    scripted_store,
)
from uploader.errors import InputError, StorageRefused, StorageUnavailable
from uploader.storage import PLAYLIST, SEGMENT, StoredObject
from uploader.storage.clock import Heard, ahead
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import SupabaseStore, supabase_store
from uploader.supervision.moment import Moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

KEY = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl"
SEGMENT_BODY = b"G" * 300_000
# Seconds: what takes 5 s in a store takes half a second here.
QUICK = httpx.Timeout(connect=0.5, write=0.5, read=0.5, pool=0.5)


@asynccontextmanager
async def talking_to(
    *script: Act, then: Act = accept, access_token: str | None = None, receive_buffer: int | None = None
) -> AsyncIterator[tuple[SupabaseStore, ScriptedStore]]:
    """A client, and the scripted store it talks to."""
    async with (
        scripted_store(*script, then=then, receive_buffer=receive_buffer) as server,
        supabase_store(
            url=server.url, bucket="streams", identity=GivenToken(KEY, access_token), timeouts=QUICK
        ) as store,
    ):
        yield store, server


# What goes out


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


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with talking_to() as (store, server):
        for _ in range(3):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert {request.connection for request in server.requests} == {1}


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


# Preparing

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


# What comes back

CALLS: dict[str, Callable[[SupabaseStore], Awaitable[object]]] = {
    "prepare": lambda store: store.prepare(),
    "put": lambda store: store.put("a.ts", SEGMENT_BODY, SEGMENT),
    "get": lambda store: store.get("a.ts"),
    "list": lambda store: store.list("a"),
    "folders": lambda store: store.folders("a"),
    "remove": lambda store: store.remove(["a.ts"]),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@every_call
@pytest.mark.parametrize(
    "act",
    [
        answer(200, b"<html>Please accept our terms", content_type="text/html; charset=utf-8"),
        answer(302, b"", location="https://login.hotel.example/"),
        answer(503, b"<html>Service unavailable", content_type="text/html"),
        refuse(429, "SlowDown", "Too many requests", http_status=429),
        refuse(503, "DatabaseConnectionLimit", "Too many connections"),
        hang,
        lose_reply,
        reset_mid_body,
    ],
    ids=["captive portal", "redirect", "503 page", "429", "503 in 400", "hangs", "reply lost", "reset"],
)
async def test_row_26_what_passes_by_itself_is_worth_another_try(
    call: Callable[[SupabaseStore], Awaitable[object]], act: Act
) -> None:
    async with talking_to(act) as (store, _):
        with pytest.raises(StorageUnavailable):
            await call(store)
        await call(store)


@pytest.mark.parametrize("name", ["prepare", "put", "list", "folders", "remove"])
@pytest.mark.parametrize("body", [b"", b"OK", b"\xff\xfe", b"[1]", b'"words"', b"7"])
async def test_row_29_an_answer_that_makes_no_sense_is_not_taken_for_success(name: str, body: bytes) -> None:
    async with talking_to(answer(200, body)) as (store, _):
        with pytest.raises(StorageUnavailable, match="Something other than Supabase Storage"):
            await CALLS[name](store)


async def test_a_pause_that_the_store_asks_for_is_passed_on() -> None:
    async with talking_to(refuse(429, "SlowDown", "Too many requests", http_status=429, retry_after="7")) as (store, _):
        with pytest.raises(StorageUnavailable) as error:
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert error.value.retry_after == 7.0


async def test_row_23_during_that_pause_nothing_is_sent_for_any_camera() -> None:
    busy = refuse(429, "SlowDown", "Too many requests", http_status=429, retry_after="1")
    async with talking_to(busy) as (store, server):
        with pytest.raises(StorageUnavailable):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        with pytest.raises(StorageUnavailable) as error:
            await store.put("b.ts", SEGMENT_BODY, SEGMENT)
        assert len(server.requests) == 1
        assert error.value.retry_after is not None
        await asyncio.sleep(error.value.retry_after)
        await store.put("b.ts", SEGMENT_BODY, SEGMENT)
        assert len(server.requests) == 2


async def test_row_29_the_key_is_not_carried_to_where_a_redirect_leads() -> None:
    async with scripted_store() as elsewhere, talking_to() as (store, server):
        server.script.append(answer(307, b"", location=f"{elsewhere.url}/storage/v1/object/a"))
        with pytest.raises(StorageUnavailable):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        assert (len(server.requests), elsewhere.requests) == (1, [])


async def test_a_store_that_hangs_is_given_up_in_time() -> None:
    async with talking_to(hang) as (store, _):
        started = time.monotonic()
        with pytest.raises(StorageUnavailable, match="does not answer in time"):
            await store.put("a.ts", b"short", SEGMENT)
        assert 0.4 < time.monotonic() - started < 1.5


async def test_a_store_that_stops_taking_the_body_is_given_up_in_time() -> None:
    async def stop_reading(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    async with talking_to(stop_reading, receive_buffer=16384) as (store, _):
        started = time.monotonic()
        with pytest.raises(StorageUnavailable, match="uplink stands still"):
            await store.put("a.ts", b"x" * 5_000_000, SEGMENT)
        assert 0.4 < time.monotonic() - started < 2.5


async def test_an_uplink_that_is_slow_but_moves_is_not_given_up() -> None:
    async def read_slowly(exchange: Exchange) -> None:
        left = int(exchange.headers["content-length"])
        while left:
            left -= len(await exchange.reader.read(min(left, 16384)))
            await asyncio.sleep(0.025)
        await exchange.reply_json(200, {"Key": "streams/a.ts", "Id": "1"})

    async with talking_to(read_slowly, receive_buffer=16384) as (store, _):
        started = time.monotonic()
        await store.put("a.ts", b"x" * 1_000_000, SEGMENT)
        assert time.monotonic() - started > 2 * 0.5


async def test_nothing_at_the_address_is_told_in_plain_words() -> None:
    async with scripted_store() as gone:
        pass
    async with supabase_store(url=gone.url, identity=GivenToken(KEY), bucket="streams", timeouts=QUICK) as store:
        with pytest.raises(StorageUnavailable, match=r"Nothing answers at 127\.0\.0\.1"):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)


async def test_a_name_that_does_not_exist_is_told_in_plain_words() -> None:
    async with supabase_store(
        url="https://store.invalid", identity=GivenToken(KEY), bucket="streams", timeouts=QUICK
    ) as store:
        with pytest.raises(StorageUnavailable, match=r"address of store\.invalid cannot be found"):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)


@every_call
async def test_row_49_no_error_ever_shows_the_key(call: Callable[[SupabaseStore], Awaitable[object]]) -> None:
    message = f"Invalid token {KEY} or box-token or eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln"
    async with talking_to(then=refuse(400, "Odd", message), access_token="box-token") as (store, _):
        with pytest.raises(StorageRefused) as error:
            await call(store)
    told = f"{error.value!s} {error.value!r} {error.value.__cause__!r} {store!r}"
    assert "Invalid token *** or *** or ***" in told
    assert not any(secret in told for secret in (KEY, "box-token", "eyJ"))


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines", "tab\there"])
async def test_a_key_that_cannot_be_one_is_refused_before_anything_is_sent(key: str) -> None:
    with pytest.raises(InputError, match="no key has"):
        async with supabase_store(url="http://127.0.0.1:9", identity=GivenToken(key), bucket="streams"):
            pass


# Bodies that are still being made


async def growing(pieces: int = 20, pause: float = 0.02) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield SEGMENT_BODY[:10_000]
        await asyncio.sleep(pause)


async def test_a_growing_body_goes_out_as_it_comes() -> None:
    seen: list[float] = []

    async def watch(exchange: Exchange) -> None:
        assert exchange.headers["transfer-encoding"] == "chunked"
        seen.extend([time.monotonic() async for _ in exchange.chunks()])
        await exchange.reply_json(200, {"Key": "streams/a.ts", "Id": "1"})

    async with talking_to(watch) as (store, server):
        await store.put("a.ts", growing(), SEGMENT)
    assert len(seen) == 20
    assert seen[-1] - seen[0] > 0.3
    headers = server.requests[0].headers
    assert (headers["x-upsert"], headers["authorization"], headers["content-type"]) == (
        "true",
        f"Bearer {KEY}",
        "video/mp2t",
    )
    assert headers["cache-control"] == "max-age=31536000, immutable"


async def test_a_growing_body_may_pause_for_longer_than_any_answer_may_take() -> None:
    async with talking_to() as (store, _):
        await store.put("a.ts", growing(2, pause=0.8), SEGMENT)


async def test_a_refusal_before_a_growing_body_has_ended_is_understood() -> None:
    async with talking_to(refuse_unread(403, "AccessDenied", "new row violates row-level security policy")) as (
        store,
        server,
    ):
        with pytest.raises(StorageRefused):
            await store.put("a.ts", growing(), SEGMENT)
        await store.put("a.ts", growing(), SEGMENT)
    assert [request.connection for request in server.requests] == [1, 2]


async def refuse_and_close(exchange: Exchange) -> None:
    """The refusal may be lost with the connection: what is unread when it closes takes the answer along (TCP)."""
    await exchange.reply_json(400, {"statusCode": "500", "error": "Internal", "message": "", "code": "InternalError"})
    exchange.close()


@pytest.mark.parametrize("act", [hang, lose_reply, reset_mid_body, refuse_and_close])
async def test_a_growing_body_meets_every_bad_end_in_time(act: Act) -> None:
    async with talking_to(act) as (store, _):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable):
            await store.put("a.ts", growing(), SEGMENT)
        assert time.monotonic() - began < 3


async def test_a_page_that_says_yes_to_a_growing_body_is_not_believed() -> None:
    async with talking_to(answer(200, b"welcome", content_type="text/plain")) as (store, _):
        with pytest.raises(StorageUnavailable):
            await store.put("a.ts", growing(), SEGMENT)


# Connections


async def test_a_refused_upload_does_not_hang_the_next_request() -> None:
    async with talking_to(refuse_unread(403, "AccessDenied", "new row violates row-level security policy")) as (
        store,
        server,
    ):
        with pytest.raises(StorageRefused):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert [request.connection for request in server.requests] == [1, 2]


async def test_a_refused_upload_leaves_those_under_way_alone() -> None:
    released = asyncio.Event()
    async with (
        talking_to(after(released, accept), refuse_unread(403, "AccessDenied", "no")) as (store, server),
        asyncio.TaskGroup() as group,
    ):
        under_way = group.create_task(store.put("first.ts", SEGMENT_BODY, SEGMENT))
        await server.arrival(1)
        with pytest.raises(StorageRefused):
            await store.put("second.ts", SEGMENT_BODY, SEGMENT)
        await store.put("third.ts", SEGMENT_BODY, SEGMENT)
        assert not under_way.done()
        released.set()
    assert [request.path.rsplit("/", 1)[1] for request in server.requests] == ["first.ts", "second.ts", "third.ts"]


async def test_an_object_that_is_missing_costs_no_connection() -> None:
    missing = refuse(404, "NoSuchKey", "Object not found", error="not_found")
    async with talking_to(missing) as (store, server):
        assert await store.get("a.ts") is None
        await store.get("b.ts")
    assert [request.connection for request in server.requests] == [1, 1]


async def test_a_cancelled_upload_does_not_disturb_the_next() -> None:
    async with talking_to(hang) as (store, _):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)


def test_a_store_on_this_machine_is_reached_past_the_proxy_of_the_environment() -> None:
    assert _proxied("http://127.0.0.1:8000") == _proxied("http://localhost:8000") == "None"
    assert _proxied("https://abc.supabase.co") == "http://proxy.example:3128"
    assert _proxied("http://inside.example") == "None"


def _proxied(url: str) -> str:
    program = f"import httpx; from uploader.storage.connections import _proxy; print(_proxy(httpx.URL({url!r})))"
    environment = {"HTTP_PROXY": "http://proxy.example:3128", "HTTPS_PROXY": "proxy.example:3128"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "NO_PROXY": "inside.example", **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


async def test_the_stores_clock_is_known_from_its_answers() -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(days=3), usegmt=True)
    async with talking_to(answer(200, {"Key": "streams/a.ts"}, date=then)) as (store, _):
        assert store.ahead() is None
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        assert store.ahead() == pytest.approx(3 * 86400, abs=60)
        assert await store.get("b.ts")  # an answer without a date
        assert store.ahead() is None


def test_the_stores_clock_goes_on_while_nothing_is_asked_and_the_boxs_is_set() -> None:
    heard = Heard("Sat, 21 Nov 2026 10:00:00 GMT", 100.0)
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert ahead(heard, Moment(100.0, noon)) == pytest.approx(7200, abs=1)
    assert ahead(heard, Moment(3700.0, noon)) == pytest.approx(3600, abs=1)
    assert ahead(heard, Moment(3700.0, noon - timedelta(days=1))) == pytest.approx(3600 - 86400, abs=1)
    assert ahead(Heard("yesterday", 0.0), Moment(0.0, noon)) is None
