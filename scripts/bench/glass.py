"""A screen to look at: real Chromium showing the benchmark's page, which tells every second what is on it."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from scripts.bench.publish import ROOT
from uploader.server.serving import listen, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

PAGE = ROOT / "web" / "tests" / "bench"
# No autoplay flag: a muted video starts by itself under the browser's own rules.
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
END = 5.0  # seconds that a browser may take to end


class Sight(BaseModel):
    """A second of looking.

    `pictures` has for each when it was shown, Unix time (s), and the time (s) in it; None when that cannot be read.
    `said` is the delay (s) that the player claims; `buffer` is loaded ahead (s).
    """

    model_config = ConfigDict(frozen=True)

    pictures: tuple[tuple[float, float | None], ...]
    stalls: int
    rate: float
    buffer: float
    said: float | None
    errors: tuple[str, ...]


async def build(directory: Path) -> None:
    """Make the page; Node and the web packages are needed for it."""
    vite = ROOT / "web" / "node_modules" / "vite" / "bin" / "vite.js"
    process = await asyncio.create_subprocess_exec(
        *("node", str(vite), "build", "--logLevel", "error", str(PAGE), "--config", str(PAGE / "vite.config.ts")),
        *("--outDir", str(directory)),
        cwd=ROOT / "web",
    )
    if await process.wait() != 0:
        raise RuntimeError("the benchmark's page could not be built")


@asynccontextmanager
async def looking(page: Path, scratch: Path, src: str, player: str) -> AsyncIterator[asyncio.Queue[Sight]]:
    """What Chromium shows of the playlist `src`, second by second, while the block lasts."""
    sights: asyncio.Queue[Sight] = asyncio.Queue(10_000)

    async def report(request: Request) -> Response:
        sights.put_nowait(Sight.model_validate_json(await request.body()))
        return Response(status_code=204)

    app = Starlette(
        routes=[Route("/report", report, methods=["POST"]), Mount("/", StaticFiles(directory=page, html=True))]
    )
    listener = listen(0)
    query = urlencode({"src": src, "player": player})
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/?{query}"
    async with serving(app, listener), _chromium(url, scratch):
        yield sights


@asynccontextmanager
async def _chromium(url: str, scratch: Path) -> AsyncIterator[None]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    profile = scratch / "chromium"
    process = await asyncio.create_subprocess_exec(
        *(program, *FLAGS, f"--user-data-dir={profile}", url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        ended, _ = await asyncio.wait([asyncio.ensure_future(process.wait())], timeout=END)
        if not ended:
            process.kill()
            await process.wait()
        with suppress(OSError):
            shutil.rmtree(profile)
