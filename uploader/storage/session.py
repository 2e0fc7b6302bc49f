"""One request to a store at a time: as whom, over which connection, and what its answer comes to.

Kept here: a pause that the store asked for is kept by all cameras, and nothing that an answer repeats shows a secret.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from uploader.errors import StorageUnavailable
from uploader.redaction import Redaction
from uploader.storage.answers import NotAccepted, NotAllowed, error_of, is_page, parse, somebody_else
from uploader.storage.clock import Heard, ahead
from uploader.storage.connections import Connections
from uploader.storage.object_request import KeyWanted
from uploader.supervision.moment import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.errors import StorageError
    from uploader.storage.identity import Identity

# What comes of reading an answer that says all is well, but is no JSON or not of the store's form.
_NOT_OF_THE_STORE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class StoreSession:
    """A box's, with the store at `url`. `bucket` is what errors are about."""

    def __init__(self, url: str, bucket: str, identity: Identity, timeouts: httpx.Timeout) -> None:
        self._bucket = bucket
        self._identity = identity
        self._busy = StorageUnavailable("")
        self._busy_until = -math.inf
        self._heard: Heard | None = None
        self._connections = Connections(url, timeouts, self._check)

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    def ahead(self) -> float | None:
        """By how many seconds this box's clock is ahead of the store's, to a second; None: not known."""
        return ahead(self._heard, now()) if self._heard else None

    async def renewed(self) -> None:
        """Wait until somebody has brought another key."""
        await self._identity.replaced()

    @asynccontextmanager
    async def request(self, *, uploading: bool) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str]]]:
        """What it takes for one request: a client, and the headers that say who asks.

        Whatever goes wrong inside comes out as a StorageError.
        """
        self._respect_pause()
        headers = await self._headers()
        async with self._connections.client(uploading=uploading) as client:
            try:
                yield client, dict(headers)
            except _NOT_OF_THE_STORE:
                raise somebody_else() from None
            except (NotAccepted, NotAllowed):
                if headers == await self._headers():
                    raise
                raise StorageUnavailable("The key for the store was replaced while it was used.") from None

    async def _headers(self) -> dict[str, str]:
        return {"apikey": self._identity.key, "Authorization": f"Bearer {await self._identity.token()}"}

    async def _check(self, response: httpx.Response) -> None:
        """Judge every answer before the client sees it: it drops Retry-After, and the code that tells 404s apart."""
        if response.is_success and not is_page(response.headers):
            self._heard = Heard(response.headers.get("date", ""), asyncio.get_running_loop().time())
            return
        if response.is_success:
            raise somebody_else()
        # Not by a name: an error in the frame that raises it is a circle, with the request in it.
        raise self._meaning(response)

    def _meaning(self, response: httpx.Response) -> StorageError:
        redaction = Redaction()
        sent = response.request.headers
        if response.status_code == httpx.codes.UNAUTHORIZED and "apikey" not in sent:
            return KeyWanted("The gateway before the store wants to see the project's key.")
        redaction.learn(sent.get("apikey", self._identity.key), sent["Authorization"].removeprefix("Bearer "))
        text = redaction(response.content.decode(errors="replace"))
        error = error_of(parse(response.status_code, response.headers, text, datetime.now(UTC)), self._bucket)
        if isinstance(error, StorageUnavailable) and error.retry_after:
            self._busy = StorageUnavailable(error.what, error.advice)
            self._busy_until = asyncio.get_running_loop().time() + error.retry_after
        if isinstance(error, NotAccepted | NotAllowed):
            self._identity.rejected()
        return error

    def _respect_pause(self) -> None:
        """A pause that the store asked for (Retry-After) is for all cameras: nothing is sent before it is over."""
        left = self._busy_until - asyncio.get_running_loop().time()
        if left > 0:
            raise StorageUnavailable(self._busy.what, self._busy.advice, retry_after=left)
