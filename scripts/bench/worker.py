"""The real worker, as benchmarks run it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tests.worker_process import PROGRAM, environment, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

END = 10.0  # seconds that a program may take to end


def test_pictures(count: int, settings: str) -> str:
    """A cameras.yaml with so many of them, each with these settings ("frames_every: 10")."""
    return "".join(
        f'- {{id: "cam_{number}", rtsp_url: "testsrc://", settings: {{{settings}}}}}\n' for number in range(count)
    )


@asynccontextmanager
async def worker(
    cameras: str, url: str, key: str, directory: Path, port: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real worker with this cameras.yaml, publishing to `url`, or into its own store where that is empty; its own
    pages are on `port`, or anywhere."""
    (directory / "cameras.yaml").write_text(cameras, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(str(PROGRAM), "--all", "--config", str(directory / "cameras.yaml")),
        stdout=asyncio.subprocess.DEVNULL,
        env=publishing_to(url, key, directory, port or free_port()),
    )
    try:
        yield process
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, and end it when it does not."""
    with suppress(ProcessLookupError):  # it has, by itself
        process.terminate()
    ended, _ = await asyncio.wait({asyncio.create_task(process.wait())}, timeout=END)
    if not ended:
        process.kill()
        await process.wait()


def publishing_to(url: str, key: str, directory: Path, port: int) -> dict[str, str]:
    """The environment of a worker that does, and keeps its own things in `directory`."""
    return environment(directory, SUPABASE_URL=url, SUPABASE_KEY=key, STOREFEED_PORT=str(port))
