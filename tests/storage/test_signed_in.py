"""A box's user that signs in over a real socket."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.storage.auth_server import EMAIL, PASSWORD
from tests.storage.scripted_store import Exchange, answer, hang, lose_reply, scripted_store
from uploader.configuration.environment import Supabase
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage.credentials import signed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.storage.identity import Identity

KEY = "sb_publishable_0123456789"

SESSION = {"access_token": "eyJ.access.1", "refresh_token": "refresh-1", "expires_in": 3600}


@pytest.mark.parametrize(
    ("supabase", "warned"),
    [
        (Supabase("http://127.0.0.1:9", "sb_secret_0123456789"), False),
        (Supabase("http://127.0.0.1:9", "sb_secret_0123456789", "eyJ.a.b"), True),
        (Supabase("http://127.0.0.1:9", KEY, "eyJ.a.b"), False),
    ],
)
async def test_a_key_that_may_do_everything_is_not_wanted_beside_a_token(
    supabase: Supabase, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with signed_in(supabase, "location_1") as identity:
        assert await identity.token() == (supabase.access_token or supabase.key)
    assert ("may do everything" in caplog.text) is warned
    assert "sb_secret" not in caplog.text


@asynccontextmanager
async def box_at(url: str) -> AsyncIterator[Identity]:
    async with signed_in(Supabase(url, KEY, email=EMAIL, password=PASSWORD), "location_1") as identity:
        yield identity


async def test_it_signs_in_where_supabase_auth_is() -> None:
    bodies: list[object] = []

    async def take(exchange: Exchange) -> None:
        bodies.append(json.loads(await exchange.body()))
        await exchange.reply_json(200, SESSION)

    async with scripted_store(then=take) as server, box_at(server.url) as identity:
        assert await identity.token() == "eyJ.access.1"
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/auth/v1/token?grant_type=password")
    assert request.headers["apikey"] == KEY
    assert "authorization" not in request.headers
    assert bodies == [{"email": EMAIL, "password": PASSWORD}]


async def test_a_refusal_reaches_whoever_needs_a_token() -> None:
    refusal = answer(400, {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"})
    async with scripted_store(then=refusal) as server, box_at(server.url) as identity:
        with pytest.raises(StorageRefused, match="Check SUPABASE_EMAIL and SUPABASE_PASSWORD"):
            await identity.token()


async def test_a_connection_that_breaks_is_tried_again() -> None:
    async with scripted_store(lose_reply, then=answer(200, SESSION)) as server, box_at(server.url) as identity:
        with pytest.raises(StorageUnavailable):
            await identity.token()
        await server.arrival(2)
        async with asyncio.timeout(5):
            while True:
                try:
                    assert await identity.token() == "eyJ.access.1"
                    break
                except StorageUnavailable:
                    await asyncio.sleep(0.01)


async def test_a_login_page_of_the_network_is_no_sign_in() -> None:
    page = answer(200, b"<html>Welcome to the shop's network", content_type="text/html")
    async with scripted_store(then=page) as server, box_at(server.url) as identity:
        with pytest.raises(StorageUnavailable, match="Something other than Supabase"):
            await identity.token()


async def test_no_error_shows_the_password(caplog: pytest.LogCaptureFixture) -> None:
    echo = answer(400, {"msg": f"odd: {PASSWORD} {KEY} box-1"})
    with caplog.at_level(logging.DEBUG):
        async with scripted_store(then=echo) as server, box_at(server.url) as identity:
            with pytest.raises(StorageRefused) as raised:
                await identity.token()
    assert "odd: *** *** box-1" in str(raised.value)
    assert PASSWORD not in caplog.text


async def test_a_server_that_hangs_does_not_keep_the_worker_from_ending() -> None:
    async with scripted_store(then=hang) as server, asyncio.timeout(4), box_at(server.url):  # an answer has 5 s
        await server.arrival(1)
