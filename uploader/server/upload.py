"""One upload: a request's body becomes an object, or leaves nothing behind."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from uploader.server import refusals
from uploader.server.upload_body import MalformedBody, UploadBody, upload_body

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from uploader.server.object_file import Incoming, ObjectInfo
    from uploader.server.objects import Bucket, ObjectFiles

# The largest object, in bytes: what a Supabase project allows at first.
LARGEST = 50 * 1024 * 1024
# A body that grows while a segment is being made pauses for seconds; one that pauses this long (s) is dead.
STALLED = 30.0
# Bytes are written to disk in pieces of this size: a segment of the usual size costs one trip to a thread.
PIECE = 512 * 1024
# RFC 9110 section 8.3.1, and what a header may hold: a value that was let in is sent out again.
_PART = r"[\w!#$%&'*+.^`|~-]+"
_CONTENT_TYPE = re.compile(rf"{_PART}/{_PART}[ \t]*(;[\x20-\x7e\t]*)?", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_LONGEST_HEADER = 1024


class Upload:
    """The object `name` of `bucket` on its way in; given up when its body pauses for `stalled` seconds."""

    def __init__(self, files: ObjectFiles, bucket: Bucket, name: str, *, replace: bool, stalled: float) -> None:
        self._files = files
        self._bucket = bucket
        self._name = name
        self._replace = replace
        self._stalled = stalled
        self._limit = min(LARGEST, bucket.file_size_limit or LARGEST)
        self._size = 0
        self._waiting = bytearray()

    async def receive(self, request: Request) -> ObjectInfo:
        """Store what the request brings. Raises a Refusal, or ClientDisconnect when the client gave up."""
        if not self._replace and self._files.exists(self._bucket.name, self._name):
            raise refusals.key_already_exists()
        incoming = await run_sync(self._files.incoming)
        try:
            body = upload_body(request.headers)
            await self._receive(request, body, incoming)
            return await run_sync(self._keep, incoming, body)
        except MalformedBody as error:
            raise refusals.invalid_request(str(error)) from None
        except FileExistsError:
            raise refusals.key_already_exists() from None
        finally:
            incoming.discard()

    async def _receive(self, request: Request, body: UploadBody, incoming: Incoming) -> None:
        async with aclosing(request.stream()) as stream:
            async for chunk in unless_stalled(stream, self._stalled):
                data = body.feed(chunk)
                if data and not self._size:
                    self._check(body)
                self._size += len(data)
                if self._size > self._limit:
                    raise refusals.entity_too_large()
                self._waiting += data
                if len(self._waiting) >= PIECE:
                    await run_sync(incoming.write, bytes(self._waiting))
                    self._waiting.clear()
        body.finish()

    def _check(self, body: UploadBody) -> None:
        content_type, allowed = body.content_type, self._bucket.allowed_mime_types
        if not _CONTENT_TYPE.fullmatch(content_type) or len(content_type) > _LONGEST_HEADER:
            raise refusals.invalid_mime_type(content_type)
        # To the letter, as in Supabase: "video/mp2t; charset=utf-8" is not "video/mp2t".
        if allowed and content_type not in allowed:
            raise refusals.invalid_mime_type(content_type)
        if not _HEADER_VALUE.fullmatch(body.cache_control) or len(body.cache_control) > _LONGEST_HEADER:
            raise refusals.invalid_request('Invalid character in response header "Cache-Control"')

    def _keep(self, incoming: Incoming, body: UploadBody) -> ObjectInfo:
        self._check(body)  # an empty file has had no first byte
        incoming.write(bytes(self._waiting))
        return self._files.keep(
            incoming,
            self._bucket.name,
            self._name,
            content_type=body.content_type,
            cache_control=body.cache_control,
            replace=self._replace,
        )


async def unless_stalled(stream: AsyncGenerator[bytes, None], stalled: float) -> AsyncGenerator[bytes, None]:
    """A body as it comes. Raises a Refusal when it pauses for `stalled` seconds."""
    while True:
        try:
            async with asyncio.timeout(stalled):
                chunk = await anext(stream, None)
        except TimeoutError:
            raise refusals.too_slow() from None
        if chunk is None:
            return
        yield chunk
