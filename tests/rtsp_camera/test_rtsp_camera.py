"""The camera of our tests is a real one: FFmpeg plays it, and its faults are those of real cameras."""

from __future__ import annotations

import asyncio
import signal
import struct
import time
from itertools import pairwise
from typing import Any

import pytest

from tests.rtsp_camera import Away, Drop, Freeze, Login, RtspCamera, Script, encoded
from tests.rtsp_camera.rtp import NTP_EPOCH
from tests.rtsp_camera.viewer import connected, frames, play, probe, until

FPS = 15


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_ffmpeg_plays_it_without_a_complaint_in_real_time(transport: str) -> None:
    async with RtspCamera() as camera:
        start = time.monotonic()
        status, progress, errors = await play(camera.url, 3, "-rtsp_transport", transport)
        assert (status, errors) == (0, "")
        assert abs(frames(progress) - 3 * FPS) <= 1
        assert 2.5 < time.monotonic() - start < 10
        assert (camera.opened, camera.torn_down, camera.lost, camera.watching) == (1, 1, 0, 0)


async def test_its_pictures_are_evenly_spaced_and_go_on_when_the_clip_begins_again() -> None:
    async with RtspCamera(encoded(seconds=1)) as camera:
        packets = (await probe(camera.url, 2))["packets"][1:]  # FFmpeg gives the very first one no time
        times = [float(packet["pts_time"]) for packet in packets]
        assert len(times) > 1.5 * FPS
        assert all(abs(later - earlier - 1 / FPS) < 0.001 for earlier, later in pairwise(times))


async def test_ffprobe_knows_picture_and_sound() -> None:
    async with RtspCamera(encoded(size="320x240", fps=10, gop=10, sound=True)) as camera:
        picture, sound = (await probe(camera.url))["streams"]
        assert picture == {"codec_name": "h264", "width": 320, "height": 240, "avg_frame_rate": "10/1"}
        assert (sound["codec_name"], sound["sample_rate"]) == ("pcm_alaw", "8000")


async def test_the_gap_between_keyframes_is_the_one_asked_for() -> None:
    async with RtspCamera(encoded(gop=12, seconds=4)) as camera:
        packets = (await probe(camera.url, 2))["packets"]
        keyframes = [number for number, packet in enumerate(packets) if "K" in packet["flags"]]
        assert keyframes[:3] == [0, 12, 24]


async def test_many_clients_watch_at_the_same_time() -> None:
    async with RtspCamera() as camera:
        watched = await asyncio.gather(*(play(camera.url, 1) for _ in range(4)))
        assert [status for status, _, _ in watched] == [0] * 4
        assert camera.torn_down == 4


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
@pytest.mark.parametrize("password", ["hunter2", "p@ss/w?rd#%41"])
async def test_the_right_login_is_let_in(scheme: Any, password: str) -> None:  # noqa: ANN401
    async with RtspCamera(login=Login("admin", password, scheme)) as camera:
        assert (await play(camera.url, 0.5))[0] == 0
        assert camera.answered["DESCRIBE", 401] == 1


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
async def test_a_wrong_login_is_refused(scheme: Any) -> None:  # noqa: ANN401
    async with RtspCamera(login=Login("admin", "hunter2", scheme)) as camera:
        for url in (camera.address(user="admin", password="hunter3"), camera.address()):
            status, _, errors = await play(url, 1)
            assert status != 0
            assert "401 Unauthorized" in errors
        assert camera.opened == 0


async def test_another_path_does_not_exist() -> None:
    async with RtspCamera() as camera:
        assert "404 Not Found" in (await play(camera.address(path="/live2"), 1))[2]


@pytest.mark.parametrize(("status", "words"), [(403, "403 Forbidden"), (503, "503 Service Unavailable")])
async def test_it_answers_what_the_script_says(status: int, words: str) -> None:
    async with RtspCamera(script=Script(answers={"DESCRIBE": status})) as camera:
        assert words in (await play(camera.url, 1))[2]


async def test_a_viewer_too_many_is_refused_until_one_goes() -> None:
    async with RtspCamera(script=Script(max_clients=1)) as camera, connected(camera) as first:
        session = await first.begin()
        assert "453 Not Enough Bandwidth" in (await play(camera.url, 1))[2]
        await first.ask("TEARDOWN", f"Session: {session}")
        assert (await play(camera.url, 0.5))[0] == 0


async def test_a_camera_without_tcp_is_played_over_udp() -> None:
    async with RtspCamera(script=Script(tcp=False)) as camera:
        assert "461 Unsupported" in (await play(camera.url, 1, "-rtsp_transport", "tcp"))[2]
        assert (await play(camera.url, 0.5, "-rtsp_flags", "prefer_tcp"))[0] == 0


async def test_a_client_that_is_killed_keeps_its_place_until_the_camera_forgets_it() -> None:
    async with RtspCamera(script=Script(max_clients=1, forgets_after=2.0)) as camera:
        viewer = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-loglevel", "quiet", "-i", camera.url, "-f", "null", "-"), stdin=asyncio.subprocess.DEVNULL
        )
        await until(lambda: camera.answered["PLAY", 200] == 1)
        viewer.send_signal(signal.SIGKILL)
        await viewer.wait()
        await until(lambda: camera.lost == 1)
        assert (camera.torn_down, camera.watching) == (0, 1)
        await until(lambda: camera.watching == 0)


async def test_a_dropped_connection_ends_ffmpeg_and_the_camera_can_be_called_again() -> None:
    async with RtspCamera(script=Script(faults=((1.0, Drop()),))) as camera:
        _, progress, _ = await play(camera.url, 10)
        assert FPS // 2 < frames(progress) < 2 * FPS
        assert (camera.lost, camera.torn_down) == (1, 0)
        assert (await play(camera.url, 0.5))[0] == 0


async def test_a_frozen_camera_keeps_the_connection_and_goes_on_with_a_keyframe() -> None:
    async with RtspCamera(script=Script(faults=((0.5, Freeze(1.0)),))) as camera:
        packets = (await probe(camera.url, 3))["packets"][1:]
        assert camera.opened == 1
    gaps = [
        (float(later["pts_time"]) - float(earlier["pts_time"]), later["flags"]) for earlier, later in pairwise(packets)
    ]
    ((gap, flags),) = [(gap, flags) for gap, flags in gaps if gap > 0.1]
    assert 0.9 < gap < 2.5
    assert "K" in flags


async def test_a_frozen_camera_answers_nobody_but_takes_the_call() -> None:
    async with RtspCamera() as camera, connected(camera) as client:
        camera.freeze()
        answer = asyncio.create_task(client.ask("OPTIONS"))
        await asyncio.sleep(0.2)
        assert not answer.done()
        camera.thaw()
        assert (await answer)[0] == 200


async def test_a_camera_that_restarts_comes_back_on_the_same_port() -> None:
    async with RtspCamera(script=Script(faults=((0.5, Away(2.0)),))) as camera:
        url = camera.url
        await play(url, 10)
        assert "Connection refused" in (await play(url, 1))[2]
        await until(lambda: camera.listening)
        assert (await play(url, 0.5))[0] == 0


async def test_a_client_without_a_sign_of_life_is_hung_up_on() -> None:
    async with RtspCamera(script=Script(session_timeout=2.0)) as camera, connected(camera) as client:
        session = await client.begin()
        for _ in range(3):
            await asyncio.sleep(0.8)
            assert (await client.ask("GET_PARAMETER", f"Session: {session}"))[0] == 200
        await until(lambda: camera.lost == 1)


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("RECORD", (), 405),
        ("PLAY", (), 455),
        ("PLAY", ("Session: other",), 454),
        ("SETUP", ("Transport: RTP/AVP;multicast",), 404),
    ],
)
async def test_what_makes_no_sense_is_refused(method: str, headers: tuple[str, ...], status: int) -> None:
    async with RtspCamera() as camera, connected(camera) as client:
        assert (await client.ask(method, *headers))[0] == status


async def test_it_tells_which_time_its_pictures_were_taken_at() -> None:
    async with RtspCamera() as camera, connected(camera) as client:
        await client.begin()
        reports: list[bytes] = []
        pictures: list[bytes] = []
        async with asyncio.timeout(5):
            while not (reports and pictures):
                channel, packet = await client.packet()
                (reports if channel == 1 else pictures).append(packet)
        kind, ssrc, seconds, fraction, timestamp = struct.unpack("!xBxxIIII", reports[0][:20])
        assert kind == 200
        assert abs(seconds + fraction / 2**32 - NTP_EPOCH - time.time()) < 1
        assert struct.unpack("!4xII", pictures[0][:12]) == (pytest.approx(timestamp, abs=9000), ssrc)


async def test_what_fails_inside_the_camera_fails_the_test() -> None:
    class Broken:
        async def happen(self, camera: RtspCamera) -> None:
            raise RuntimeError("broken")

    with pytest.raises(ExceptionGroup):  # noqa: PT012
        async with RtspCamera(script=Script(faults=((0.0, Broken()),))) as camera, connected(camera) as client:
            await client.begin()
            await asyncio.sleep(5)


def test_the_clip_begins_with_a_keyframe_and_again_after_its_end() -> None:
    clip = encoded(gop=20, seconds=4)
    assert len(clip.frames) == 4 * FPS
    assert [number for number in range(100) if clip.is_keyframe(number)] == [0, 20, 40, 60, 80]
    assert [clip.next_keyframe(number / FPS) for number in (0, 1, 20, 59)] == [0, 20, 20, 60]
    assert clip.frame(60).due == pytest.approx(4.0)
