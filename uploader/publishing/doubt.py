"""Doubt about the playlist: a write without an answer may still land, over a newer one. The last to complete wins.

A worker that starts again just then finds old numbers, and must not give them out twice: so it has to find a sign of
the doubt among the names of the objects.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uploader.storage import SEGMENT

if TYPE_CHECKING:
    from uploader.publishing.object_names import ObjectNames
    from uploader.publishing.removals import Removals
    from uploader.storage import ObjectStore

# A playlist write without an answer may land within this time (s).
LASTS = 60.0
# What is in the object that marks the doubt: the smallest MPEG-TS there is.
NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184


class Doubt:
    """Whether this worker knows which of its playlists is stored in `folder`."""

    def __init__(self, store: ObjectStore, folder: str, names: ObjectNames, removals: Removals) -> None:
        self._store = store
        self._folder = folder
        self._names = names
        self._removals = removals
        self._until = 0.0
        self._is_marked = True
        self._arisen = asyncio.Event()

    def arise(self) -> None:
        """A playlist was sent, and no answer came."""
        self._until = asyncio.get_running_loop().time() + LASTS
        self._is_marked = False
        self._arisen.set()

    async def arisen(self) -> None:
        """Wait until there is one."""
        while not self.holds:
            self._arisen.clear()
            await self._arisen.wait()

    @property
    def holds(self) -> bool:
        """Whether an old playlist may still land."""
        return asyncio.get_running_loop().time() < self._until

    async def mark(self) -> None:
        """Before a newer playlist than the one in doubt: leave a name behind that tells a restart of the doubt.

        Segments under way have their names already, so the mark is an object of its own, and is swept like them.
        Raises StorageError.
        """
        if self._is_marked:
            return
        name = self._names.next(in_doubt=True)
        await self._store.put(f"{self._folder}/{name}", NULL_PACKET, SEGMENT)
        self._removals.stored([name])
        self._is_marked = True
