"""A stored object on its way out: conditions, ranges and headers (RFC 9110), the bytes in pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync
from starlette.datastructures import Headers

from uploader.server.refusals import invalid_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from uploader.server.object_file import ObjectInfo, OpenObject

# A segment of the usual size goes out in one or two pieces; memory stays flat for large ones.
PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """Which bytes of an object to send, under which status."""

    status: int
    offset: int
    length: int


def reply(info: ObjectInfo, headers: Mapping[str, str]) -> Reply:
    """What a GET with these headers gets. Raises a Refusal for a range that lies outside. Pure.

    If-Modified-Since is passed over, as Supabase does.
    """
    if _names(headers.get("if-none-match", ""), info):
        return Reply(304, 0, 0)
    found = _RANGE.fullmatch(headers.get("range", ""))
    # What is no single byte range may be ignored (RFC 9110 section 14.2), and a part of another version is of no use.
    if found is None or not any(found.groups()) or headers.get("if-range", info.etag) != info.etag:
        return Reply(200, 0, info.size)
    start, end = _bounds(*found.groups(), size=info.size)
    if not 0 <= start < end:
        raise invalid_range()
    return Reply(206, start, end - start)


def _names(condition: str, info: ObjectInfo) -> bool:
    """Whether If-None-Match names this version; the comparison is weak (RFC 9110 section 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return info.etag in tags or tags == ["*"]


def _bounds(first: str, last: str, *, size: int) -> tuple[int, int]:
    """Of a byte range, the first byte and the one after the last. Huge numbers are cut first: int() of them is slow."""
    if not first:
        return max(0, size - int(last[:19])), size
    return int(first[:19]), min(size, int(last[:19]) + 1) if last else size


class ObjectResponse:
    """An ASGI response that sends `opened` and closes it."""

    def __init__(self, opened: OpenObject) -> None:
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        try:
            what = reply(self._opened.info, Headers(scope=scope))
            await send({"type": "http.response.start", "status": what.status, "headers": self._headers(what)})
            if scope["method"] == "HEAD" or not what.length:
                await send({"type": "http.response.body"})
            else:
                await self._send_body(what, send)
        finally:
            self._opened.close()

    async def _send_body(self, what: Reply, send: Send) -> None:
        position, end = what.offset, what.offset + what.length
        while position < end:
            piece = await run_sync(self._opened.read, position, min(PIECE, end - position))
            position += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": position < end})

    def _headers(self, what: Reply) -> list[tuple[bytes, bytes]]:
        info = self._opened.info
        headers = {
            "etag": info.etag,
            "cache-control": info.cache_control,
            "last-modified": format_datetime(datetime.fromisoformat(info.updated_at), usegmt=True),
            "accept-ranges": "bytes",
            "x-robots-tag": "none",
            "x-content-type-options": "nosniff",
        }
        if what.status != 304:
            headers |= {"content-type": _content_type(info), "content-length": str(what.length)}
        if what.status == 206:
            headers["content-range"] = f"bytes {what.offset}-{what.offset + what.length - 1}/{info.size}"
        return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def _content_type(info: ObjectInfo) -> str:
    """As in Supabase, an upload is never shown as a page: it would be one of this origin."""
    return "text/plain" if "text/html" in info.content_type else info.content_type
