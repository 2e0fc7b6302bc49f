"""`check` against real cameras: everything is looked at, once, in time, and nothing secret is said."""

from __future__ import annotations

import asyncio
import json
import math
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.check.examined import examined, words, write
from tests.rtsp_camera import H265, Login, RtspCamera, Script, encoded
from tests.storage.live_store import embedded_store
from tests.worker_process import command, running
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.pictures import still
from uploader.source import probe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PASSWORD = "hunter2-floor"


def entry(camera: RtspCamera, **keys: object) -> str:
    return json.dumps([{"id": "cam", "rtsp_url": camera.address(), "username": "admin", "password": PASSWORD, **keys}])


async def test_the_command_looks_at_everything_and_says_nothing_secret(tmp_path: Path) -> None:
    clip = encoded(fps=15, gop=30, size="320x180", sound=True)
    with embedded_store(tmp_path) as access:
        async with RtspCamera(clip, login=Login("admin", PASSWORD), script=Script(max_clients=1)) as camera:
            write(tmp_path, entry(camera), f"SUPABASE_URL={access.url}\nSUPABASE_KEY={access.key}\n")
            words_typed = ("check", "--json", "--verbose", "--pictures", "seen/by check")
            result = await asyncio.to_thread(command, tmp_path, *words_typed)
        left = [path for path in (tmp_path / "objects").rglob("*") if "storefeed.check" in str(path) and path.is_file()]
    document = json.loads(result.stdout)
    titles = [section["title"] for section in document["sections"]]
    found = {section["title"]: section["findings"] for section in document["sections"]}
    assert titles == ["Settings", "FFmpeg", "Clock", "Store", "Uplink", "cam", "All together"]
    assert [finding["text"].split(":")[0] for finding in found["Store"]][1:] == ["A playlist below location_1/"]
    assert found["Clock"][0]["text"] == "The clock agrees with the store's."
    assert found["Uplink"][0]["figures"]["kbits"] > 1000
    assert found["All together"][0]["text"].startswith("The camera needs about ")
    assert found["cam"][1]["figures"]["codec"] == "h264"
    assert found["cam"][1]["figures"]["keyframe_interval"] == pytest.approx(2.0, abs=0.4)
    assert "It sends H.264" in found["cam"][1]["text"]
    assert [finding["text"] for finding in found["cam"][2:]] == [
        "The camera's own H.264 fits and is sent as it is.",
        "Its picture is in seen/by check/cam.jpg.",
    ]
    picture = (tmp_path / "seen" / "by check" / "cam.jpg").read_bytes()
    assert still.size(picture, still.JPEG) == (320, 180)
    # The embedded store's key may do everything.
    assert (result.returncode, document["result"]) == (1, "warning")
    # The reset of video that was not read may overtake the goodbye (RFC 1122, 4.2.2.13).
    assert (camera.opened, camera.torn_down + camera.lost) == (1, 1)
    assert left == []
    assert PASSWORD not in result.stdout + result.stderr
    assert access.key not in result.stdout + result.stderr


async def test_a_camera_of_a_running_worker_is_not_called_a_second_time(tmp_path: Path) -> None:
    clip = encoded(fps=15, gop=30, size="320x180")
    async with RtspCamera(clip, login=Login("admin", PASSWORD), script=Script(max_clients=1)) as camera:
        write(tmp_path, entry(camera))

        def beside_a_worker() -> str:
            with running(tmp_path, "--all") as worker:
                worker.until(lambda: worker.status("cam").get("state") == "live", limit=40)
                port = worker.address.rpartition(":")[2]
                return command(tmp_path, "check", "--pictures", "seen", STOREFEED_PORT=port).stdout

        said = await asyncio.to_thread(beside_a_worker)
        # Live, unless the machine is too busy for it.
        assert "The running worker says: " in said, said
        assert "It sends" not in said
        assert "Its picture is in seen/cam.jpg." in said
        picture = (tmp_path / "seen" / "cam.jpg").read_bytes()
        assert still.size(picture, still.JPEG) == (320, 180)
        # Not enough bandwidth: there is a viewer already (RFC 2326 section 11.3.6).
        assert not any(status == 453 for _, status in camera.answered)


async def test_what_would_spare_the_box_work_is_told_after_one_look_at_each_camera(tmp_path: Path) -> None:
    wide = encoded(codec=H265, fps=15, gop=30, size="1280x720")
    async with (
        RtspCamera(wide, path="/Streaming/Channels/101", script=Script(max_clients=1)) as maker,
        RtspCamera(encoded(fps=15, gop=120, size="320x180", seconds=8), script=Script(max_clients=1)) as smart,
        RtspCamera(encoded(fps=15, gop=30, size="320x180"), script=Script(max_clients=2)) as two,
        probing(two),
    ):
        addresses = {"maker": maker.address(), "smart": smart.address(), "two": two.address()}
        sources = write(tmp_path, json.dumps([{"id": name, "rtsp_url": url} for name, url in addresses.items()]))
        found = await examined(sources)
        assert (maker.opened, smart.opened, two.opened) == (1, 1, 2)
        assert two.watching >= 1
        assert not any(status == 453 for camera in (maker, smart, two) for _, status in camera.answered)
    said = {name: words(found[name]) for name in addresses}
    assert "WARNING The camera sends H.265; converted for browsers. Choosing H.264 on the camera" in said["maker"]
    assert "It mostly is at /Streaming/Channels/102 in rtsp_url." in said["maker"]
    assert "WARNING The camera sends a keyframe " in said["smart"]
    assert "A keyframe (I-frame) interval of 2 s on the camera, and Smart Codec or H.264+ off" in said["smart"]
    assert "FINE The camera's own H.264 fits and is sent as it is." in said["two"]


@asynccontextmanager
async def probing(camera: RtspCamera) -> AsyncIterator[None]:
    """Somebody else looks at this camera."""
    viewer = Camera(id="viewer", rtsp_url=camera.url)
    looking = asyncio.create_task(probe.probe(binary.find(), viewer, seconds=300.0))
    try:
        async with asyncio.timeout(20):
            while not camera.opened:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def test_a_folder_that_takes_no_pictures_costs_the_picture_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "seen" / "cam.jpg").mkdir(parents=True)
    async with RtspCamera(encoded(fps=15, gop=30, size="320x180")) as camera:
        sources = write(tmp_path, json.dumps([{"id": "cam", "rtsp_url": camera.address()}]))
        found = await examined(sources, pictures=tmp_path / "seen")
    assert "WARNING There is no picture of it." in words(found["cam"])
    assert "It sends H.264" in words(found["cam"])


async def test_what_keeps_a_picture_away_is_told_and_the_other_cameras_are_looked_at(tmp_path: Path) -> None:
    async with (
        RtspCamera(encoded(fps=15, gop=30, size="320x180"), login=Login("admin", "another")) as locked,
        RtspCamera(encoded(fps=15, gop=30, size="320x180"), script=Script(answers={"DESCRIBE": 404})) as elsewhere,
    ):
        addresses = {
            "locked": locked.address(),
            "elsewhere": elsewhere.address(),
            "nobody": "rtsp://127.0.0.1:9/live",
            "unknown": "rtsp://no-such-camera.invalid/live",
            "device": "/dev/video99",
            "test": "testsrc://",
        }
        sources = write(tmp_path, json.dumps([{"id": name, "rtsp_url": url} for name, url in addresses.items()]))
        found = await examined(sources)
    said = {name: words(found[name]) for name in addresses}
    assert "PROBLEM The camera refused the login (401)." in said["locked"]
    assert "PROBLEM The camera answers, but the path in rtsp_url does not exist (404)." in said["elsewhere"]
    assert said["nobody"].startswith("PROBLEM A device answers at that address, but not on that port.")
    assert said["unknown"].startswith("PROBLEM The camera's name is unknown on this network.")
    assert said["device"].startswith("PROBLEM There is no such video device.")
    assert said["test"].startswith("FINE")
    assert locked.answered["DESCRIBE", 401] <= 2  # asked without and with the login, and no third time
    assert found["Store"].findings[0].text.startswith("Neither SUPABASE_URL nor SUPABASE_KEY is set")


async def test_a_hanging_camera_is_given_up_when_the_time_is_over(tmp_path: Path) -> None:
    async with RtspCamera(script=Script(delays={"DESCRIBE": math.inf})) as camera:
        found = await examined(write(tmp_path, entry(camera)), whole=4.0)
    # On a busy machine there may be nothing left for the camera.
    assert re.search("This took longer than|There was no time left", words(found["cam"]))


def test_what_cannot_be_read_is_a_finding_and_the_box_is_looked_at_all_the_same(tmp_path: Path) -> None:
    result = command(tmp_path, "check")
    assert result.returncode == 2
    assert result.stdout.startswith("Settings\n  ✗ There is no ")
    assert "\nFFmpeg\n  ✓ FFmpeg " in result.stdout
    assert "Store" not in result.stdout
    assert result.stdout.endswith("1 problem.\n")
    assert result.stderr == ""
    write(tmp_path, "[]", "SUPABASE_KEY=abc")
    result = command(tmp_path, "check")
    assert "Store\n  ✗ SUPABASE_KEY is set but SUPABASE_URL is not.\n    Set both to publish" in result.stdout


def test_an_unknown_camera_is_answered_as_everywhere(tmp_path: Path) -> None:
    write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]')
    result = command(tmp_path, "check", "--camera", "b")
    assert (result.returncode, result.stderr) == (2, "There is no camera 'b' in cameras.yaml. Cameras there: a.\n")


def test_a_folder_for_pictures_that_cannot_be_one_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]')
    result = command(tmp_path, "check", "--pictures", "cameras.yaml/seen")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "cameras.yaml/seen cannot be a folder for pictures (Not a directory). Choose another one.\n"
    )
