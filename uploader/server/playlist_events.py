"""A camera's feed as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse

from uploader.reporting.feed import TooManyListeners

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from starlette.requests import Request

    from uploader.reporting.feed import Event, Feed

# Seconds without anything to say, after which a comment shows that the connection lives.
HEARTBEAT = 10.0
# What a browser waits before it comes back, in milliseconds.
RETRY = b"retry: 2000\n\n"
_HEADERS = {"cache-control": "no-store"}


class PlaylistEvents:
    """The route; `feeds` gives a camera's feed by its id, None where there is no such camera."""

    def __init__(self, feeds: Callable[[str], Feed | None], heartbeat: float = HEARTBEAT) -> None:
        self._feeds = feeds
        self._heartbeat = heartbeat

    async def stream(self, request: Request) -> Response:
        """Answer with the feed, for as long as the page stays."""
        feed = self._feeds(request.path_params["id"])
        if feed is None:
            return JSONResponse({"error": "There is no such camera here."}, status_code=404, headers=_HEADERS)
        events = self._events(feed)
        try:
            first = await anext(events)
        except TooManyListeners:
            return JSONResponse({"error": "Too many listen already."}, status_code=503, headers=_HEADERS)
        return StreamingResponse(_after(first, events), media_type="text/event-stream", headers=_HEADERS)

    async def _events(self, feed: Feed) -> AsyncGenerator[bytes, None]:
        with feed.listening() as queue:
            yield RETRY
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        event = await queue.get()
                except TimeoutError:
                    yield b":\n\n"
                    continue
                if event is None:
                    return
                yield message(event)


async def _after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):  # a page that leaves while it is sent something leaves the feed, too
        yield first
        async for piece in rest:
            yield piece


def message(event: Event) -> bytes:
    """One event on the wire. JSON, because a line break in the data would end it."""
    data = {"text" if event.kind == "playlist" else "uri": event.content}
    return f"event: {event.kind}\ndata: {json.dumps(data)}\n\n".encode()
