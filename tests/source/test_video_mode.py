"""How a camera's video is made, from one FFmpeg to the next: when another one is wanted, and what is said meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.virtual_time import run
from uploader.configuration.cameras import Camera
from uploader.segments.segment import FinishedSegment
from uploader.source.media import Video
from uploader.source.packet_loss import BAD_SECONDS, LOSSY, PERIOD
from uploader.source.sound import PATIENCE, SILENT
from uploader.source.video_mode import VideoMode

if TYPE_CHECKING:
    from uploader.reporting.status import Condition
    from uploader.source.passthrough import Choice

PICTURE = "[info]   Stream #0:0: Video: h264 (High), yuv420p(progressive), 640x360, 15 fps, 15 tbr, 90k tbn"
SOUND = "[info]   Stream #0:1: Audio: pcm_alaw, 8000 Hz, mono, s16, 64 kb/s"
RESIZED = "[graph 0 input] [warning] Changing video frame properties on the fly is not supported by all filters"


class Camcorder:
    """The video of a camera with these settings, and what was told of it."""

    def __init__(self, **settings: object) -> None:
        self.choices: list[Choice] = []
        self.notices: list[tuple[str, Condition | None]] = []
        camera = Camera.model_validate({"id": "cam", "rtsp_url": "rtsp://10.0.0.5/live", "settings": settings})
        self.mode = VideoMode(camera, None, self.choices.append, lambda name, said: self.notices.append((name, said)))

    async def begin(self, *lines: str) -> None:
        self.mode.connecting()
        await self.mode.begin()
        for line in lines:
            self.mode.heard(line)


def segment(duration: float = 2.0) -> FinishedSegment:
    return FinishedSegment(bytes(1880), duration, datetime(2026, 11, 20, tzinfo=UTC), 0.0)


def test_what_fits_is_copied_and_told_once() -> None:
    async def story() -> Camcorder:
        camcorder = Camcorder()
        await camcorder.begin(PICTURE)
        assert all(camcorder.mode.fits(segment(), 2.0 * number) for number in range(3))
        return camcorder

    (choice,) = run(story()).choices
    assert choice.encoder is None
    assert choice.camera == Video("h264", 640, 360, "High", "yuv420p", fps=15.0).name


def test_nothing_is_shown_any_more_of_an_ffmpeg_that_is_to_make_way_for_another() -> None:
    async def story() -> tuple[bool, bool]:
        camcorder = Camcorder()
        await camcorder.begin(PICTURE)
        assert camcorder.mode.fits(segment(), 2.0)
        camcorder.mode.heard(RESIZED)
        assert camcorder.mode.otherwise.is_set()
        after = camcorder.mode.fits(segment(), 4.0)
        await camcorder.begin(PICTURE)
        return after, camcorder.mode.fits(segment(), 2.0)

    assert run(story()) == (False, True)


def test_a_segment_of_no_length_is_not_shown_and_nothing_is_concluded_from_it() -> None:
    async def story() -> Camcorder:
        camcorder = Camcorder()
        await camcorder.begin(PICTURE)
        assert not camcorder.mode.fits(segment(0.0), 0.0)
        assert not camcorder.mode.otherwise.is_set()
        return camcorder

    assert run(story()).choices == []


def test_sound_that_does_not_come_is_left_out_by_the_next_ffmpeg_and_said_once() -> None:
    async def story() -> Camcorder:
        camcorder = Camcorder(audio=True)
        await camcorder.begin(PICTURE, SOUND)
        assert camcorder.mode.camera.settings.audio
        for _ in range(4):
            await asyncio.sleep(PATIENCE / 2)
            camcorder.mode.checked(pictured=False)
        assert camcorder.mode.otherwise.is_set()
        return camcorder

    camcorder = run(story())
    assert not camcorder.mode.camera.settings.audio
    assert camcorder.notices == [("sound", SILENT)]


def test_a_bad_network_is_said_and_taken_back() -> None:
    async def story() -> Camcorder:
        camcorder = Camcorder()
        await camcorder.begin(PICTURE)
        for _ in range(BAD_SECONDS):
            camcorder.mode.heard("[rtsp @ 0x1] [warning] RTP: missed 3 packets")
            await asyncio.sleep(1)
            camcorder.mode.checked(pictured=True)
        await asyncio.sleep(PERIOD)
        camcorder.mode.checked(pictured=True)
        return camcorder

    assert run(story()).notices == [("network", LOSSY), ("network", None)]
