"""Cameras that need no FFmpeg: real pipelines whose pictures are a tick a second into a log book."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.memory_store import MemoryStore
from uploader.ffmpeg.command import FFmpeg
from uploader.fleet import Fleet
from uploader.pipeline import Pipeline
from uploader.segments.watcher import DirectoryEvents
from uploader.storage import STATUS

if TYPE_CHECKING:
    from uploader.configuration.camera import Camera


class Boat(Pipeline):
    """Ticks into `book` under its place and its camera's name, and never two of a place at a time.

    `ending` is how long it takes to end, as FFmpeg does (s).
    """

    def __init__(
        self, camera: Camera, folder: str, store: MemoryStore, book: dict[str, list[str]], ending: float
    ) -> None:
        super().__init__(camera, folder, FFmpeg("ffmpeg", "5.1", 59), store, Path("/nowhere"), DirectoryEvents())
        self._ending = ending
        self.ticks = book.setdefault(folder, [])

    async def run_once(self) -> None:
        assert self.ticks[-1:] in ([], ["ends"])
        self.ticks.append("begins")
        await self._store.put(f"{self.folder}/status.json", b"{}", STATUS)
        try:
            while True:
                await asyncio.sleep(1)
                self.ticks.append(self.camera.name)
        finally:
            await asyncio.sleep(self._ending)
            self.ticks.append("ends")


@dataclass(slots=True)
class Harbour:
    """A fleet of boats, what they wrote down by place, and which places were cleared, hurried or not."""

    store: MemoryStore = field(default_factory=MemoryStore)
    book: dict[str, list[str]] = field(default_factory=dict)
    cleared: list[tuple[str, bool]] = field(default_factory=list)
    clearing: float = 60.0
    ending: float = 1.5

    def fleet(self) -> Fleet:
        return Fleet(
            lambda camera: f"{camera.location or 'here'}/{camera.id}",
            lambda camera, folder: Boat(camera, folder, self.store, self.book, self.ending),
            self.clear,
        )

    async def clear(self, folder: str, hurry: asyncio.Event) -> None:
        """Take a while to clear a place, unless there is a hurry."""
        await asyncio.wait({asyncio.create_task(hurry.wait())}, timeout=self.clearing)
        self.cleared.append((folder, hurry.is_set()))
