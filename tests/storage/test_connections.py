"""Which connections are used again, which are given up, and which go through a proxy."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.conversation import SEGMENT_BODY, talking_to
from tests.storage.live_store import embedded_store
from tests.storage.scripted_store import accept, after, hang, refuse, refuse_unread
from uploader.errors import StorageRefused
from uploader.storage import SEGMENT


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with talking_to() as (store, server):
        for _ in range(3):
            await store.put("a.ts", SEGMENT_BODY, SEGMENT)
    assert {request.connection for request in server.requests} == {1}


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
    program = f"import httpx; from uploader.storage.connections import proxy_for; print(proxy_for(httpx.URL({url!r})))"
    proxies = {"HTTP_PROXY": "http://proxy.example:3128", "HTTPS_PROXY": "proxy.example:3128"}
    return _said(program, NO_PROXY="inside.example", **proxies)


LOOKING = """
import asyncio, sys
from contextlib import suppress
from uploader.check import box, bucket
from uploader.configuration.environment import Environment, Supabase
from uploader.publishing import readback

async def readback_watches(url, key):
    with suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await readback.watch(f"{url}/stream.m3u8", lambda: None, print, period=0.01)
    return "done"

async def check_reads_the_clock(url, key):
    return "done" if await box.ahead_of(url) is not None else "no date"

async def check_reads_the_bucket(url, key):
    async with bucket.opened(Environment(Supabase(url, key))) as opened:
        await opened.prepare()
        return "done" if (await opened.round_trip("location_1")).intact else "something else"

print(asyncio.run(globals()[sys.argv[1]](*sys.argv[2:])))
"""


@pytest.mark.parametrize("who", ["readback_watches", "check_reads_the_clock", "check_reads_the_bucket"])
def test_a_proxy_of_another_kind_in_the_environment_keeps_nobody_from_reading(who: str, tmp_path: Path) -> None:
    with embedded_store(tmp_path) as access:
        assert _said(LOOKING, who, access.url, access.key, ALL_PROXY="socks5://127.0.0.1:9") == "done"


def _said(program: str, *arguments: str, **environment: str) -> str:
    """What a program prints that runs in this environment."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
