"""The picture on the box itself: near to now, made once for all who look, and by nobody when nobody looks."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import subprocess
import time
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from scripts.bench.clock import last_picture_time, since
from scripts.bench.film import FPS, RtspFilm, clip
from tests.ffmpegs import ffmpegs
from tests.test_network_camera import streamed
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.pictures import preview
from uploader.pictures.preview import VIEWERS, Preview, TooManyViewers
from uploader.pictures.tail import LIMIT, Tail
from uploader.segments.transport_stream import Frame, FrameReader
from uploader.segments.watcher import DirectoryEvents
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

# Seconds that a picture may be old. A busy machine must not make these tests red; the benchmark has the figures.
NEAR = 1.5
FRESH = 2.0


@asynccontextmanager
async def filming(scratch: Path, ffmpeg: FFmpeg, profile: str = "standard") -> AsyncIterator[tuple[Preview, Tail]]:
    """A camera that films the test picture, and its preview."""
    tail = Tail()
    entry = {"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"profile": profile}}
    with DirectoryEvents().running() as events:
        supervisor = Supervisor(
            Camera.model_validate(entry), ffmpeg, scratch, events, lambda _: None, lambda _: None, tail=tail
        )
        looking = Preview(ffmpeg, tail)
        async with during(supervisor.run()), during(looking.run()):
            await until(lambda: bool(tail.frames))
            yield looking, tail


@asynccontextmanager
async def during(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(come: Callable[[], bool], limit: float = 15.0) -> None:
    deadline = asyncio.get_running_loop().time() + limit
    while not come():
        assert asyncio.get_running_loop().time() < deadline, f"it did not come within {limit} s"
        await asyncio.sleep(0.05)


async def age(picture: bytes) -> float:
    """How many seconds ago it was taken, by the clock in it."""
    now = time.time()
    return since(now, await last_picture_time(binary.find().path, picture))


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
@pytest.mark.parametrize("profile", ["standard", "realtime"])
async def test_pictures_come_one_by_one_and_are_of_now(ffmpeg: FFmpeg, profile: str, tmp_path: Path) -> None:
    async with filming(tmp_path, ffmpeg, profile) as (looking, _), aclosing(looking.pictures()) as pictures:
        ages = []
        async for picture in pictures:
            ages.append(await age(picture))
            if len(ages) == 15:
                break
    assert sorted(ages)[7] < NEAR, ages


async def test_any_number_of_viewers_share_one_ffmpeg_which_ends_after_the_last(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (_, tail):
        looking = Preview(stand_in(tmp_path / "ffmpeg", f"echo >> {tmp_path}/starts"), tail)
        async with during(looking.run()):
            viewers = [looking.pictures() for _ in range(VIEWERS)]
            first = await asyncio.gather(*(anext(viewer) for viewer in viewers))
            assert all(picture.startswith(b"\xff\xd8") for picture in first)
            assert (tmp_path / "starts").read_text() == "\n"
            with pytest.raises(TooManyViewers):
                await anext(looking.pictures())
            for viewer in viewers:
                await viewer.aclose()
            await until(lambda: not tail.is_followed)


async def test_who_takes_pictures_slowly_gets_the_newest(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (looking, _), aclosing(looking.pictures()) as pictures:
        await anext(pictures)
        await asyncio.sleep(2 * NEAR)
        assert await age(await anext(pictures)) < NEAR


async def test_a_snapshot_is_fresh_and_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (looking, tail):
        await asyncio.sleep(1.2)  # some pictures after the keyframe
        shots = await asyncio.gather(*(looking.snapshot() for _ in range(5)))
        assert len({id(shot) for shot in shots}) == 1
        assert shots[0] is not None
        assert await age(shots[0]) < FRESH
        assert not tail.is_followed
        await asyncio.sleep(preview.SNAPSHOT_AGE)
        later = await looking.snapshot()
        assert later is not None
        assert await age(later) < FRESH
        assert later != shots[0]


async def test_a_snapshot_is_of_now_however_long_it_takes_to_make(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (_, tail):
        slow = Preview(stand_in(tmp_path / "ffmpeg", f"sleep {FRESH}"), tail)
        picture = await slow.snapshot()
        assert picture is not None
        assert await age(picture) < FRESH
        assert not tail.is_followed


def stand_in(path: Path, first: str) -> FFmpeg:
    """The real one, after this line of a shell script."""
    real = binary.find()
    path.write_text(f'#!/bin/sh\n{first}\nexec {real.path} "$@"\n', encoding="utf-8")
    path.chmod(0o700)
    return dataclasses.replace(real, path=str(path))


async def test_those_who_wait_while_no_snapshot_can_be_made_share_that(tmp_path: Path) -> None:
    tail = Tail()
    looking = Preview(stand_in(tmp_path / "ffmpeg", f"echo >> {tmp_path}/starts; exit 1"), tail)
    tail.add(Frame(b"G" * 188, 0, is_keyframe=True))
    assert await asyncio.gather(*(looking.snapshot() for _ in range(5))) == [None] * 5
    assert (tmp_path / "starts").read_text() == "\n"
    tail.add(Frame(b"G" * 188, 0, is_keyframe=True))
    assert await looking.snapshot() is None
    assert (tmp_path / "starts").read_text() == "\n\n"


async def test_who_asks_for_a_snapshot_and_goes_leaves_no_ffmpeg_behind(tmp_path: Path) -> None:
    tail, number = Tail(), tmp_path / "pid"
    deaf = stand_in(tmp_path / "ffmpeg", f"echo $$ > {number}.new; mv {number}.new {number}; exec sleep 60")
    tail.add(Frame(b"G" * 188, 0, is_keyframe=True))
    asking = asyncio.create_task(Preview(deaf, tail).snapshot())
    await until(number.exists)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert not tail.is_followed
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


async def test_the_last_picture_is_shown_also_where_the_last_keyframe_is_long_ago(tmp_path: Path) -> None:
    long_ago = 2 * FRESH
    film = clip(gop=8 * FPS, seconds=16)
    async with RtspFilm(film) as camera, streamed(camera.url, tmp_path, segment_duration=8) as stream:
        tail = stream.pipeline._tail
        await stream.until(lambda: len(tail.frames) > long_ago * FPS)
        picture = await stream.pipeline.preview.snapshot()
        now = time.time()
        assert picture is not None
        taken = camera.began + await last_picture_time(binary.find().path, picture)
        assert 0 < now - taken < FRESH


async def test_who_begins_to_look_sees_pictures_though_a_keyframe_comes_meanwhile() -> None:
    frames = filmed(33, gop=30)
    tail = Tail()
    looking = Preview(binary.find(), tail)
    for frame in frames[:25]:
        tail.add(frame)
    async with during(looking.run()), aclosing(looking.pictures()) as pictures:
        first = asyncio.create_task(anext(pictures))
        for _ in range(3):  # it has begun to start an FFmpeg
            await asyncio.sleep(0)
        for frame in frames[25:]:
            tail.add(frame)
        assert await first


async def test_who_looks_is_let_go_at_once_when_the_camera_ends() -> None:
    tail = Tail()
    looking = Preview(binary.find(), tail)
    for frame in filmed(5, gop=30):
        tail.add(frame)
    async with aclosing(looking.pictures()) as pictures:
        async with during(looking.run()):
            assert await anext(pictures)
            waiting = asyncio.create_task(anext(pictures, None))
            await asyncio.sleep(0)
        await asyncio.wait({waiting}, timeout=preview.STALE / 5)
        assert waiting.done()
        assert waiting.result() is None


def filmed(count: int, gop: int) -> list[Frame]:
    """So many frames of the test picture."""
    film = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15", "-frames:v", str(count)]
    encoded = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(gop), "-f", "mpegts", "-"]
    made = subprocess.run([binary.find().path, "-v", "error", *film, *encoded], capture_output=True, check=True)
    frames = FrameReader().feed(made.stdout)
    assert len(frames) == count
    return frames


async def test_without_a_picture_there_is_no_snapshot() -> None:
    tail = Tail()
    looking = Preview(binary.find(), tail)
    assert await looking.snapshot() is None
    tail.add(Frame(b"G" * 188, 0, is_keyframe=True))  # nothing that can be decoded
    assert await looking.snapshot() is None


async def test_a_tail_begins_with_a_keyframe_and_is_bounded() -> None:
    tail = Tail()
    tail.add(Frame(b"a", 0, is_keyframe=False))
    assert tail.frames == []
    for number in range(3):
        tail.add(Frame(b"k", number, is_keyframe=True))
        tail.add(Frame(b"p", number, is_keyframe=False))
    assert [frame.packets for frame in tail.frames] == [b"k", b"p"]
    tail.add(Frame(bytes(LIMIT), 9, is_keyframe=False))
    assert tail.frames == []


async def test_a_follower_hears_what_there_is_and_what_comes_until_it_leaves() -> None:
    tail = Tail()
    heard: list[Frame] = []
    tail.add(Frame(b"k", 0, is_keyframe=True))
    with tail.followed_by(heard.append):
        tail.add(Frame(b"p", 1, is_keyframe=False))
    tail.add(Frame(b"q", 2, is_keyframe=False))
    assert [frame.packets for frame in heard] == [b"k", b"p"]
