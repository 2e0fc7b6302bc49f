"""What a worker finds in the store when it begins: whether it may write, and where the one before it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.publishing.live_playlist import OBJECT_NAME
from uploader.storage import STATUS

if TYPE_CHECKING:
    from uploader.publishing.removals import Removals
    from uploader.publishing.store_trouble import StoreTrouble
    from uploader.storage import ObjectStore

PREFLIGHT = "preflight.json"


@dataclass(frozen=True, slots=True)
class Found:
    """The stored playlist's text, where there is one, and the names of all objects in the camera's folder."""

    playlist: str | None
    names: frozenset[str]


async def recover(store: ObjectStore, folder: str, removals: Removals, trouble: StoreTrouble) -> Found:
    """Look what is in `folder`, once the store lets us write there. Trouble is told, and sat out."""
    while True:
        try:
            await _preflight(store, folder, removals)
            return await _look(store, folder)
        except StorageError as error:
            await trouble.sit_out(error)


async def _preflight(store: ObjectStore, folder: str, removals: Removals) -> None:
    """Find trouble with key, bucket and policies with a tiny object, before the first segment meets it."""
    await store.prepare()
    await store.put(f"{folder}/{PREFLIGHT}", b"{}", STATUS)
    await removals.remove([PREFLIGHT])


async def _look(store: ObjectStore, folder: str) -> Found:
    stored = await store.get(f"{folder}/{OBJECT_NAME}")
    names = frozenset(entry.name for entry in await store.list(folder))
    return Found(stored.decode(errors="replace") if stored is not None else None, names)
