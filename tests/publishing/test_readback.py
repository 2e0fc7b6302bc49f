"""The worker as its own viewer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.storage.live_store import embedded_store
from uploader.hls.playlist import MediaPlaylist, Parts, Segment
from uploader.publishing.readback import View, judge, origin_for, watch
from uploader.storage import PLAYLIST
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.reporting.status import Condition

GOOD = {"cache-control": "max-age=0, no-store", "access-control-allow-origin": "*"}
TEXT = MediaPlaylist(2, media_sequence=40, segments=(Segment("a.ts", 2.0), Segment("b.ts", 2.0))).render()


def test_a_fresh_playlist_is_fine() -> None:
    assert judge(View(200, GOOD, TEXT), published=41) is None
    assert judge(View(200, GOOD, TEXT), published=44) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_viewers_who_are_refused_are_told(status: int) -> None:
    notice = judge(View(status, {}, "{}"), published=41)
    assert notice is not None
    assert "the bucket is private" in str(notice.reason)


def test_an_old_copy_out_of_a_cache_is_named() -> None:
    notice = judge(View(200, {**GOOD, "cf-cache-status": "HIT"}, TEXT), published=60)
    assert notice is not None
    assert notice.reason == "Viewers get a playlist that is 19 segments old (HIT): a cache keeps it."
    assert "cacheNonce" in str(notice.advice)


@pytest.mark.parametrize(("published", "old"), [(41, False), (59, False), (60, True)])
def test_a_playlist_of_parts_is_as_old_as_its_seconds_say(published: int, old: bool) -> None:
    """Eighteen parts are three segments."""
    parts = tuple(Segment(f"{number}.ts", 1 / 3) for number in range(30))
    text = MediaPlaylist(2, media_sequence=12, segments=parts, parts=Parts(1 / 3, 2.0)).render()
    notice = judge(View(200, GOOD, text), published=published)
    assert (notice is not None) is old


def test_a_lost_cache_header_and_missing_cors_are_named() -> None:
    stale = judge(View(200, {**GOOD, "cache-control": "max-age=3600"}, TEXT), published=41)
    closed = judge(View(200, {"cache-control": "no-store"}, TEXT), published=41)
    assert "no-store" in str(stale.reason if stale else "")
    assert "CORS" in str(closed.reason if closed else "")


def test_a_login_page_in_between_is_named() -> None:
    notice = judge(View(200, GOOD, "<html>"), published=41)
    assert notice is not None
    assert "something else than the playlist" in str(notice.reason)


@pytest.mark.parametrize("status", [500, 502, 429])
def test_what_passes_by_itself_is_left_to_the_uploads(status: int) -> None:
    assert judge(View(status, {}, ""), published=41) is None


def test_it_asks_as_a_page_elsewhere_does_but_for_a_store_that_answers_only_this_box() -> None:
    path = "/storage/v1/object/public/streams/a/stream.m3u8"
    assert origin_for(f"https://project.supabase.co{path}") == "https://viewer.invalid"
    assert origin_for(f"http://127.0.0.1:8000{path}") == "http://127.0.0.1:8000"
    assert origin_for(f"http://localhost:8000{path}") == "http://localhost:8000"


@pytest.mark.parametrize(
    ("public", "published", "says"),
    [(True, 41, None), (True, 60, "19 segments old"), (False, 41, "the bucket is private")],
    ids=["fine", "stale", "private"],
)
async def test_it_looks_now_and_then_as_a_browser_would(
    public: bool, published: int, says: str | None, tmp_path: Path
) -> None:
    heard: asyncio.Queue[Condition | None] = asyncio.Queue()
    with embedded_store(tmp_path) as access:
        async with supabase_store(
            url=access.url, identity=GivenToken(access.key), bucket="streams", private=not public
        ) as store:
            await store.prepare()
            await store.put("a/stream.m3u8", TEXT.encode(), PLAYLIST)
        url = f"{access.url}/storage/v1/object/public/streams/a/stream.m3u8"
        watching = asyncio.create_task(watch(url, lambda: published, heard.put_nowait, period=0.05))
        notice = await asyncio.wait_for(heard.get(), 5)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert (notice is None) == (says is None)
    assert says is None or says in str(notice)
