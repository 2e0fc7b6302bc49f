"""What keeps objects from being stored: how it is told to people, and how long it is waited out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.reporting.status import Condition, State

if TYPE_CHECKING:
    from uploader.reporting.reporter import Reporter
    from uploader.storage import ObjectStore

# A store that says no is asked again this seldom, in seconds: nothing changes until somebody acts.
REFUSED_PAUSE = 30.0
# After this long without the store, a viewer has to be told.
PATIENCE = 5.0
# One that cannot be reached is asked again after so long, unless it has a wish of its own.
PAUSE = 0.5


class StoreTrouble:
    """One camera's trouble with the store."""

    def __init__(self, store: ObjectStore, reporter: Reporter) -> None:
        self._store = store
        self._reporter = reporter

    def say(self, error: StorageError) -> None:
        """Tell viewers and technicians; a playlist that is stored takes it back."""
        self._reporter.upload(Condition(State.NOT_UPLOADING, error.what, error.advice or None))

    def say_if_lasting(self, error: StorageError, seconds: float) -> None:
        """Tell it when it has been going on for more than a moment."""
        if seconds > PATIENCE:
            self.say(error)

    async def sit_out(self, error: StorageError) -> None:
        """Tell it, and wait as long as makes sense before the next try."""
        self.say(error)
        if isinstance(error, StorageRefused):
            await self.rest()
        else:
            wish = error.retry_after if isinstance(error, StorageUnavailable) else None
            await asyncio.sleep(wish or PAUSE)

    async def rest(self) -> None:
        """Wait until a store that said no may be asked again: for long, or until somebody brings another key."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REFUSED_PAUSE):
                await self._store.renewed()
