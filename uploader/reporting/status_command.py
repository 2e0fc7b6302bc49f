"""`status`: asks the worker that runs on this box what its cameras do, and the store what viewers get of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

import httpx

from uploader.errors import StorefeedError
from uploader.hls.playlist import PlaylistError, parse
from uploader.reporting.status_table import table
from uploader.storage.connections import way_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.reporting.running_worker import RunningWorker

PERIOD = 2.0
TIMEOUT = 3.0
# A terminal: back to the upper left, and empty below (ECMA-48 CUP and ED).
CLEAR = "\x1b[H\x1b[J"
_NO_WORKER = "No worker answers on this box, port {}."
_ADVICE = "Start one with: python live_stream.py --all, or say where it is: STOREFEED_PORT=8001."
_STRANGER = "The worker on port {} asks for a token that is not known here."
_GUESSED = (
    "Somebody showed the worker on port {} wrong tokens from here; for a moment it listens to nobody on this box."
)
_AS_ITS_USER = "Ask with the settings it was started with: as its user (sudo), with its .env and STOREFEED_DATA."


class NoWorker(StorefeedError):
    """There is nobody to ask."""


async def show(
    asked: RunningWorker,
    *,
    as_json: bool = False,
    watching: bool = False,
    out: TextIO = sys.stdout,
    period: float = PERIOD,
) -> None:
    """Print what the cameras do, when `watching` again and again, every `period` seconds.

    Raises NoWorker when there is none from the start; one that goes away meanwhile is waited for.
    """
    terminal = out.isatty()
    draw = _json if as_json else partial(_table, out, fitting=terminal and watching)
    async with AsyncExitStack() as opened:
        worker = await opened.enter_async_context(asked.client(TIMEOUT))
        viewers: dict[str, httpx.AsyncClient] = {}  # by the host of the store

        async def age(camera: dict[str, Any]) -> float | None:
            url = httpx.URL(camera["stream_url"])
            if asked.serves(str(url)):
                return await _age(worker, url)
            if url.host not in viewers:
                viewers[url.host] = httpx.AsyncClient(timeout=TIMEOUT, transport=way_to(url))
                opened.push_async_callback(viewers[url.host].aclose)
            return await _age(viewers[url.host], url)

        async def seen() -> str:
            document = await _document(worker)
            return draw(document, await asyncio.gather(*map(age, document["cameras"])))

        text = await seen()
        while True:
            out.write(f"{CLEAR if watching and terminal else ''}{text}")
            out.flush()
            if not watching:
                return
            await asyncio.sleep(period)
            try:
                text = await seen()
            except NoWorker as error:  # it may be started again in a moment
                text = _json({"cameras": [], "problems": [str(error)]}, []) if as_json else f"{error}\n"


def _json(document: dict[str, Any], ages: Sequence[float | None]) -> str:
    seen = [{**camera, "segment_age_seen": age} for camera, age in zip(document["cameras"], ages, strict=True)]
    return json.dumps({**document, "cameras": seen}, ensure_ascii=False) + "\n"


def _table(out: TextIO, document: dict[str, Any], ages: Sequence[float | None], *, fitting: bool) -> str:
    """`fitting`: not higher than the terminal, so that its beginning stays in sight."""
    if not out.isatty():
        return table(document["cameras"], document["problems"], ages)
    width, height = shutil.get_terminal_size()
    return table(document["cameras"], document["problems"], ages, width, height - 1 if fitting else None)


async def _document(worker: httpx.AsyncClient) -> dict[str, Any]:
    port = worker.base_url.port
    try:
        answer = await worker.get("/api/cameras")
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NoWorker(_STRANGER.format(port), _AS_ITS_USER)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise NoWorker(_GUESSED.format(port), "Ask again in a minute.")
        document = answer.raise_for_status().json()
        if not isinstance(document, dict) or not {"cameras", "problems"} <= document.keys():
            raise NoWorker(f"Something else than a worker answers on port {port}.", _ADVICE)
    except (httpx.HTTPError, ValueError):
        raise NoWorker(_NO_WORKER.format(port), _ADVICE) from None
    return document


async def _age(viewer: httpx.AsyncClient, url: httpx.URL) -> float | None:
    """Seconds since the newest picture was taken that a viewer can get; None: a viewer gets nothing."""
    try:
        answer = await viewer.get(url, params={"cacheNonce": uuid4().hex})
        segments = parse(answer.text).segments if answer.status_code == 200 else ()
    except (httpx.HTTPError, PlaylistError):
        return None
    newest = segments[-1].end if segments else None
    return round((datetime.now(UTC) - newest).total_seconds(), 1) if newest is not None else None
