"""What ought to be in a camera's folder, against what the store says is there.

A store, or a proxy before it, may say that all is well and keep half of a body. Asking after each upload would cost
viewers a round trip; so it is asked before a segment is listed only when there is reason to: for the first one of a
worker, after trouble, and for some time after damage was found. All others are counted together now and then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused
from uploader.reporting.status import Condition, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uploader.storage import ObjectStore

# So many uploads are looked at before they are listed, after trouble and after damage.
AFTER_TROUBLE = 1
AFTER_DAMAGE = 5
# A store that does not say what it has must not hold up a segment for longer (s).
DEADLINE = 2.0

ADVICE = "Check the store's disk, and proxies between this box and the store."


class Damaged(StorageRefused):
    """The store said that all is well, and keeps something else than what it was given."""


class Stock:
    """Looks after what is stored in `folder`; counts every `period` seconds. `tell` hears what is damaged."""

    def __init__(
        self, store: ObjectStore, folder: str, period: float, tell: Callable[[Condition | None], None]
    ) -> None:
        self._store = store
        self._folder = folder
        self._period = period
        self._tell = tell
        self._uncounted: dict[str, int] = {}
        self._watchful = AFTER_TROUBLE

    def mistrust(self) -> None:
        """An upload failed: look at the next one before it is listed."""
        self._watchful = max(self._watchful, AFTER_TROUBLE)

    async def take(self, name: str, size: int) -> None:
        """An object of `size` bytes was acknowledged. Raises Damaged when it was looked at and is not as sent."""
        if not self._watchful:
            self._uncounted[name] = size
            return
        self._watchful -= 1
        damaged = await self._damaged({name: size})
        if damaged:
            self._watchful = AFTER_DAMAGE
            raise Damaged(damaged, ADVICE, status=200)

    async def run(self) -> None:
        """Count for ever what was not looked at."""
        while True:
            await asyncio.sleep(self._period)
            if self._uncounted:
                await self._count()

    async def _count(self) -> None:
        expected, self._uncounted = self._uncounted, {}
        damaged = await self._damaged(expected)
        if damaged is None:
            return
        if damaged:
            self._watchful = AFTER_DAMAGE
        self._tell(Condition(State.LIVE, damaged, ADVICE) if damaged else None)

    async def _damaged(self, expected: Mapping[str, int]) -> str | None:
        """What is wrong, in words; empty when all is there. None when the store does not say."""
        try:
            async with asyncio.timeout(DEADLINE):
                sizes = {entry.name: entry.size for entry in await self._store.list(self._folder)}
        except (StorageError, TimeoutError):
            return None
        if not sizes:
            return None  # a key that may not look is shown an empty folder
        return next(
            (
                f"The store says that all is well, but keeps {sizes.get(name, 0)} of the {size} bytes of a segment."
                for name, size in expected.items()
                if sizes.get(name, 0) != size
            ),
            "",
        )
