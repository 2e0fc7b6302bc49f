"""Keeps the row of each camera in the project's database true, where there is a `cameras` table (scripts/supabase.sql).

A web application reads it to know its cameras. It is a courtesy: whatever goes wrong here is told with --verbose only,
and the stream never waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageUnavailable
from uploader.reporting.status import State
from uploader.storage.answers import NotAccepted
from uploader.storage.project_api import project_api
from uploader.storage.project_table import ProjectTable, meaning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from uploader.reporting.status import CameraStatus
    from uploader.storage.identity import Identity
    from uploader.storage.project_api import API

log = logging.getLogger(__name__)

TABLE = "cameras"
# How soon a change is noticed, and how often a row is written that has not changed; in seconds.
LOOK = 1.0
PERIOD = 60.0
# Without the table, its columns or a row for the camera: looked for again this seldom. Somebody has to make them.
MISSING_PAUSE = 600.0
# A database that cannot be reached is left alone this long.
UNAVAILABLE_PAUSE = 30.0
# It must not keep the worker from ending.
FAREWELL_DEADLINE = 2.0

# What the documented word "active" leads to: an application has to know four, not all of ours.
WORDS = {
    State.LIVE: "active",
    State.IDLE: "active",
    State.STARTING: "connecting",
    State.RECONNECTING: "connecting",
    State.STALLED: "error",
    State.OFFLINE: "error",
    State.REFUSED: "error",
    State.NOT_UPLOADING: "error",
    State.STOPPED: "inactive",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A camera and its row: `path` is "location_1/cam_floor", the row's stream_path; `status` gives the newest."""

    path: str
    stream_url: str
    status: Callable[[], CameraStatus]


@dataclass(frozen=True, slots=True)
class Row:
    """What a camera's row ought to say."""

    stream_url: str
    status: str
    is_active: bool

    def as_json(self) -> dict[str, object]:
        """The columns to write. "now" is PostgreSQL's own word: the time is the database's, whatever the box thinks."""
        columns = {"stream_url": self.stream_url, "status": self.status, "is_active": self.is_active}
        return {**columns, "last_seen_at": "now"} if self.status == "active" else columns


def row_of(stream_url: str, status: CameraStatus) -> Row:
    """The row of a camera that is doing this."""
    word = WORDS[status.condition.state]
    return Row(stream_url, word, is_active=word != "inactive")


@dataclass(slots=True)
class _Kept:
    """What was last written for a camera, and when it is to be looked at again; on the event loop's clock."""

    row: Row | None = None
    due: float = 0.0
    blocked_until: float = 0.0


@asynccontextmanager
async def cameras_table(url: str, identity: Identity, cameras: Callable[[], Iterable[Entry]]) -> AsyncIterator[None]:
    """Keep the rows of `cameras` of the project at `url` for the block. What is true at its end is written last."""
    async with project_api(f"{url}/rest/v1/{TABLE}", identity.key, partial(meaning, TABLE)) as api:
        task = asyncio.create_task(CamerasTable(api, identity, cameras).run(), name=f"{TABLE} table")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class CamerasTable:
    """Writes the rows of `cameras` while `run` runs: at every change, and every PERIOD seconds. One request at a time,
    each with what is true when it is sent."""

    def __init__(self, api: API, identity: Identity, cameras: Callable[[], Iterable[Entry]]) -> None:
        self._table = ProjectTable(api, identity)
        self._cameras = cameras
        self._kept: dict[str, _Kept] = {}

    async def run(self) -> None:
        """Keep the rows true until cancelled; then say once more what is true."""
        try:
            while True:
                pause = await self._look()
                await asyncio.sleep(pause)
        finally:
            await self._farewell()

    async def _look(self) -> float:
        """Write what is due; the pause until the next look."""
        try:
            for entry in self._cameras():
                await self._keep(entry)
        except (StorageUnavailable, NotAccepted) as error:
            log.debug("The %s table is not reached. %s", TABLE, error)
            return max(getattr(error, "retry_after", None) or 0.0, UNAVAILABLE_PAUSE)
        except StorageError as error:
            log.debug("%s", error)
            return MISSING_PAUSE
        return LOOK

    async def _keep(self, entry: Entry) -> None:
        now = asyncio.get_running_loop().time()
        kept = self._kept.setdefault(entry.path, _Kept())
        status = entry.status()
        row = row_of(entry.stream_url, status)
        # While another worker has the camera, the row is its to write.
        if status.standing_by or now < kept.blocked_until or (row == kept.row and now < kept.due):
            return
        if await self._write(entry.path, row):
            kept.row, kept.due = row, now + PERIOD
        else:
            log.debug("There is no row in the %s table whose stream_path is %s.", TABLE, entry.path)
            kept.row, kept.blocked_until = None, now + MISSING_PAUSE

    async def _write(self, path: str, row: Row) -> bool:
        """Whether there was a row to write."""
        params = {"stream_path": f"eq.{path}", "select": "stream_path"}
        written = await self._table.ask("PATCH", params, row.as_json())
        return written != []

    async def _farewell(self) -> None:
        # Not asyncio.timeout: up to Python 3.11.2 it ends a task that is being cancelled instead (CPython gh-102780).
        telling = asyncio.create_task(self._tell_the_end())
        await asyncio.wait({telling}, timeout=FAREWELL_DEADLINE)
        if not telling.done():
            log.debug("The %s table was not told in time that the worker ends.", TABLE)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    async def _tell_the_end(self) -> None:
        try:
            for entry in self._cameras():
                if entry.path in self._kept and self._kept[entry.path].row is not None:
                    await self._keep(entry)
        except StorageError as error:
            log.debug("The %s table was not told that the worker ends. %s", TABLE, error)
