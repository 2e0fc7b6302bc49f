"""The worker as its own viewer: now and then it asks for the public playlist as a browser would, and says what it sees.

An upload that was acknowledged is not yet a picture in a browser: a bucket may be private, a cache may keep an old
playlist, a gateway may lack CORS.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from uploader.hls.playlist import PlaylistError, parse
from uploader.reporting.status import Condition, State
from uploader.storage.connections import is_loopback, read_whole, way_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PERIOD = 60.0
TIMEOUT = 10.0
# A viewer may be this many target durations behind what was published when it asked; more is a cache at work.
TOLERANCE = 3
ELSEWHERE = "https://viewer.invalid"


def origin_for(url: str) -> str:
    """The site of a page that plays this. A store on loopback answers pages of this box, and no others."""
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}" if is_loopback(place.hostname or "") else ELSEWHERE


@dataclass(frozen=True, slots=True)
class View:
    """What a viewer got: HTTP status, headers (lower case), text."""

    status: int
    headers: Mapping[str, str]
    text: str


def judge(view: View, published: int) -> Condition | None:
    """What is wrong with it for a viewer, when `published` was the newest media sequence number as it was asked for."""
    if view.status in {400, 401, 403, 404}:
        return _notice(
            f"Uploads work, but viewers are refused ({view.status}): the bucket is private, or not the one in the URL.",
            "Make the bucket public, or give viewers a token of their own.",
        )
    if view.status != 200:
        return None  # passes by itself, and uploads tell
    return _stale(view, published) or _badly_served(view)


def _stale(view: View, published: int) -> Condition | None:
    try:
        playlist = parse(view.text)
    except PlaylistError:
        return _notice("Viewers get something else than the playlist.", "Is a proxy or a login page in between?")
    behind = published - (playlist.next_sequence - 1)
    # With parts, a playlist is written once for several of them.
    length = playlist.duration / len(playlist.segments) if playlist.segments else playlist.target_duration
    if behind * length <= TOLERANCE * playlist.target_duration:
        return None
    cache = view.headers.get("cf-cache-status") or view.headers.get("x-cache") or "no word of a cache"
    return _notice(
        f"Viewers get a playlist that is {behind} segments old ({cache[:20]}): a cache keeps it.",
        "Use a player that asks with cacheNonce, as web/HLSPlayer.tsx does, or take the cache away.",
    )


def _badly_served(view: View) -> Condition | None:
    if "no-store" not in view.headers.get("cache-control", ""):
        return _notice("The playlist reaches viewers without 'no-store', so browsers may show an old one.", "")
    if "access-control-allow-origin" not in view.headers:
        return _notice("Pages on other sites may not read the stream (CORS).", "Allow all origins at the gateway.")
    return None


def _notice(reason: str, advice: str) -> Condition:
    return Condition(State.LIVE, reason, advice or None)


async def watch(
    url: str, published: Callable[[], int | None], tell: Callable[[Condition | None], None], period: float = PERIOD
) -> None:
    """Look every `period` seconds, for ever. `published` gives the newest media sequence number; None: not yet any."""
    hooks = {"response": [read_whole]}
    async with httpx.AsyncClient(timeout=TIMEOUT, transport=way_to(httpx.URL(url)), event_hooks=hooks) as viewer:
        while True:
            await asyncio.sleep(period)
            newest = published()
            if newest is not None:
                view = await _look(viewer, url)
                tell(judge(view, newest) if view is not None else None)


async def _look(viewer: httpx.AsyncClient, url: str) -> View | None:
    try:
        answer = await viewer.get(url, params={"cacheNonce": uuid4().hex}, headers={"Origin": origin_for(url)})
    except httpx.HTTPError:
        return None
    return View(answer.status_code, dict(answer.headers), answer.text)
