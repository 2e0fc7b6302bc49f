"""The latency benchmark: its film tells the time, and its store knows what is asked of it."""

from __future__ import annotations

import time

import pytest

from scripts.bench.clock import last_picture_time
from scripts.bench.far_store import kind_of
from scripts.bench.film import RtspFilm
from tests.rtsp_camera import encoded
from uploader.test_source import film

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
