"""What the worker's own HTTP answers to those who mean it ill, over real sockets."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from uploader.reporting.feed import Feed
from uploader.server.access import Access
from uploader.server.app import create_app
from uploader.server.serving import CONNECTIONS, listen, serving
from uploader.server.wrong_tokens import TRIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request


@asynccontextmanager
async def worker(feed: Feed | None = None) -> AsyncIterator[httpx.AsyncClient]:
    listener = listen(0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(lambda: [{"id": "cam_floor", "state": "live"}], (), "http://127.0.0.1", feeds=lambda _: feed)
    async with serving(app, listener), httpx.AsyncClient(base_url=address, timeout=5) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/assets/../../app.py", "/assets/%2e%2e/%2e%2e/app.py", "/assets//etc/passwd"]
)
async def test_row_54_no_path_leads_out_of_the_pages(path: str) -> None:
    async with worker() as client:
        request = client.build_request("GET", "/")
        # As it is: a client of good will would tidy the path up before sending it.
        request.url = request.url.copy_with(raw_path=path.encode())
        assert (await client.send(request)).status_code in (400, 404)


async def test_row_54_a_page_elsewhere_cannot_reach_the_worker_under_a_name_of_its_own() -> None:
    async with worker() as client:
        assert (await client.get("/api/cameras", headers={"host": "evil.example"})).status_code == 400
        assert (await client.get("/api/cameras")).json()["cameras"][0]["id"] == "cam_floor"


@pytest.mark.parametrize("path", ["/", "/api/cameras", "/api/cameras/cam_floor", "/healthz"])
async def test_row_54_what_is_there_to_be_read_cannot_be_written(path: str) -> None:
    async with worker() as client:
        assert (await client.post(path, content=b"x" * 1000)).status_code == 405


async def test_behind_a_proxy_of_this_box_those_who_guess_are_told_apart() -> None:
    listener = listen(0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(tuple, (), "'self'", access=Access("0123456789abcdef"))
    async with serving(app, listener), httpx.AsyncClient(base_url=address, timeout=5) as client:

        async def status(token: str, forwarded: str) -> int:
            headers = {"authorization": f"Bearer {token}", "x-forwarded-for": forwarded}
            return (await client.get("/api/cameras", headers=headers)).status_code

        assert {await status(f"guess-{number}", "203.0.113.7") for number in range(TRIES)} == {401}
        assert await status("0123456789abcdef", "203.0.113.7") == 429
        assert await status("0123456789abcdef", "203.0.113.8") == 200
        # Only the last of them is what the proxy saw itself.
        assert await status("0123456789abcdef", "203.0.113.8, 203.0.113.7") == 429


async def test_behind_a_proxy_with_https_the_stream_is_where_the_proxy_is() -> None:
    listener = listen(0)
    own = f"http://127.0.0.1:{listener.getsockname()[1]}"
    cameras: list[dict[str, object]] = [
        {"id": "cam_floor", "stream_url": f"{own}/storage/v1/a.m3u8", "status_url": f"{own}0/else"}
    ]
    app = create_app(lambda: cameras, (), "'self'", access=Access("0123456789abcdef"), address=own)
    headers = {"authorization": "Bearer 0123456789abcdef", "host": "shop.example", "x-forwarded-proto": "https"}
    async with serving(app, listener), httpx.AsyncClient(base_url=own, timeout=5) as client:
        camera = (await client.get("/api/cameras", headers=headers)).json()["cameras"][0]
    assert camera["stream_url"] == "https://shop.example/storage/v1/a.m3u8"
    assert camera["status_url"] == f"{own}0/else", "what is elsewhere stays there"


async def test_who_reads_slowly_keeps_nobody_from_ending_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def large(request: Request) -> Response:
        return Response(bytes(50_000_000))

    listener = listen(0)
    async with serving(Starlette(routes=[Route("/", large)]), listener):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    writer.close()
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_row_54_a_crowd_of_callers_who_say_nothing_leaves_the_worker_answering() -> None:
    async with worker() as client, crowd(client) as silent:
        assert (await client.get("/healthz")).text == "ok\n"
        # Each would be an open file of the worker's: those who came first have to go.
        async with asyncio.timeout(10):
            while sum(not caller.at_eof() for caller in silent) > CONNECTIONS:  # noqa: ASYNC110  (no event tells)
                await asyncio.sleep(0.01)
        assert silent[0].at_eof()
        assert not silent[-1].at_eof()


async def test_row_54_a_crowd_drives_nobody_out_who_waits_for_an_answer() -> None:
    feed = Feed()
    path = "/api/cameras/cam_floor/playlist/events"
    async with worker(feed) as client, client.stream("GET", path) as heard, crowd(client) as silent:
        assert await asyncio.wait_for(silent[0].read(), 10) == b""
        feed.part("segment_000001_5a1f00c3.ts")
        async with asyncio.timeout(10):
            lines = aiter(heard.aiter_lines())
            while "5a1f00c3" not in await anext(lines):
                pass


@asynccontextmanager
async def crowd(client: httpx.AsyncClient) -> AsyncIterator[list[asyncio.StreamReader]]:
    """More callers than the worker listens to, one after the other, who say nothing."""
    address = (str(client.base_url.host), client.base_url.port)
    silent = [await asyncio.open_connection(*address) for _ in range(CONNECTIONS + 100)]
    try:
        yield [reader for reader, _ in silent]
    finally:
        for _, writer in silent:
            writer.close()
