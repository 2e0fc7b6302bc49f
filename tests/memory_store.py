"""A store in memory that works, takes its time, and fails when it is told to."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from uploader.storage import ObjectKind, StoredObject
from uploader.storage.answers import AlreadyThere

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence

    from uploader.errors import StorageError


class MemoryStore:
    """An ObjectStore. `delay` is how long a put takes (s); `failures` are raised one after the other by the next puts,
    None among them standing for one that works. `history` keeps every version of every object in order."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.failures: deque[StorageError | None] = deque()
        self.reading_fails: StorageError | None = None
        self.objects: dict[str, bytes] = {}
        self.kinds: dict[str, ObjectKind] = {}
        self.history: list[tuple[str, bytes]] = []
        self.removed: list[str] = []
        self.writing: dict[str, int] = {}
        self.most_writing: dict[str, int] = {}
        self.prepared = False

    async def prepare(self) -> None:
        self.prepared = True

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        self.writing[path] = self.writing.get(path, 0) + 1
        self.most_writing[path] = max(self.most_writing.get(path, 0), self.writing[path])
        try:
            body = body if isinstance(body, bytes) else b"".join([piece async for piece in body])
            await asyncio.sleep(self.delay)
            failure = self.failures.popleft() if self.failures else None
            if failure is not None:
                raise failure
            if kind.once and path in self.objects:
                raise AlreadyThere("The store has this already.", status=409)
            self.objects[path], self.kinds[path] = body, kind
            self.history.append((path, body))
        finally:
            self.writing[path] -= 1

    async def get(self, path: str) -> bytes | None:
        self._may_be_read()
        return self.objects.get(path)

    async def list(self, folder: str) -> list[StoredObject]:
        self._may_be_read()
        return [StoredObject(name, len(body)) for name, body in self._below(folder).items() if "/" not in name]

    async def folders(self, folder: str) -> set[str]:
        self._may_be_read()
        return {name.split("/")[0] for name in self._below(folder) if "/" in name}

    def _below(self, folder: str) -> dict[str, bytes]:
        start = f"{folder}/"
        return {path.removeprefix(start): body for path, body in self.objects.items() if path.startswith(start)}

    def _may_be_read(self) -> None:
        if self.reading_fails is not None:
            raise self.reading_fails

    async def remove(self, paths: Sequence[str]) -> set[str]:
        gone = {path for path in paths if self.objects.pop(path, None) is not None}
        self.removed += sorted(gone)
        return gone

    async def renewed(self) -> None:
        await asyncio.Event().wait()

    def public_url(self, path: str) -> str:
        return f"memory://{path}"
