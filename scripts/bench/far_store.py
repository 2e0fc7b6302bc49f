"""The embedded store as if it were far away and busy: every request takes its time, and is counted by kind."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A store's own time for reading an object, in seconds.
GET_TIME = 0.005


@dataclass(slots=True)
class Counts:
    """Requests by kind; and the paths of media objects as they are stored, for somebody who looks into them."""

    requests: Counter[str] = field(default_factory=Counter)
    media: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(10_000))


class FarStore:
    """`put_time` (s) passes between the last byte of an object and its being stored."""

    def __init__(self, app: ASGIApp, put_time: float, counts: Counts) -> None:
        self._app = app
        self._put_time = put_time
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_put = scope["method"] in ("POST", "PUT")

        async def taking_time() -> Message:
            message = await receive()
            if is_put and message["type"] == "http.request" and not message.get("more_body"):
                await asyncio.sleep(self._put_time)
            return message

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"])
            await send(message)

        if scope["method"] == "GET":
            await asyncio.sleep(GET_TIME)
        await self._app(scope, taking_time, counting)

    def _count(self, scope: Scope, status: int) -> None:
        kind = kind_of(scope["method"], scope["path"], status)
        self._counts.requests[kind] += 1
        if kind == "PUT media":
            self._counts.media.put_nowait(scope["path"].partition("/object/streams/")[2])


def kind_of(method: str, path: str, status: int) -> str:
    """What a request is about, and whether it was in vain."""
    if method not in ("GET", "POST", "PUT"):
        return "other"
    thing = {"m3u8": "playlist", "ts": "media", "json": "status"}.get(path.rpartition(".")[2])
    if thing is None:
        return "other"
    verb = "GET" if method == "GET" else "PUT"
    return f"{verb} {thing}" if status < 400 else f"{verb} {thing} in vain"
