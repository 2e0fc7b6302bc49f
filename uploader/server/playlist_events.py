"""A camera's feed as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from uploader.reporting.feed import Event, Feed

# Over HTTP/1.1 a browser opens six connections to one host, for all of its tabs together. A stream holds one for as
# long as it lasts: with six of them it would get nothing else any more. Who finds no room asks the store.
STREAMS = 3
# And so many in all.
MOST_STREAMS = 64
# Seconds without anything to say, after which a comment shows that the connection lives.
HEARTBEAT = 10.0
# What a browser waits before it comes back, in milliseconds.
RETRY = b"retry: 2000\n\n"
_HEADERS = {"cache-control": "no-store"}


def events_path(camera: str) -> str:
    """Where a camera's events are, on the worker's own address."""
    return f"/api/cameras/{camera}/playlist/events"


class PlaylistEvents:
    """The route; `feeds` gives a camera's feed by its id, None where there is no such camera.

    `public`: anybody may read the playlist, and so pages from elsewhere may hear of it.
    """

    def __init__(self, feeds: Callable[[str], Feed | None], heartbeat: float = HEARTBEAT, *, public: bool) -> None:
        self._feeds = feeds
        self._heartbeat = heartbeat
        self._public = public
        self._open: Counter[str] = Counter()  # by the viewer's address

    @property
    def route(self) -> BaseRoute:
        """For an application."""
        router = Router([Route("/events", self.stream)])
        return Mount(
            "/api/cameras/{id}/playlist", CORSMiddleware(router, ["*"], ["GET"], ["*"]) if self._public else router
        )

    async def stream(self, request: Request) -> Response:
        """Answer with the feed, for as long as the page stays."""
        feed = self._feeds(request.path_params["id"])
        if feed is None:
            return JSONResponse({"error": "There is no such camera here."}, status_code=404, headers=_HEADERS)
        viewer = request.client.host if request.client is not None else ""
        if self._open[viewer] >= STREAMS or self._open.total() >= MOST_STREAMS:
            return JSONResponse({"error": "Too many listen already."}, status_code=503, headers=_HEADERS)
        events = self._events(feed, viewer)
        return StreamingResponse(_after(await anext(events), events), media_type="text/event-stream", headers=_HEADERS)

    async def _events(self, feed: Feed, viewer: str) -> AsyncGenerator[bytes, None]:
        self._open[viewer] += 1
        try:
            with feed.listening() as queue:
                yield RETRY
                while (event := await self._next(queue)) is not None:
                    yield event
        finally:
            self._open -= Counter([viewer])  # forgets a viewer who has none left

    async def _next(self, queue: asyncio.Queue[Event | None]) -> bytes | None:
        try:
            async with asyncio.timeout(self._heartbeat):
                event = await queue.get()
        except TimeoutError:
            return b":\n\n"
        return message(event) if event is not None else None


async def _after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):  # a page that leaves while it is sent something leaves the feed, too
        yield first
        async for piece in rest:
            yield piece


def message(event: Event) -> bytes:
    """One event on the wire. JSON, because a line break in the data would end it."""
    data = {"text" if event.kind == "playlist" else "uri": event.content}
    return f"event: {event.kind}\ndata: {json.dumps(data)}\n\n".encode()
