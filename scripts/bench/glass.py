"""A screen to look at: real Chromium showing the benchmark's page, which tells every second what is on it."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from scripts.bench.worker import end
from tests.worker_process import ROOT
from uploader.server.serving import listen, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

Report = TypeVar("Report", bound=BaseModel)

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


class Sight(BaseModel):
    """A second of looking.

    `pictures` has for each when it was shown, Unix time (s), and the time (s) in it; None when that cannot be read.
    `said` is the delay (s) that the player claims; `buffer` is loaded ahead (s). `arrivals` has for each piece of media
    its name, when it was asked for and when it was there, Unix time (s); `dry` is when the video stood, and how long.
    """

    model_config = ConfigDict(frozen=True)

    pictures: tuple[tuple[float, float | None], ...]
    arrivals: tuple[tuple[str, float, float], ...]
    dry: tuple[tuple[float, float], ...]
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


class Joined(BaseModel):
    """Seconds until a new viewer saw a picture that moves; None: never."""

    joined: float | None


@asynccontextmanager
async def looking(
    page: Path, scratch: Path, src: str, player: str, events: str | None = None
) -> AsyncIterator[asyncio.Queue[Sight]]:
    """What Chromium shows of the playlist `src`, second by second, while the block lasts; `events`: it hears of it."""
    query = {"src": src, "player": player, **({"events": events} if events is not None else {})}
    async with _reporting(page, scratch, query, Sight) as sights:
        yield sights


async def joins(page: Path, scratch: Path, src: str, count: int) -> list[float | None]:
    """How long `count` viewers with hls.js as it is had to wait for a picture, one after the other, at odd moments."""
    query = {"src": src, "player": "joins", "count": str(count)}
    async with _reporting(page, scratch, query, Joined) as joined:
        return [(await joined.get()).joined for _ in range(count)]


@asynccontextmanager
async def _reporting(
    page: Path, scratch: Path, query: dict[str, str], kind: type[Report]
) -> AsyncIterator[asyncio.Queue[Report]]:
    reports: asyncio.Queue[Report] = asyncio.Queue(10_000)

    async def report(request: Request) -> Response:
        reports.put_nowait(kind.model_validate_json(await request.body()))
        return Response(status_code=204)

    routes = [Route("/report", report, methods=["POST"]), Mount("/", StaticFiles(directory=page, html=True))]
    listener = listen(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/?{urlencode(query)}"
    async with serving(Starlette(routes=routes), listener), _chromium(url, scratch):
        yield reports


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
        await end(process)
        with suppress(OSError):
            shutil.rmtree(profile)
