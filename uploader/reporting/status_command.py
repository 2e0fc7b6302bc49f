"""`status`: asks the worker that runs on this box what its cameras do, and the store what viewers get of it."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any, TextIO
from uuid import uuid4

import httpx

from uploader.errors import StorefeedError
from uploader.hls.playlist import PlaylistError, parse
from uploader.reporting.status_table import table

PERIOD = 2.0
TIMEOUT = 3.0
# A terminal: back to the upper left, and empty below (ECMA-48 CUP and ED).
CLEAR = "\x1b[H\x1b[J"
_NO_WORKER = "No worker answers on this box, port {}."
_ADVICE = "Start one with: python live_stream.py --all, or say where it is: STOREFEED_PORT=8001."


class NoWorker(StorefeedError):
    """There is nobody to ask."""


async def show(port: int, *, as_json: bool = False, watching: bool = False, out: TextIO = sys.stdout) -> None:
    """Print what the cameras do, again and again when `watching`. Raises NoWorker when there is none from the start."""
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT, trust_env=False) as worker,
        httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as viewer,
    ):
        text = await _told(worker, viewer, port, as_json=as_json)
        while True:
            out.write(f"{CLEAR if watching and out.isatty() else ''}{text}")
            out.flush()
            if not watching:
                return
            await asyncio.sleep(PERIOD)
            try:
                text = await _told(worker, viewer, port, as_json=as_json)
            except NoWorker as error:
                text = f"{error}\n"  # it may be started again in a moment


async def _told(worker: httpx.AsyncClient, viewer: httpx.AsyncClient, port: int, *, as_json: bool) -> str:
    document = await _document(worker, port)
    cameras = document["cameras"]
    ages = await asyncio.gather(*(_age(viewer, camera["stream_url"]) for camera in cameras))
    if as_json:
        seen = [{**camera, "segment_age_seen": age} for camera, age in zip(cameras, ages, strict=True)]
        return json.dumps({**document, "cameras": seen}, ensure_ascii=False) + "\n"
    return table(cameras, document["problems"], ages)


async def _document(worker: httpx.AsyncClient, port: int) -> dict[str, Any]:
    try:
        answer = await worker.get("/api/cameras")
        document = answer.raise_for_status().json()
        if not isinstance(document, dict) or not {"cameras", "problems"} <= document.keys():
            raise NoWorker(f"Something else than a worker answers on port {port}.", _ADVICE)
    except (httpx.HTTPError, ValueError):
        raise NoWorker(_NO_WORKER.format(port), _ADVICE) from None
    return document


async def _age(viewer: httpx.AsyncClient, url: str) -> float | None:
    """Seconds since the newest picture was taken that a viewer can get; None: a viewer gets nothing."""
    try:
        answer = await viewer.get(url, params={"cacheNonce": uuid4().hex})
        segments = parse(answer.text).segments if answer.status_code == 200 else ()
    except (httpx.HTTPError, PlaylistError):
        return None
    newest = segments[-1].end if segments else None
    return round((datetime.now(UTC) - newest).total_seconds(), 1) if newest is not None else None
