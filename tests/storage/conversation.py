"""A client of Supabase Storage, and the scripted store it talks to."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from tests.storage.scripted_store import Act, ScriptedStore, accept, scripted_store
from uploader.storage import SEGMENT
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import SupabaseStore, supabase_store

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


CALLS: dict[str, Callable[[SupabaseStore], Awaitable[object]]] = {
    "prepare": lambda store: store.prepare(),
    "put": lambda store: store.put("a.ts", SEGMENT_BODY, SEGMENT),
    "get": lambda store: store.get("a.ts"),
    "list": lambda store: store.list("a"),
    "folders": lambda store: store.folders("a"),
    "remove": lambda store: store.remove(["a.ts"]),
}


async def growing(pieces: int = 20, pause: float = 0.02) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield SEGMENT_BODY[:10_000]
        await asyncio.sleep(pause)
