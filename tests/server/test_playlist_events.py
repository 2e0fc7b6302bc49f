"""What is stored is told to pages on this box at once, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette

from uploader.reporting.feed import WAITING, Event, Feed
from uploader.server.app import create_app
from uploader.server.playlist_events import STREAMS, PlaylistEvents
from uploader.server.serving import listen, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATH = "/api/cameras/cam_floor/playlist/events"


@asynccontextmanager
async def worker(feed: Feed, *, public: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    listener = listen(0)
    feeds = {"cam_floor": feed}.get
    app = create_app(tuple, (), "http://127.0.0.1", feeds=feeds, public=public)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(app, listener), httpx.AsyncClient(base_url=address, timeout=5) as client:
        yield client


async def heard(response: httpx.Response, count: int) -> list[tuple[str, dict[str, str]]]:
    """The next so many events."""
    events: list[tuple[str, dict[str, str]]] = []
    kind = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            events.append((kind, json.loads(value)))
        if len(events) == count:
            break
    return events


async def test_a_page_hears_the_newest_playlist_first_and_then_all_that_is_stored() -> None:
    feed = Feed()
    feed.playlist("#EXTM3U\nold\n")
    feed.playlist("#EXTM3U\nnew\n")
    async with worker(feed) as client, client.stream("GET", PATH) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        feed.part("segment_000001_5a1f00c3.ts")
        assert await heard(response, 2) == [
            ("playlist", {"text": "#EXTM3U\nnew\n"}),
            ("part", {"uri": "segment_000001_5a1f00c3.ts"}),
        ]


async def test_a_page_that_leaves_makes_room_for_another() -> None:
    async with worker(Feed()) as client:
        for _ in range(3 * STREAMS):
            await until_accepted(client)


async def until_accepted(client: httpx.AsyncClient) -> None:
    """Listen for a moment; the page before may still be on its way out."""
    async with asyncio.timeout(10):
        while True:
            async with client.stream("GET", PATH) as response:
                if response.status_code == 200:
                    return
            await asyncio.sleep(0.01)


async def test_streams_never_take_all_the_connections_that_a_browser_has_for_this_box() -> None:
    async with worker(Feed()) as client, AsyncExitStack() as pages:
        for _ in range(STREAMS):
            response = await pages.enter_async_context(client.stream("GET", PATH))
            assert response.status_code == 200
        assert (await client.get(PATH)).status_code == 503
        assert (await client.get("/healthz")).status_code == 200


async def test_there_is_nothing_to_hear_of_a_camera_that_is_not_there() -> None:
    async with worker(Feed()) as client:
        assert (await client.get("/api/cameras/other/playlist/events")).status_code == 404


async def test_a_page_from_elsewhere_hears_what_anybody_may_read_and_nothing_else() -> None:
    headers = {"origin": "http://localhost:5173"}
    asking = {**headers, "access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    for public, allowed in ((True, "*"), (False, None)):
        feed = Feed()
        async with worker(feed, public=public) as client:
            async with client.stream("GET", PATH, headers=headers) as response:
                assert response.headers.get("access-control-allow-origin") == allowed
            preflight = await client.options(PATH, headers=asking)
            assert (preflight.status_code == 200) is public


async def test_a_connection_with_nothing_to_say_shows_that_it_lives() -> None:
    events = PlaylistEvents({"cam_floor": Feed()}.get, heartbeat=0.01, public=True)
    listener = listen(0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        serving(Starlette(routes=[events.route]), listener),
        httpx.AsyncClient(base_url=address, timeout=5) as client,
        client.stream("GET", PATH) as response,
    ):
        lines = aiter(response.aiter_lines())
        assert [await anext(lines) for _ in range(6)] == ["retry: 2000", "", ":", "", ":", ""]


async def test_who_listens_to_a_camera_that_starts_again_or_is_gone_is_let_go() -> None:
    feed = Feed()
    feed.playlist("#EXTM3U\n")
    async with worker(feed) as client:
        async with client.stream("GET", PATH) as response:
            feed.end()
            assert await heard(response, 2) == [("playlist", {"text": "#EXTM3U\n"})]
        # And who comes before the next feed is there.
        assert "#EXTM3U" in (await client.get(PATH)).text


async def test_whoever_takes_nothing_is_let_go_and_holds_nobody_up() -> None:
    feed = Feed()
    with feed.listening() as slow, feed.listening() as quick:
        for number in range(3 * WAITING):
            feed.part(str(number))
            assert await quick.get() == Event("part", str(number))
        got = [slow.get_nowait() for _ in range(slow.qsize())]
    assert len(got) == WAITING + 1
    assert got[-1] is None
