"""As whom the box speaks: signed in, and staying so, whatever the network does."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.storage.auth_server import EMAIL, PASSWORD, AuthServer
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage.identity import Account, GivenToken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sb_publishable_0123456789"


@asynccontextmanager
async def account(server: AuthServer, password: str = PASSWORD) -> AsyncIterator[Account]:
    account = Account(lambda: nullcontext(server), KEY, EMAIL, password, "location_1")
    task = asyncio.create_task(account.run())
    try:
        yield account
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_given_token_stays_what_it_is() -> None:
    async def story() -> None:
        identity = GivenToken(KEY, "eyJ.a.b")
        identity.rejected()
        assert await identity.token() == "eyJ.a.b"
        assert "eyJ" not in repr(identity)

    run(story())


def test_whoever_asks_first_waits_for_the_sign_in() -> None:
    async def story() -> None:
        server = AuthServer(delay=2.0)
        async with account(server) as box:
            assert server.accepts(await box.token())
            assert asyncio.get_running_loop().time() == 2.0

    run(story())


def test_the_token_is_good_at_any_time_of_a_week_and_renewed_once_an_hour_at_most() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        async with account(server) as box:
            for _ in range(7 * 24 * 60):
                assert server.accepts(await box.token())
                await asyncio.sleep(60)
        return server

    server = run(story())
    assert server.grants[0] == "password"
    assert set(server.grants[1:]) == {"refresh_token"}
    assert len(server.grants) <= 7 * 24 * 4 / 3 + 1


def test_a_short_life_is_no_reason_to_hurry() -> None:
    async def story() -> AuthServer:
        server = AuthServer(lifetime=1.0)
        async with account(server):
            await asyncio.sleep(600)
        return server

    assert len(run(story()).requests) <= 600 / 30 + 1


def test_an_outage_shorter_than_the_tokens_life_is_not_noticed() -> None:
    async def story() -> None:
        server = AuthServer()
        async with account(server) as box:
            await box.token()
            await asyncio.sleep(2600)
            server.reachable = False
            await asyncio.sleep(900)
            assert server.accepts(await box.token())
            server.reachable = True
            await asyncio.sleep(200)
            assert server.accepts(await box.token())

    run(story())


def test_the_sign_in_is_back_seconds_after_the_network() -> None:
    async def story() -> None:
        server = AuthServer(reachable=False)
        async with account(server) as box:
            for _ in range(100):
                with pytest.raises(StorageUnavailable, match="Nothing answers"):
                    await box.token()
                await asyncio.sleep(60)
            server.reachable = True
            await asyncio.sleep(5)
            assert server.accepts(await box.token())

    run(story())


def test_a_pause_that_was_asked_for_is_kept() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        server.failures.append(StorageUnavailable("Too many requests.", retry_after=40.0))
        async with account(server):
            await asyncio.sleep(60)
        return server

    (first, _), (second, _) = run(story()).requests
    assert second - first >= 40.0


def test_a_wrong_password_is_told_and_tried_again_once_a_minute() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        async with account(server, "wrong") as box:
            for _ in range(10):
                with pytest.raises(StorageRefused, match="does not know"):
                    await box.token()
                await asyncio.sleep(60)
        return server

    assert 10 <= len(run(story()).requests) <= 11


def test_a_user_that_is_made_later_gets_in_by_itself() -> None:
    async def story() -> None:
        server = AuthServer(user_exists=False)
        async with account(server) as box:
            with pytest.raises(StorageRefused):
                await box.token()
            server.user_exists = True
            await asyncio.sleep(61)
            assert server.accepts(await box.token())

    run(story())


def test_a_refresh_whose_answer_was_lost_ends_in_a_new_sign_in() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        async with account(server) as box:
            await box.token()
            server.lost = 1
            await asyncio.sleep(3000)
            assert server.accepts(await box.token())
        return server

    assert run(story()).grants == ["password", "refresh_token", "refresh_token", "password"]


def test_a_user_that_was_deleted_is_out_when_the_token_ends() -> None:
    async def story() -> None:
        server = AuthServer()
        async with account(server) as box:
            await box.token()
            server.user_exists = False
            await asyncio.sleep(3500)
            await box.token()
            await asyncio.sleep(101)
            with pytest.raises(StorageRefused, match="does not know"):
                await box.token()

    run(story())


def test_a_refresh_that_was_refused_is_not_tried_again() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        async with account(server) as box:
            await box.token()
            server.user_exists = False
            await asyncio.sleep(2700 + 4 * 60)
        return server

    grants = run(story()).grants
    assert grants[:2] == ["password", "refresh_token"]
    assert set(grants[2:]) == {"password"}
    assert len(grants) > 4


def test_trouble_that_is_over_is_not_told_any_more() -> None:
    async def story() -> None:
        server = AuthServer(lifetime=1.0)
        server.failures.append(StorageUnavailable("Nothing answers."))
        async with account(server) as box:
            await asyncio.sleep(20)
            assert await box.token() == "access-2"

    run(story())


def test_a_token_that_is_rejected_is_renewed() -> None:
    async def story() -> None:
        server = AuthServer()
        async with account(server) as box:
            await box.token()
            await asyncio.sleep(600)
            server.end_sessions()
            assert not server.accepts(await box.token())
            box.rejected()
            await asyncio.sleep(1)
            assert server.accepts(await box.token())

    run(story())


def test_a_new_token_that_is_rejected_all_the_time_is_not_renewed_all_the_time() -> None:
    async def story() -> AuthServer:
        server = AuthServer()
        async with account(server) as box:
            for _ in range(600):
                await box.token()
                box.rejected()
                await asyncio.sleep(1)
        return server

    assert len(run(story()).requests) <= 11


def test_errors_that_are_told_again_and_again_do_not_grow() -> None:
    async def story() -> StorageRefused:
        async with account(AuthServer(user_exists=False)) as box:
            for _ in range(20):
                with pytest.raises(StorageRefused) as raised:
                    await box.token()
        return raised.value

    frames, traceback = 0, run(story()).__traceback__
    while traceback is not None:
        frames, traceback = frames + 1, traceback.tb_next
    assert frames < 5


@pytest.mark.parametrize(
    ("location", "warned"), [("location_1", None), ("location_2", "location location_2,"), (None, "location (none),")]
)
def test_a_user_of_another_location_is_named_once(
    location: str | None, warned: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with account(AuthServer(location=location)):
            await asyncio.sleep(20_000)

    with caplog.at_level(logging.INFO):
        run(story())
    assert [record.message for record in caplog.records if record.levelno == logging.INFO] == [
        f"Signed in to Supabase as {EMAIL}."
    ]
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == (warned is not None)
    assert all(
        warned is not None and warned in warning and "LOCATION_ID is location_1" in warning for warning in warnings
    )
