"""The latency benchmark: its film tells the time, its store knows what is asked of it, and plain players join."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

from scripts.bench.clock import last_picture_time
from scripts.bench.far_store import kind_of
from scripts.bench.film import RtspFilm, clip
from scripts.bench.glass import build, joins
from scripts.bench.link import Link
from scripts.bench.rig import Conditions, rig
from tests.rtsp_camera import encoded
from uploader.ffmpeg.test_source import film

if TYPE_CHECKING:
    from pathlib import Path

# Viewers that open a plain hls.js, one after the other.
JOINS = int(os.environ.get("STOREFEED_TEST_JOINS", "4"))

START = b"\0\0\0\1"


async def test_every_picture_of_the_film_carries_the_time_since_it_began() -> None:
    clip = encoded(graph=film(15), fps=15, gop=15, seconds=2)
    pictures = b"".join(START + nal for frame in clip.frames[:20] for nal in frame.nals)
    assert await last_picture_time("ffmpeg", pictures) == pytest.approx(19 / 15, abs=0.001)


async def test_the_camera_knows_when_a_picture_was_taken_also_when_the_film_began_again() -> None:
    async with RtspFilm(encoded(graph=film(15), fps=15, gop=15, seconds=1)) as camera:
        camera.begin()
        assert camera.began == pytest.approx(time.time(), abs=1)
        assert camera.sent(3.0, near=camera.began + 4.5) == pytest.approx(camera.began + 3)
        assert camera.sent(63.0, near=camera.began + 130) == pytest.approx(camera.began + 127)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/storage/v1/object/streams/a/b/stream.m3u8", 200, "PUT playlist"),
        ("PUT", "/storage/v1/object/streams/a/b/segment_000001_0a.ts", 200, "PUT media"),
        ("POST", "/storage/v1/object/streams/a/b/status.json", 503, "PUT status in vain"),
        ("GET", "/storage/v1/object/public/streams/a/b/segment_000001_0a.ts", 400, "GET media in vain"),
        ("POST", "/storage/v1/object/list/streams", 200, "other"),
        ("DELETE", "/storage/v1/object/streams", 200, "other"),
    ],
)
def test_requests_are_told_apart(method: str, path: str, status: int, kind: str) -> None:
    assert kind_of(method, path, status) == kind


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's page, made once."""
    directory = tmp_path_factory.mktemp("page")
    asyncio.run(build(directory))
    return directory


async def test_plain_hls_js_joins_a_stream_of_parts_at_any_moment(page: Path, tmp_path: Path) -> None:
    conditions = Conditions(Link(0.06, 5e6), Link(0.03, None, 20e6), put_time=0.05)
    async with rig(conditions, "profile: realtime", clip(), tmp_path) as line, asyncio.timeout(40 * JOINS):
        await line.until_published(30)  # parts: a stream that has been going on for a while
        assert None not in await joins(page, tmp_path, line.playlist, JOINS)
