"""Requests to a Supabase project that are not about objects: JSON goes out, JSON comes back, or a StorageError."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from uploader.redaction import Redaction
from uploader.storage.answers import parse, somebody_else
from uploader.storage.connections import TIMEOUTS, Connections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    import httpx

    from uploader.errors import StorageError
    from uploader.storage.answers import Answer

# One row, several of them, or nothing.
Body: TypeAlias = "Mapping[str, object] | Sequence[Mapping[str, object]] | None"


class API(Protocol):
    """Something that answers JSON with JSON."""

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        """The JSON of a good answer. Raises StorageError; nothing that it quotes is the key or one of `secrets`."""


@asynccontextmanager
async def project_api(
    url: str, key: str, meaning: Callable[[Answer], StorageError], timeouts: httpx.Timeout = TIMEOUTS
) -> AsyncIterator[ProjectAPI]:
    """One of the APIs at `url`, open for the block. `meaning` says what an answer other than 2xx comes to."""
    api = ProjectAPI(url, key, meaning, timeouts)
    try:
        yield api
    finally:
        await api.close()


class ProjectAPI:
    """An API. Made by `project_api`. Its connections are its own: what goes wrong here never holds up an upload."""

    def __init__(self, url: str, key: str, meaning: Callable[[Answer], StorageError], timeouts: httpx.Timeout) -> None:
        self._url = url
        self._key = key
        self._meaning = meaning
        self._connections = Connections(url, timeouts, _leave)

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        """The JSON of a good answer. Raises StorageError; nothing that it quotes is the key or one of `secrets`."""
        async with self._connections.client(uploading=False) as client:
            response = await client.request(
                method, self._url, params=params, json=body, headers={"apikey": self._key, **(headers or {})}
            )
        if response.is_success:
            return _document(response)
        redaction = Redaction()
        redaction.learn(self._key, *secrets)
        raise self._meaning(parse(response.status_code, response.headers, redaction(response.text), datetime.now(UTC)))


async def _leave(response: httpx.Response) -> None:
    """Answers are judged when they have been read."""


def _document(response: httpx.Response) -> object:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise somebody_else() from None
