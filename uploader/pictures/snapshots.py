"""A camera's picture beside its playlist, made anew every so often: what players show before there is a moving one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.storage import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

OBJECT_NAME = "snapshot.jpg"
# As long as there is none, or the store did not take it, in seconds.
RETRY = 2.0


class Snapshots:
    """One camera's, in `folder`, one every `period` seconds while `is_live`. `take` makes it; None: it cannot."""

    def __init__(
        self,
        store: ObjectStore,
        folder: str,
        period: float,
        take: Callable[[], Awaitable[bytes | None]],
        is_live: Callable[[], bool],
    ) -> None:
        self._store = store
        self._path = f"{folder}/{OBJECT_NAME}"
        self._period = period
        self._take = take
        self._is_live = is_live

    async def run(self) -> None:
        """Keep it fresh, for ever. A picture that is not live is left as it is: the last one there was."""
        while True:
            stored = self._is_live() and await self._store_one()
            await asyncio.sleep(self._period if stored else min(RETRY, self._period))

    async def _store_one(self) -> bool:
        picture = await self._take()
        if picture is None:
            return False
        try:
            await self._store.put(self._path, picture, SNAPSHOT)
        except StorageError as error:
            # The publisher meets the same trouble and says so.
            log.debug("%s not stored. %s", self._path, error)
            return False
        return True
