"""Frames of cameras that nobody runs any more: removed from cameras.yaml while the worker was stopped, for example.

Their own retention has ended with them, and nothing that shows people may stay for ever. A box never touches what
another one still looks after: that one's status.json changes from one look to the next, whatever its clock says.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.pictures.frame_retention import PERIOD, START_PAUSE, Retention
from uploader.reporting.reporter import OBJECT_NAME as STATUS_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from uploader.pictures.frames import Darkroom
    from uploader.reporting.status import Condition
    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

# Nobody says any more how long these were to be kept.
KEEP = timedelta(days=30)


class UnattendedFrames:
    """Those of this `location` and of the others with cameras that are known, outside the folders that are `attended`;
    None: that cannot be told at the moment. `known` says for how long, by the folder of each camera that somebody
    wrote down."""

    def __init__(
        self,
        store: ObjectStore,
        location: str,
        attended: Callable[[], Collection[str] | None],
        known: Callable[[], Mapping[str, timedelta]],
        darkroom: Darkroom,
    ) -> None:
        self._store = store
        self._location = location
        self._attended = attended
        self._known = known
        self._darkroom = darkroom
        self._seen: dict[str, bytes | None] = {}
        self._retentions: dict[str, Retention] = {}

    async def run(self) -> None:
        """Look once an hour, for ever. What was there an hour ago, and has not changed, is left by everybody."""
        await asyncio.sleep(START_PAUSE)
        while True:
            try:
                await self._look()
            except StorageError as error:
                log.debug("Frames that nobody looks after were not looked for. %s", error)
            except Exception:  # whatever it is, the cameras go on
                log.exception("An internal error; frames that nobody looks after stay for now.")
            await asyncio.sleep(PERIOD)

    async def _look(self) -> None:
        for location in sorted({self._location, *(folder.partition("/")[0] for folder in self._known())}):
            for name in sorted(await self._store.folders(location)):
                attended = self._attended()
                folder = f"{location}/{name}"
                if attended is None:
                    return
                if folder in attended:
                    self._seen.pop(folder, None)
                else:
                    await self._visit(folder)

    async def _visit(self, folder: str) -> None:
        status = await self._store.get(f"{folder}/{STATUS_NAME}")
        is_silent = folder in self._seen and self._seen[folder] == status
        self._seen[folder] = status
        keep = self._known().get(folder, KEEP)
        if folder not in self._retentions:
            self._retentions[folder] = Retention(self._store, folder, keep, self._darkroom, _say, are_made=False)
        self._retentions[folder].keep = keep
        if is_silent:
            await self._retentions[folder].look()


def _say(condition: Condition | None) -> None:
    if condition is not None:
        log.debug("%s", condition.reason)
