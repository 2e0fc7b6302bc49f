"""A camera's picture as snapshot.jpg, and moving as motion JPEG (multipart/x-mixed-replace)."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response, StreamingResponse

from uploader.pictures.preview import TooManyViewers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from starlette.requests import Request

    from uploader.pictures.preview import Preview

BOUNDARY = "picture"
_HEADERS = {"cache-control": "no-store"}


class Pictures:
    """The routes; `previews` gives a camera's preview by its id, None where there is no such camera."""

    def __init__(self, previews: Callable[[str], Preview | None]) -> None:
        self._previews = previews

    async def snapshot(self, request: Request) -> Response:
        """One picture of now, with its time."""
        preview = self._previews(request.path_params["id"])
        if preview is None:
            return _refusal("There is no such camera here.", 404)
        picture = await preview.snapshot()
        if picture is None:
            return _refusal("There is no picture from this camera at the moment.", 503)
        taken_at = datetime.now(UTC) - timedelta(seconds=preview.age)
        headers = {**_HEADERS, "last-modified": format_datetime(taken_at, usegmt=True)}
        return Response(picture, media_type="image/jpeg", headers=headers)

    async def moving(self, request: Request) -> Response:
        """Picture after picture, for as long as the page stays and the camera sends some."""
        preview = self._previews(request.path_params["id"])
        if preview is None:
            return _refusal("There is no such camera here.", 404)
        pictures = preview.pictures()
        try:
            first = await anext(pictures, None) if preview.has_picture else None
        except TooManyViewers:
            return _refusal("Too many look already.", 503)
        if first is None:
            return _refusal("There is no picture from this camera at the moment.", 503)
        return StreamingResponse(
            _parts(first, pictures),
            media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}",
            headers=_HEADERS,
        )


async def _parts(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        yield f"--{BOUNDARY}\r\n".encode() + _part(first)
        async for picture in rest:
            yield _part(picture)


def _part(picture: bytes) -> bytes:
    """With the boundary at its end, as browsers show a picture when the next boundary comes."""
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
    return head.encode() + picture + f"\r\n--{BOUNDARY}\r\n".encode()


def _refusal(why: str, status: int) -> Response:
    return JSONResponse({"error": why}, status_code=status, headers=_HEADERS)
