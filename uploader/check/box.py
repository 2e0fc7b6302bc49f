"""Looks at the box: its clock and its disk."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from uploader.storage.clock import CUT
from uploader.storage.connections import way_to

if TYPE_CHECKING:
    from pathlib import Path

# Seconds.
SHORT = 3.0


async def synchronised(program: str = "timedatectl") -> bool | None:
    """Whether the system keeps its clock right from the network, as this program says; None where nobody does."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(program, "show", "--property=NTPSynchronized", "--value"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    saying = asyncio.create_task(process.communicate())
    try:
        await asyncio.wait({saying}, timeout=SHORT)
    finally:
        if not saying.done():
            process.kill()
        said, _ = await saying
    return {b"yes": True, b"no": False}.get(said.strip())


async def ahead_of(url: str) -> float | None:
    """By how many seconds this box's clock is ahead of that of the server at `url`; None when it does not say."""
    with contextlib.suppress(httpx.HTTPError, ValueError):
        async with httpx.AsyncClient(timeout=SHORT, transport=way_to(httpx.URL(url))) as client:
            before = time.time()
            answer = await client.head(url)
            between = (before + time.time()) / 2
        return between - (parsedate_to_datetime(answer.headers.get("date", "")).timestamp() + CUT)
    return None


def room(directory: Path) -> int:
    """Bytes that may still be written below `directory`, which need not exist. Raises OSError when none may be."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    reason = errno.ENOTDIR if not there.is_dir() else errno.EACCES if not os.access(there, os.W_OK | os.X_OK) else 0
    if reason:
        raise OSError(reason, os.strerror(reason))
    return shutil.disk_usage(there).free
