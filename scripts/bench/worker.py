"""The real worker, as benchmarks run it."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.server.serving import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parent.parent.parent
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
        *(str(ROOT / "live_stream.py"), "--all", "--config", str(directory / "cameras.yaml")),
        stdout=asyncio.subprocess.DEVNULL,
        env=environment(url, key, directory, port or free_port()),
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


def environment(url: str, key: str, directory: Path, port: int) -> dict[str, str]:
    """A worker's, with nothing of what is set for those who measure."""
    theirs = ("SUPABASE_", "STOREFEED_", "LOCATION_ID")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(theirs)},
        "SUPABASE_URL": url,
        "SUPABASE_KEY": key,
        "STOREFEED_PORT": str(port),
        "STOREFEED_DATA": str(directory / "worker"),
    }


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with listen(0) as listener:
        return int(listener.getsockname()[1])
