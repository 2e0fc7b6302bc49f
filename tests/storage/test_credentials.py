"""A key that is replaced while everything runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.storage.scripted_store import Act, Exchange, ScriptedStore, accept, answer, hang, refuse, scripted_store
from uploader.configuration.cameras import Camera
from uploader.configuration.environment import Supabase
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import State
from uploader.segments.segment import FinishedSegment
from uploader.storage import SEGMENT
from uploader.storage.credentials import Credentials, signed_in
from uploader.storage.supabase import SupabaseStore, supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.reporting.status import Condition

OLD, NEW = "sb_publishable_old", "sb_publishable_new"
EMAIL, PASSWORD = "box-1@boxes.example", "correct horse"
WRONG_KEY = refuse(403, "AccessDenied", "signature verification failed")
FOLDER = "location_1/cam_floor"


async def only_the_new_key(exchange: Exchange) -> None:
    """A project whose old key was taken back; nothing is in its bucket."""
    if exchange.headers.get("apikey") == OLD:
        await WRONG_KEY(exchange)
    elif exchange.path.startswith("/auth/"):
        await answer(200, {"access_token": "eyJ.of.user", "refresh_token": "r", "expires_in": 3600})(exchange)
    elif exchange.method == "GET" and "/object/" in exchange.path:
        await refuse(404, "NoSuchKey", "Object not found")(exchange)
    else:
        await accept(exchange)


@asynccontextmanager
async def box(*script: Act, then: Act) -> AsyncIterator[tuple[Credentials, SupabaseStore, ScriptedStore]]:
    """A box that speaks with the old key."""
    async with (
        scripted_store(*script, then=then) as server,
        signed_in(Supabase(server.url, OLD), "location_1") as credentials,
        supabase_store(url=server.url, bucket="streams", identity=credentials) as store,
    ):
        yield credentials, store, server


@pytest.mark.parametrize(
    ("change", "token"),
    [
        (Supabase("", NEW), NEW),
        (Supabase("", NEW, "eyJ.box.token"), "eyJ.box.token"),
        (Supabase("", NEW, email=EMAIL, password=PASSWORD), "eyJ.of.user"),
    ],
    ids=["a key", "a token", "a user"],
)
async def test_the_next_request_carries_whatever_was_brought(change: Supabase, token: str) -> None:
    async with box(then=only_the_new_key) as (credentials, store, server):
        with pytest.raises(StorageRefused):
            await store.put("location_1/cam/a.ts", b"G", SEGMENT)
        credentials.replace(replace(change, url=server.url))
        await store.put("location_1/cam/a.ts", b"G", SEGMENT)
    sent = server.requests[-1].headers
    assert (sent.get("apikey", NEW), sent["authorization"]) == (NEW, f"Bearer {token}")


async def test_a_user_that_was_replaced_signs_in_no_more() -> None:
    async with scripted_store(then=only_the_new_key) as server:
        first = Supabase(server.url, NEW, email=EMAIL, password="first")
        async with signed_in(first, "location_1") as credentials:
            await credentials.token()
            credentials.replace(Supabase(server.url, NEW, email=EMAIL, password="second"))
            assert await credentials.token() == "eyJ.of.user"
            # Gone from one user to the next and to none, faster than anybody signs in.
            credentials.replace(Supabase(server.url, NEW, email=EMAIL, password="third"))
            credentials.replace(Supabase(server.url, NEW))
            assert await credentials.token() == NEW
        bodies = [request.path for request in server.requests]
    assert bodies == ["/auth/v1/token?grant_type=password"] * 2


async def test_whoever_waits_for_a_sign_in_that_is_replaced_is_not_left_waiting() -> None:
    async with scripted_store(hang, then=only_the_new_key) as server:
        first = Supabase(server.url, NEW, email=EMAIL, password="first")
        async with (
            signed_in(first, "location_1") as credentials,
            supabase_store(url=server.url, bucket="streams", identity=credentials) as store,
        ):
            putting = asyncio.create_task(store.put("location_1/cam/a.ts", b"G", SEGMENT))
            await server.arrival(1)
            credentials.replace(Supabase(server.url, NEW, email=EMAIL, password="second"))
            with pytest.raises(StorageUnavailable, match="was replaced"):
                await asyncio.wait_for(putting, 4)  # an answer to the first has 5 s
            await store.put("location_1/cam/a.ts", b"G", SEGMENT)


async def test_a_refusal_of_a_key_that_was_replaced_meanwhile_is_worth_another_try() -> None:
    async def replaced_meanwhile(exchange: Exchange) -> None:
        credentials.replace(Supabase(server.url, NEW))
        await WRONG_KEY(exchange)

    async with box(replaced_meanwhile, then=only_the_new_key) as (credentials, store, server):
        with pytest.raises(StorageUnavailable, match="was replaced"):
            await store.put("location_1/cam/a.ts", b"G", SEGMENT)
        await store.put("location_1/cam/a.ts", b"G", SEGMENT)


async def test_no_credential_is_ever_shown() -> None:
    credentials = Credentials(Supabase("http://127.0.0.1:9", OLD, "eyJ.box.token"), "location_1")
    credentials.replace(Supabase("http://127.0.0.1:9", NEW, email=EMAIL, password=PASSWORD))
    shown = f"{credentials!r} {vars(credentials)!r}"
    assert not any(secret in shown for secret in (OLD, NEW, "eyJ", PASSWORD))


class Listened(Reporter):
    """Tells a test when uploading does not work."""

    complained = asyncio.Event()

    def upload(self, trouble: Condition | None) -> None:
        super().upload(trouble)
        if trouble is not None and trouble.state is State.NOT_UPLOADING:
            self.complained.set()


async def test_row_30_a_new_key_is_used_within_seconds_and_ffmpeg_never_knows() -> None:
    async with box(then=only_the_new_key) as (credentials, store, server):
        camera = Camera(id="cam_floor", name="Floor Camera", rtsp_url="testsrc://")
        reporter = Listened(camera, FOLDER, store, lambda: datetime.now(UTC))
        publisher = Publisher(store, FOLDER, camera.settings, reporter)
        publishing = asyncio.create_task(publisher.run())
        await asyncio.wait_for(reporter.complained.wait(), 5)
        clock = asyncio.get_running_loop().time
        publisher.offer(FinishedSegment(b"G" * 188, 2.0, datetime.now(UTC), clock(), discontinuity=True))
        replaced = clock()
        credentials.replace(Supabase(server.url, NEW))
        async with asyncio.timeout(5):
            while not any(path.endswith("stream.m3u8") and method == "POST" for method, path in server.arrivals):
                await server.arrival(len(server.requests) + 1)
        assert clock() - replaced < 5
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
