"""A picture of a camera, kept in a folder for whoever asked for it: out of the look that is taken anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from uploader.check.finding import fine, warning

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.check.finding import Finding
    from uploader.reporting.running_worker import RunningWorker

# A worker that is busy makes one within this (s).
LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One camera's. `path` None: nobody wants it."""

    camera: str
    path: Path | None

    @classmethod
    def of(cls, camera: str, folder: Path | None) -> Picture:
        """The camera's in this folder; the one of an earlier look is gone then."""
        path = folder / f"{camera}.jpg" if folder else None
        if path is not None:
            path.unlink(missing_ok=True)
        return cls(camera, path)

    @property
    def wanted(self) -> str | None:
        """Where FFmpeg is to put it."""
        return str(self.path) if self.path else None

    async def from_worker(self, worker: RunningWorker | None) -> list[Finding]:
        """Have the running worker make it, which has the camera's connection."""
        if self.path is None or worker is None:
            return []
        try:
            async with worker.client(LIMIT) as client:
                answer = (await client.get(f"/api/cameras/{self.camera}/snapshot.jpg")).raise_for_status()
            self.path.write_bytes(answer.content)
        except (httpx.HTTPError, OSError):
            pass  # which is what is found
        return self.found()

    def found(self) -> list[Finding]:
        """That it is there, or is not."""
        if self.path is None:
            return []
        if self.path.is_file() and self.path.stat().st_size:
            return [fine(f"Its picture is in {self.path}.", picture=str(self.path))]
        return [
            warning("There is no picture of it.", f"Look whether {self.path.parent} can be written, and try again.")
        ]
