"""Bodies that are still being made while they are sent, to stores that misbehave."""

from __future__ import annotations

import time

import pytest

from tests.storage.conversation import KEY, growing, talking_to
from tests.storage.scripted_store import Act, Exchange, answer, hang, lose_reply, refuse_unread, reset_mid_body
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage import SEGMENT


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
        assert time.monotonic() - began < 4.5  # 0.4 s for the body; the client's own limit would be 5 s more


async def test_a_page_that_says_yes_to_a_growing_body_is_not_believed() -> None:
    async with talking_to(answer(200, b"welcome", content_type="text/plain")) as (store, _):
        with pytest.raises(StorageUnavailable):
            await store.put("a.ts", growing(), SEGMENT)
