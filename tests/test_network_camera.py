"""A real RTSP camera, the real FFmpeg, the whole pipeline, and a store in memory."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.memory_store import MemoryStore
from tests.rtsp_camera import Away, Drop, Freeze, Login, RtspCamera, Script
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.hls.playlist import MediaPlaylist, parse
from uploader.log import to_console
from uploader.pictures import frame_names, still
from uploader.pipeline import Pipeline
from uploader.redaction import Redaction
from uploader.reporting.status import State
from uploader.segments.watcher import DirectoryEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

FOLDER = "location_1/cam_floor"


class Streamed:
    """A camera in the bucket."""

    def __init__(self, pipeline: Pipeline, store: MemoryStore) -> None:
        self.pipeline = pipeline
        self.store = store

    @property
    def playlist(self) -> MediaPlaylist:
        body = self.store.objects.get(f"{FOLDER}/stream.m3u8")
        return parse(body.decode()) if body is not None else MediaPlaylist(0)

    @property
    def state(self) -> State:
        return self.pipeline.reporter.status.condition.state

    async def until(self, come: Callable[[], bool], limit: float = 60.0) -> None:
        async with asyncio.timeout(limit):
            while not come():  # noqa: ASYNC110  (several parts of it change, each in its own time)
                await asyncio.sleep(0.05)


@asynccontextmanager
async def streamed(url: str, scratch: Path, segment_duration: float = 1, **more: object) -> AsyncIterator[Streamed]:
    settings = {"segment_duration": segment_duration, **more}
    camera = Camera.model_validate({"id": "cam_floor", "rtsp_url": url, "settings": settings})
    store = MemoryStore()
    with DirectoryEvents().running() as events:
        pipeline = Pipeline(camera, FOLDER, binary.find(), store, scratch, events)
        task = asyncio.create_task(pipeline.run())
        try:
            yield Streamed(pipeline, store)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_network_camera_is_streamed_in_exact_segments_over_one_session(tmp_path: Path) -> None:
    async with RtspCamera() as camera:
        async with streamed(camera.url, tmp_path) as stream:
            await stream.until(lambda: len(stream.playlist.segments) >= 4)
            assert stream.state is State.LIVE
            durations = [segment.duration for segment in stream.playlist.segments]
            assert durations == pytest.approx([1.0] * len(durations), abs=0.1)
            assert not any(segment.discontinuity for segment in stream.playlist.segments)
            assert camera.opened == 1
        await _until_nobody_watches(camera)
        # FFmpeg says TEARDOWN and closes; while video is unread, the reset of that overtakes it (RFC 1122, 4.2.2.13).
        assert camera.torn_down + camera.lost == 1


async def test_a_frame_of_a_camera_whose_video_is_copied_needs_no_second_session(tmp_path: Path) -> None:
    async with RtspCamera() as camera, streamed(camera.url, tmp_path, frames_every=10) as stream:
        await stream.until(lambda: any("/frames/" in path for path in stream.store.objects))
        (path,) = (path for path in stream.store.objects if "/frames/" in path)
        assert camera.opened == 1
    video = stream.pipeline.reporter.status.video
    assert video is not None
    assert video.encoder is None
    made = still.WEBP if path.endswith(".webp") else still.JPEG
    assert still.size(stream.store.objects[path], made) is not None
    taken_at = frame_names.taken_at(path.rpartition("/")[2])
    assert stream.pipeline.reporter.frame_at is not None
    assert taken_at == stream.pipeline.reporter.frame_at.replace(microsecond=0)


async def _until_nobody_watches(camera: RtspCamera) -> None:
    async with asyncio.timeout(20):
        while camera.watching:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("fault", [Drop(), Freeze(6.0), Away(3.0)], ids=["hangs up", "freezes", "restarts"])
async def test_a_camera_that_fails_comes_back_by_itself(fault: Drop | Freeze | Away, tmp_path: Path) -> None:
    async with RtspCamera(script=Script(faults=((3.0, fault),))) as camera, streamed(camera.url, tmp_path) as stream:
        await stream.until(lambda: stream.state is State.LIVE)
        await stream.until(lambda: stream.state is not State.LIVE)
        assert stream.pipeline.reporter.status.condition.reason
        before = stream.playlist
        await stream.until(lambda: any(segment.discontinuity for segment in stream.playlist.segments))
        after = stream.playlist
        assert stream.state is State.LIVE
        assert after.next_sequence > before.next_sequence
        assert after.media_sequence >= before.media_sequence


async def test_a_refused_login_is_told_in_plain_words_and_nothing_secret_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    to_console(Redaction(), verbose=True)
    async with RtspCamera(login=Login("admin", "right-password")) as camera:
        wrong = camera.address(user="admin", password="wrong#pass/word?")
        async with streamed(wrong, tmp_path) as stream:
            await stream.until(lambda: stream.state is State.REFUSED)
            assert stream.pipeline.reporter.status.condition.reason == "The camera refused the login (401)."
    printed = capsys.readouterr()
    assert "refused the login" in printed.out
    assert "wrong" not in printed.out + printed.err
    assert not any(b"wrong" in body for _, body in stream.store.history)


async def test_a_password_with_every_awkward_character_opens_the_camera(tmp_path: Path) -> None:
    login = Login("admin", "p@ss#w/or?d:%")
    async with RtspCamera(login=login) as camera, streamed(camera.url, tmp_path) as stream:
        await stream.until(lambda: stream.state is State.LIVE)


async def test_one_camera_that_fails_leaves_the_other_alone(tmp_path: Path) -> None:
    async with RtspCamera() as good, RtspCamera(script=Script(faults=((1.5, Away(60.0)),))) as bad:
        (tmp_path / "good").mkdir()
        (tmp_path / "bad").mkdir()
        async with streamed(bad.url, tmp_path / "bad") as broken, streamed(good.url, tmp_path / "good") as fine:
            await broken.until(lambda: broken.state is State.RECONNECTING)
            before = fine.playlist.next_sequence
            await fine.until(lambda: fine.playlist.next_sequence >= before + 3)
            assert not any(segment.discontinuity for segment in fine.playlist.segments)
            assert fine.state is State.LIVE
