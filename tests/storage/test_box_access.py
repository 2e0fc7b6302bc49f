"""A box that speaks as itself, and a bucket that is not for everybody."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.storage.scripted_store import BUCKET, Act, Exchange, ScriptedStore, accept, answer, refuse, scripted_store
from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.storage import PLAYLIST, SEGMENT
from uploader.storage.supabase import SupabaseStore, supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sb_publishable_0123456789"
NO_BUCKET = refuse(404, "NoSuchBucket", "Bucket not found")


@dataclass(slots=True)
class Passport:
    """An Identity whose token the test changes."""

    value: str = "eyJ.first.token"
    trouble: StorageError | None = None
    rejections: int = 0

    key: str = KEY
    another: asyncio.Event = field(default_factory=asyncio.Event)

    async def token(self) -> str:
        if self.trouble is not None:
            raise self.trouble
        return self.value

    def rejected(self) -> None:
        self.rejections += 1

    async def replaced(self) -> None:
        await self.another.wait()


@asynccontextmanager
async def speaking_as(
    passport: Passport, *script: Act, private: bool = False
) -> AsyncIterator[tuple[SupabaseStore, ScriptedStore]]:
    async with (
        scripted_store(*script, then=accept) as server,
        supabase_store(url=server.url, bucket="streams", identity=passport, private=private) as store,
    ):
        yield store, server


async def test_every_request_carries_the_token_of_that_moment() -> None:
    passport = Passport()
    async with speaking_as(passport) as (store, server):
        await store.put("location_1/cam/a.ts", b"G", SEGMENT)
        passport.value = "eyJ.second.token"
        await store.get("location_1/cam/stream.m3u8")
        await store.list("location_1/cam")
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer eyJ.first.token",
        *["Bearer eyJ.second.token"] * 2,
    ]
    assert [request.headers.get("apikey") for request in server.requests] == [None, None, KEY]


@pytest.mark.parametrize(
    "trouble", [StorageUnavailable("Not signed in yet."), StorageRefused("The password is wrong.", status=400)]
)
async def test_without_a_token_nothing_is_sent_and_the_reason_is_told(trouble: StorageError) -> None:
    async with speaking_as(Passport(trouble=trouble)) as (store, server):
        with pytest.raises(type(trouble), match=trouble.what):
            await store.put("location_1/cam/stream.m3u8", b"#EXTM3U", PLAYLIST)
    assert server.requests == []


@pytest.mark.parametrize(
    ("act", "rejections"),
    [
        (refuse(403, "AccessDenied", '"exp" claim timestamp check failed'), 1),
        (refuse(403, "AccessDenied", "signature verification failed"), 1),
        (refuse(403, "AccessDenied", "new row violates row-level security policy"), 1),
        (answer(401, {"message": "Invalid API key"}), 1),
        (refuse(413, "EntityTooLarge", "too large"), 0),
        (refuse(500, "InternalError", "odd", http_status=500), 0),
    ],
)
async def test_a_token_that_is_not_accepted_is_doubted(act: Act, rejections: int) -> None:
    passport = Passport()
    async with speaking_as(passport, act, act) as (store, _):
        with pytest.raises(StorageError):
            await store.put("location_1/cam/stream.m3u8", b"#EXTM3U", PLAYLIST)
    assert passport.rejections == rejections


@pytest.mark.parametrize("private", [True, False])
async def test_a_bucket_that_is_missing_is_made_as_it_should_be(private: bool) -> None:
    bodies: list[bytes] = []

    async def make(exchange: Exchange) -> None:
        bodies.append(await exchange.body())
        await exchange.reply_json(200, {"name": "streams"})

    async with speaking_as(Passport(), NO_BUCKET, make, private=private) as (store, _):
        await store.prepare()
    assert (b'"public":false' in bodies[0].replace(b" ", b"")) is private


@pytest.mark.parametrize(
    ("private", "public", "words"),
    [(True, False, None), (False, True, None), (True, True, "is public, but"), (False, False, "is private")],
)
async def test_a_bucket_must_be_what_it_is_said_to_be(private: bool, public: bool, words: str | None) -> None:
    async with speaking_as(Passport(), answer(200, {**BUCKET, "public": public}), private=private) as (store, _):
        if words is None:
            await store.prepare()
        else:
            with pytest.raises(StorageRefused, match=words):
                await store.prepare()


async def test_in_a_private_bucket_viewers_take_the_route_with_a_token() -> None:
    async with speaking_as(Passport(), private=True) as (store, server):
        assert store.public_url("location_1/cam/stream.m3u8") == (
            f"{server.url}/storage/v1/object/authenticated/streams/location_1/cam/stream.m3u8"
        )
