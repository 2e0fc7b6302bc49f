"""Takes a camera that was removed from cameras.yaml out of storage.

Two small objects stay: status.json, which says why there is no picture, and the playlist without its segments, whose
numbers must not go back should the camera return (invariant 2). A playlist never names what is not stored (1), so it is
emptied first, and what it named goes when nobody can be reading it any more. What somebody else put there stays.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.hls.playlist import PlaylistError
from uploader.hls.window import emptied, serial_of
from uploader.pictures import frame_retention
from uploader.pictures.snapshots import OBJECT_NAME as SNAPSHOT_NAME
from uploader.pictures.unattended_frames import KEEP
from uploader.publishing.live_playlist import OBJECT_NAME
from uploader.publishing.recovery import PREFLIGHT
from uploader.storage import PLAYLIST, ObjectStore, StoredObject
from uploader.storage.retry import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from uploader.pictures.frames import Rows

log = logging.getLogger(__name__)

# For viewers to read that it is over, and again to let go of the last playlist, in seconds. Within it, a write of the
# camera's last moment that got no answer has landed, too.
GRACE = 30.0
# A store that cannot be reached is asked this long (s).
PATIENCE = 3600.0
# Frames are the only thing that there can be much of, and they are looked after even then: see unattended_frames.
LEFT = (
    "What is still stored in %s stays there: one window of segments at most, and frames until they are %d days old. %s"
)


async def retire(
    store: ObjectStore, folder: str, hurry: asyncio.Event, rows: Callable[[str], Rows | None] = lambda _: None
) -> None:
    """Remove the camera's objects from `folder`, also its frames and their `rows`; at once when `hurry` is set, and not
    where another worker writes."""
    try:
        removed = await _retire(store, folder, hurry, rows(folder))
    except StorageError as error:
        log.warning(LEFT, folder, KEEP.days, error)
    except asyncio.CancelledError:
        if hurry.is_set():  # or the camera is back, and goes on from what is there
            log.warning(LEFT, folder, KEEP.days, "The worker was stopped before it was removed.")
        raise
    else:
        log.info("Removed what was stored in %s." if removed else "%s is written by another worker now.", folder)


async def _retire(store: ObjectStore, folder: str, hurry: asyncio.Event, rows: Rows | None) -> bool:
    ask = until(asyncio.get_running_loop().time() + PATIENCE, _say_nothing)
    path = f"{folder}/{OBJECT_NAME}"
    left: bytes | None = await ask(store.get, path)
    await _pause(hurry)
    now: bytes | None = await ask(store.get, path)
    if now != left:
        return False
    listed: list[StoredObject] = await ask(store.list, folder)
    names = {entry.name for entry in listed}
    remains = _emptied(left, names)
    if remains is not None:
        await ask(store.put, path, remains, PLAYLIST)
    await _pause(hurry)
    now = await ask(store.get, path)
    if now != remains:
        return False
    await ask(store.remove, [f"{folder}/{name}" for name in sorted(names) if _is_the_workers(name)])
    if rows is not None:
        await rows.forget(None)
    await ask(frame_retention.clear, store, folder)
    return True


def _emptied(stored: bytes | None, names: set[str]) -> bytes | None:
    try:
        return emptied(stored.decode(), names).render().encode() if stored is not None else None
    except (PlaylistError, UnicodeDecodeError):
        return stored  # not ours to write over


def _is_the_workers(name: str) -> bool:
    return serial_of(name) is not None or name in {SNAPSHOT_NAME, PREFLIGHT}


async def _pause(hurry: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await hurry.wait()


def _say_nothing(error: StorageError, seconds: float) -> None:
    log.debug("Not removed for %.0f s: %s", seconds, error)
