"""The client against stores and networks that misbehave."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from tests.storage.conversation import CALLS, KEY, QUICK, SEGMENT_BODY, talking_to
from tests.storage.scripted_store import (
    Act,
    Exchange,
    answer,
    hang,
    lose_reply,
    refuse,
    reset_mid_body,
    scripted_store,
)
from uploader.errors import InputError, StorageRefused, StorageUnavailable
from uploader.storage import SEGMENT
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import SupabaseStore, supabase_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
@pytest.mark.parametrize(
    "body", [b"", b"OK", b"\xff\xfe", b"[1]", b'"words"', b"7", b"[" * 100_000], ids=lambda body: repr(body[:8])
)
async def test_row_29_an_answer_that_makes_no_sense_is_not_taken_for_success(name: str, body: bytes) -> None:
    async with talking_to(answer(200, body)) as (store, _):
        with pytest.raises(StorageUnavailable, match="Something other than Supabase Storage"):
            await CALLS[name](store)


async def test_a_listing_with_a_size_that_is_none_is_not_of_the_store() -> None:
    row = {"name": "a.ts", "id": "1", "metadata": {"size": "many"}}
    async with talking_to(answer(200, [row])) as (store, _):
        with pytest.raises(StorageUnavailable, match="Something other than Supabase Storage"):
            await store.list("location_1/cam")


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
        assert 0.4 < time.monotonic() - started < 4  # the client's own limit would be 5 s


async def test_a_store_that_stops_taking_the_body_is_given_up_in_time() -> None:
    async def stop_reading(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    async with talking_to(stop_reading, receive_buffer=16384) as (store, _):
        started = time.monotonic()
        with pytest.raises(StorageUnavailable, match="uplink stands still"):
            await store.put("a.ts", b"x" * 5_000_000, SEGMENT)
        assert 0.4 < time.monotonic() - started < 4


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
