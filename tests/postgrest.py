"""PostgREST with one table, as the worker meets it: one of each kind."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uploader.errors import StorageError
    from uploader.storage.project_api import Body


@dataclass(slots=True, eq=False)
class CamerasAPI:
    """An API over `rows` (stream_path -> columns). `failures` are raised by the next requests, one by one.

    `requests` are all that came: when (the event loop's clock), for which row, and what it was to become.
    """

    rows: dict[str, dict[str, object]] = field(default_factory=dict)
    failures: deque[StorageError] = field(default_factory=deque)
    delay: float = 0.0
    tokens: set[str] = field(default_factory=set)
    requests: list[tuple[float, str, dict[str, object]]] = field(default_factory=list)
    writing: int = 0
    most_writing: int = 0

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        assert isinstance(body, dict)
        now = asyncio.get_running_loop().time()
        path = params["stream_path"].removeprefix("eq.")
        self.requests.append((now, path, dict(body)))
        self.tokens.add((headers or {})["Authorization"])
        self.writing += 1
        self.most_writing = max(self.most_writing, self.writing)
        try:
            await asyncio.sleep(self.delay)
            if self.failures:
                raise self.failures.popleft()
            if path not in self.rows:
                return []
            self.rows[path] |= body
            if body.get("last_seen_at") == "now":
                self.rows[path]["last_seen_at"] = now
            return [{"stream_path": path}]
        finally:
            self.writing -= 1

    def times(self, path: str) -> list[float]:
        """When requests for this row came."""
        return [time for time, asked, _ in self.requests if asked == path]


@dataclass(slots=True, eq=False)
class FramesAPI:
    """PostgREST with the camera_frames table of location_1/cam_floor: `rows` by path.

    `failures` are raised by the next requests, one by one.
    """

    rows: dict[str, Mapping[str, object]] = field(default_factory=dict)
    failures: deque[StorageError] = field(default_factory=deque)
    requests: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        self.requests.append(asyncio.get_running_loop().time())
        if self.failures:
            raise self.failures.popleft()
        if method == "DELETE":
            return self._delete(params)
        assert isinstance(body, list)
        self.sizes.append(len(body))
        added = [row for row in body if row["path"] not in self.rows]
        self.rows |= {str(row["path"]): row for row in added}
        return [{"path": row["path"]} for row in added]

    def _delete(self, params: Mapping[str, str]) -> object:
        assert params["stream_path"] == "eq.location_1/cam_floor"
        before = params.get("taken_at", "lt.9").removeprefix("lt.")
        gone = [path for path, row in self.rows.items() if str(row["taken_at"]) < before]
        for path in gone:
            del self.rows[path]
        return [{"id": number} for number, _ in enumerate(gone)]
