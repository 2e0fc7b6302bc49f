"""Removes what no playlist names any more: by computed name, in batches, after a grace for slow viewers."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.reporting.status import Condition, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

# RFC 8216 section 6.2.2: a segment's duration plus the longest playlist that held it; caches and slow phones get more:
# 30 s, and what a playlist that landed late may have listed it once more.
MINIMUM_GRACE = 35.0
# Between two requests, and after one that failed, in seconds.
PERIOD = 15.0
RETRY = 30.0
BATCH = 1000
# A store that never lets anything be removed must not fill the memory; the next start finds what is left.
LIMIT = 10_000

KEPT = Condition(
    State.LIVE,
    "The store keeps old segments although it was asked to remove them; it will fill up.",
    "Let this key delete in its own location: scripts/supabase.sql has the policy.",
)


class Removals:
    """What lies in `folder` besides the live window, and when it goes. `viewable` is a window's length in seconds."""

    def __init__(
        self, store: ObjectStore, folder: str, viewable: float, tell: Callable[[Condition | None], None]
    ) -> None:
        self._store = store
        self._tell = tell
        self._folder = folder
        self._grace = max(MINIMUM_GRACE, 2 * viewable)
        self._stored: set[str] = set()
        self.removed = 0
        self._due: deque[tuple[float, str]] = deque(maxlen=LIMIT)

    def stored(self, names: Iterable[str]) -> None:
        """These names are, or may be, in storage."""
        self._stored.update(names)

    def keep_only(self, listed: set[str]) -> None:
        """A playlist is stored: of all that is in storage only `listed` is still named or about to be."""
        due = asyncio.get_running_loop().time() + self._grace
        self._due.extend((due, name) for name in sorted(self._stored - listed))
        self._stored &= listed

    async def run(self) -> None:
        """Remove what is due, for ever."""
        while True:
            removed = await self._remove_due()
            await asyncio.sleep(PERIOD if removed else RETRY)

    async def _remove_due(self) -> bool:
        now = asyncio.get_running_loop().time()
        batch = [name for due, name in list(self._due)[:BATCH] if due <= now]
        if not batch:
            return True
        try:
            kept = await self.remove(batch)
        except StorageError as error:
            log.debug("%s: %d old objects not removed. %s", self._folder, len(batch), error)
            return False
        for _ in batch:
            self._due.popleft()
        self._due.extend((now + self._grace, name) for name in kept)
        return not kept

    async def remove(self, batch: list[str]) -> list[str]:
        """Remove these names now; gives those that are still there. Raises StorageError."""
        removed, kept = await remove(self._store, self._folder, batch)
        self.removed += removed
        self._tell(KEPT if kept else None)
        return kept


async def remove(store: ObjectStore, folder: str, names: list[str]) -> tuple[int, list[str]]:
    """Remove these names from `folder`: how many were, and which are still there. Raises StorageError."""
    removed = await store.remove([f"{folder}/{name}" for name in names])
    missing = {name for name in names if f"{folder}/{name}" not in removed}
    # A policy without DELETE refuses in silence: the store says that all is well, and keeps everything.
    kept = {entry.name for entry in await store.list(folder)} & missing if missing else set()
    return len(removed), sorted(kept)
