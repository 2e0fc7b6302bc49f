"""One table of the project's database, asked as the box that is signed in. Each request is tried once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.storage import answers
from uploader.storage.answers import Answer, NotAccepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uploader.storage.identity import Identity
    from uploader.storage.project_api import API, Body

# PostgREST gives back what was written, or removed: a policy that lets a box do nothing refuses in silence.
REPRESENTATION = "return=representation"


class ProjectTable:
    """A table behind `api`."""

    def __init__(self, api: API, identity: Identity) -> None:
        self._api = api
        self._identity = identity

    async def ask(
        self,
        method: str,
        params: Mapping[str, str],
        body: Body = None,
        prefer: str = REPRESENTATION,
    ) -> object:
        """The rows that PostgREST answers with. Raises StorageError."""
        key, token = self._identity.key, await self._identity.token()
        headers = {"apikey": key, "Authorization": f"Bearer {token}", "Prefer": prefer}
        try:
            return await self._api.send(method, params=params, body=body, headers=headers, secrets=(key, token))
        except NotAccepted:
            self._identity.rejected()
            raise


def meaning(table: str, answer: Answer) -> StorageError:
    """What PostgREST's answer about this table comes to."""
    error = answers.error_of(answer, bucket="")
    if isinstance(error, StorageUnavailable | NotAccepted):
        return error
    return StorageRefused(
        f"The {table} table cannot be kept up to date ({answer.status} {answer.code}: {answer.message}).",
        "Run scripts/supabase.sql in the project's SQL editor, or do without.",
        status=answer.status,
    )
