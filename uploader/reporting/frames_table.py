"""A row for each dated frame, where the project's database has a `camera_frames` table (scripts/supabase.sql).

A courtesy as the cameras table is: whatever goes wrong here is told with --verbose only, and neither the stream nor the
frames wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageUnavailable
from uploader.hls.playlist import iso
from uploader.storage.answers import NotAccepted
from uploader.storage.project_api import project_api
from uploader.storage.project_table import REPRESENTATION, ProjectTable, meaning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from uploader.pictures.shot import Shot
    from uploader.storage.identity import Identity

log = logging.getLogger(__name__)

TABLE = "camera_frames"
# Rows that wait for a database that is away: for as long as a frame is taken every ten minutes, a week.
WAITING = 1000
# In one request.
AT_ONCE = 100
# A database that cannot be reached is left alone so long; without the table somebody has to make it (s).
UNAVAILABLE_PAUSE = 30.0
MISSING_PAUSE = 600.0


@asynccontextmanager
async def frames_table(url: str, identity: Identity) -> AsyncIterator[Callable[[str], FrameRows]]:
    """The rows of a camera by its folder, in the project at `url`, for the block. A folder's are the same whoever asks:
    what waits for the database must not be lost when the camera starts again."""
    async with project_api(f"{url}/rest/v1/{TABLE}", identity.key, partial(meaning, TABLE)) as api:
        yield cache(partial(FrameRows, ProjectTable(api, identity)))


class FrameRows:
    """The rows of the camera whose folder this is ("location_1/cam_floor")."""

    def __init__(self, table: ProjectTable, folder: str) -> None:
        self._table = table
        self._folder = folder
        self._waiting: dict[str, dict[str, object]] = {}  # by path, in the order in which they came
        self._blocked_until = -1e9

    async def add(self, path: str, url: str, shot: Shot) -> None:
        """This frame is stored. Rows that could not be written are tried again with the next one."""
        location, _, camera = self._folder.rpartition("/")
        row = {"location": location, "camera_id": camera, "path": path, "url": url, "taken_at": iso(shot.taken_at)}
        self._waiting[path] = {**row, "width": shot.width, "height": shot.height, "bytes": len(shot.body)}
        if len(self._waiting) > WAITING:
            del self._waiting[next(iter(self._waiting))]
        if asyncio.get_running_loop().time() >= self._blocked_until:
            await self._write(dict(islice(self._waiting.items(), AT_ONCE)))

    async def _write(self, rows: dict[str, dict[str, object]]) -> None:
        # One that is there already was written by a request whose answer was lost.
        params, prefer = {"on_conflict": "path", "select": "path"}, f"resolution=ignore-duplicates,{REPRESENTATION}"
        if await self._done("POST", params, list(rows.values()), prefer):
            for path in rows:
                self._waiting.pop(path, None)

    async def forget(self, before: datetime | None) -> None:
        """Frames that were taken before this, or all of them, are about to be removed."""
        self._waiting = {
            path: row
            for path, row in self._waiting.items()
            if before is not None and str(row["taken_at"]) >= iso(before)
        }
        params = {"stream_path": f"eq.{self._folder}", "select": "id"}
        await self._done("DELETE", params if before is None else {**params, "taken_at": f"lt.{iso(before)}"})

    async def _done(
        self,
        method: str,
        params: dict[str, str],
        rows: list[dict[str, object]] | None = None,
        prefer: str = REPRESENTATION,
    ) -> bool:
        now = asyncio.get_running_loop().time()
        try:
            await self._table.ask(method, params, rows, prefer)
        except (StorageUnavailable, NotAccepted) as error:
            self._blocked_until = now + max(getattr(error, "retry_after", None) or 0.0, UNAVAILABLE_PAUSE)
            log.debug("The %s table is not reached. %s", TABLE, error)
        except StorageError as error:
            self._blocked_until = now + MISSING_PAUSE
            log.debug("%s", error)
        else:
            return True
        return False
