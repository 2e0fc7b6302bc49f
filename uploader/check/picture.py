"""A picture of a camera, kept in a folder for whoever asked for it: out of the look that is taken anyway."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from uploader.check.finding import fine, warning
from uploader.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.check.finding import Finding
    from uploader.reporting.running_worker import RunningWorker

# A worker that is busy makes one within this (s).
LIMIT = 10.0


def folder(path: Path) -> Path:
    """The folder at `path`, made where it is not there yet. Raises InputError when nothing can be written there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise InputError(f"{path} cannot be a folder for pictures ({error.strerror}).", "Choose another one.") from None
    return path


def place(folder: Path, camera: str) -> Path:
    """Where the camera's goes; one of an earlier look is there no more."""
    path = folder / f"{camera}.jpg"
    with suppress(OSError):  # FFmpeg will meet the same, and nothing of it goes on without a picture
        path.unlink()
    return path


async def from_worker(worker: RunningWorker, camera: str, path: Path) -> None:
    """Have the running worker make it, which has the camera's connection; where it cannot, there is none."""
    try:
        async with worker.client(LIMIT) as client:
            answer = (await client.get(f"/api/cameras/{camera}/snapshot.jpg")).raise_for_status()
        await asyncio.to_thread(path.write_bytes, answer.content)
    except (httpx.HTTPError, OSError):
        return


def found(path: Path) -> Finding:
    """That it is there, or is not."""
    if path.is_file() and path.stat().st_size:
        return fine(f"Its picture is in {path}.", picture=str(path))
    return warning("There is no picture of it.", f"Look whether {path.parent} can be written, and try again.")
