"""Somebody who looks at a store as viewers do, all the time, and has all of it judged."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import TYPE_CHECKING

from tests.auditor import PLAYLIST, Auditor, Version
from tests.strict_playlist import Unreadable, read

if TYPE_CHECKING:
    import httpx

LOOK_PERIOD = 0.1


class Observer:
    """Looks into `folder` by `http`, past the bad weather, and tells the auditor. `stored` counts segments."""

    def __init__(self, http: httpx.AsyncClient, folder: str, auditor: Auditor) -> None:
        self._http = http
        self._folder = folder
        self._auditor = auditor
        self._seen: set[str] = set()
        self._playlists: set[bytes] = set()
        self._playlist = b""
        self.stored = 0

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_PERIOD)

    async def _look(self) -> None:
        names = await self._names()
        playlist, status = await self._body(PLAYLIST), await self._body("status.json")
        for name in sorted(self._seen - names):
            self._seen.discard(name)
            self._tell(name, None)
        for name in sorted((names | _uris(playlist)) - self._seen):
            await self._see_segment(name)
        if playlist is not None and playlist != self._playlist:
            # What comes back after something newer is a write that landed late.
            self._tell(PLAYLIST, playlist, overtaken=playlist in self._playlists)
            self._playlists.add(playlist)
            self._playlist = playlist
        if status is not None:
            self._tell("status.json", status)

    async def _see_segment(self, name: str) -> None:
        body = await self._body(name)
        if body is None:
            return
        self._seen.add(name)
        self.stored += 1
        if not body or len(body) % 188 or body[0] != 0x47:
            self._auditor.violations.append(f"{name} is no whole transport stream ({len(body)} bytes)")
        self._tell(name, hashlib.sha256(body).digest())

    def _tell(self, path: str, body: bytes | None, *, overtaken: bool = False) -> None:
        self._auditor.see(Version(time.monotonic(), path, body, overtaken))

    async def _names(self) -> set[str]:
        answer = await self._http.post("/object/list/streams", json={"prefix": self._folder, "limit": 1000})
        if not self._seen and answer.status_code == 400:
            return set()  # the worker has not made the bucket yet
        return {row["name"] for row in answer.raise_for_status().json() if row["name"].endswith(".ts")}

    async def _body(self, name: str) -> bytes | None:
        answer = await self._http.get(f"/object/public/streams/{self._folder}/{name}")
        return answer.content if answer.status_code == 200 else None


def _uris(playlist: bytes | None) -> set[str]:
    try:
        return read(playlist).uris if playlist is not None else set()
    except Unreadable:
        return set()  # the auditor says so
