"""Some seconds of a camera: what it announces, and what really comes. Real RTSP, real FFmpeg, all at the same time."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import ffmpegs
from tests.rtsp_camera import H265, Clip, RtspCamera, Script, encoded
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.ffmpeg.causes import SILENT, Cause
from uploader.pictures import still
from uploader.source.media import Media
from uploader.source.objections import objection
from uploader.source.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

FFMPEG = binary.find()


async def look(clip: Clip, script: Script | None = None) -> tuple[Media | Cause, RtspCamera]:
    async with RtspCamera(clip, script=script) as camera:
        seen = await probe(FFMPEG, Camera(id="cam_floor", rtsp_url=camera.url), 4.5)
        return seen, camera


async def test_what_a_camera_sends_is_seen_over_one_gentle_connection() -> None:
    good = {"fps": 15, "gop": 30, "size": "320x180"}
    (seen, camera), (mute, _), (ordered, _), (modern, _), (refused, _), (hung, _) = await asyncio.gather(
        look(encoded(**good, sound=True)),
        look(encoded(**good, sound=True), Script(mute=True)),
        look(encoded(**good, bframes=2)),
        look(encoded(**good, codec=H265)),
        look(encoded(**good), Script(answers={"DESCRIBE": 404})),
        look(encoded(**good), Script(delays={"DESCRIBE": math.inf})),
    )
    assert isinstance(seen, Media)
    assert seen.video is not None
    assert (seen.video.codec, seen.video.width, seen.video.height, seen.video.reordered) == ("h264", 320, 180, False)
    assert seen.video.keyframe_interval == pytest.approx(2.0, abs=0.4)
    assert seen.video.fps == pytest.approx(15, abs=4)
    assert seen.video.kbits is not None
    assert seen.video.kbits > 100
    assert objection(seen.video, Camera(id="a", rtsp_url="testsrc://").settings) is None
    assert seen.audio is not None
    assert seen.audio.kbits == pytest.approx(64, abs=10)
    assert camera.opened == 1
    assert isinstance(mute, Media)
    assert mute.video is not None
    assert mute.audio is not None
    assert mute.audio.kbits == 0
    assert isinstance(ordered, Media)
    assert ordered.video is not None
    assert ordered.video.reordered
    assert isinstance(modern, Media)
    assert modern.video is not None
    assert modern.video.codec == "hevc"
    assert isinstance(refused, Cause)
    assert "(404)" in refused.reason
    assert hung == SILENT


async def test_a_look_can_be_given_up_and_leaves_nothing_behind() -> None:
    async with RtspCamera(script=Script(packets_after=math.inf)) as camera:
        looking = asyncio.create_task(probe(FFMPEG, Camera(id="cam_floor", rtsp_url=camera.url)))
        async with asyncio.timeout(20):
            while not camera.opened:  # noqa: ASYNC110  (what is waited for is in the camera)
                await asyncio.sleep(0.02)
        others = asyncio.all_tasks() - {looking}
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        await asyncio.sleep(0)
        assert not [task for task in others & asyncio.all_tasks() if "Event.wait" in repr(task)]


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
async def test_a_picture_is_kept_of_the_same_connection(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path = tmp_path / "100 %d.jpg"
    async with RtspCamera(encoded(codec=H265, fps=15, gop=30, size="320x180")) as camera:
        seen = await probe(ffmpeg, Camera(id="cam_floor", rtsp_url=camera.url), 2.5, picture=str(path))
        assert camera.opened == 1
    assert isinstance(seen, Media)
    assert seen.video is not None
    assert seen.video.codec == "hevc"
    assert seen.video.keyframe_interval == pytest.approx(2.0, abs=0.4)
    assert still.size(path.read_bytes(), still.JPEG) == (320, 180)
