"""`check` against real cameras, a real store and stores that misbehave."""

from __future__ import annotations

import asyncio
import json
import math
import re
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.rtsp_camera import H265, Login, RtspCamera, Script, encoded
from tests.storage.live_store import embedded_store
from tests.storage.scripted_store import Exchange, ScriptedStore, accept, hang, refuse, scripted_store
from tests.worker_process import command, running
from uploader.check import bucket, own_store
from uploader.check.examination import Subject, sections
from uploader.check.finding import Level, worst
from uploader.configuration.cameras import Camera
from uploader.configuration.environment import Environment, Supabase
from uploader.configuration.files import Sources
from uploader.ffmpeg import binary
from uploader.pictures import still
from uploader.source import probe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from uploader.check.finding import Section

PASSWORD = "hunter2-floor"
KEY = "sb_publishable_0123456789"
NOT_YOURS = refuse(403, "AccessDenied", "new row violates row-level security policy", error="Unauthorized")


def write(directory: Path, text: str, dotenv: str = "") -> Sources:
    for name, content in (("cameras.yaml", text), (".env", f"{dotenv}\nSTOREFEED_PORT=1\n")):
        (directory / name).write_text(content, encoding="utf-8")
        (directory / name).chmod(0o600)
    return Sources(directory / "cameras.yaml", {})


def entry(camera: RtspCamera, **keys: object) -> str:
    return json.dumps([{"id": "cam", "rtsp_url": camera.address(), "username": "admin", "password": PASSWORD, **keys}])


async def examined(sources: Sources, whole: float = 60.0, pictures: Path | None = None) -> dict[str, Section]:
    configuration = sources.read()
    subject = Subject(sources, configuration, None, configuration.file.cameras, pictures)
    async with aclosing(sections(subject, lambda _: None, whole)) as found:
        return {section.title: section async for section in found}


def words(section: Section) -> str:
    return "\n".join(f"{finding.level.name} {finding.text} {finding.advice}" for finding in section.findings)


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


def project(store: ScriptedStore) -> str:
    return f"SUPABASE_URL={store.url}\nSUPABASE_KEY={KEY}\n"


class OwnLocation:
    """A store that keeps what it gets, with policies that let a box write below its location; `lists` what is there."""

    def __init__(self, *, lists: bool = True) -> None:
        self._lists = lists
        self._names: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        path = exchange.path.split("?")[0]
        if exchange.method == "POST" and "/object/streams/" in path and "/streams/location_1/" not in path:
            await NOT_YOURS(exchange)
        elif exchange.method == "GET" and "/object/public/" in path:
            await exchange.reply(200, bucket.BODY, cache_control="max-age=0, no-store", access_control_allow_origin="*")
        elif exchange.method == "DELETE":
            names = json.loads(await exchange.body())["prefixes"]
            await exchange.reply_json(200, [{"name": name} for name in names])
        elif "/object/list/" in path and self._lists:
            await exchange.body()
            await exchange.reply_json(200, [{"name": name, "id": "1", "metadata": {}} for name in self._names])
        else:
            self._names.append(path.rpartition("/")[2])
            await accept(exchange)


async def test_a_box_is_shown_to_write_in_its_location_and_nowhere_else(tmp_path: Path) -> None:
    async with scripted_store(then=OwnLocation()) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "FINE A playlist below location_1/" in words(found["Store"])
    assert words(found["Store"]).endswith("FINE The box cannot write outside its location. ")
    assert worst([found["Store"], found["Uplink"]]) is Level.FINE


async def test_a_store_that_does_not_list_what_it_holds_is_told(tmp_path: Path) -> None:
    async with scripted_store(then=OwnLocation(lists=False)) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "WARNING What is written below location_1/ is not listed" in words(found["Store"])


async def test_a_box_that_may_write_everywhere_is_warned_of_and_leaves_nothing_there(tmp_path: Path) -> None:
    async with scripted_store(then=accept) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
        stored = {path for method, path in store.arrivals if method == "POST" and "/object/streams/" in path}
        removed = [request for request in store.requests if request.method == "DELETE"]
    assert "WARNING This box may write into the locations of others" in words(found["Store"])
    assert any("/streams/storefeed.check-" in path for path in stored)
    assert len(removed) >= 3


async def test_a_store_that_refuses_is_told_in_its_words_and_the_uplink_is_left_alone(tmp_path: Path) -> None:
    async with scripted_store(then=refuse(403, "AccessDenied", "Invalid Compact JWS")) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "PROBLEM The store does not accept the key." in words(found["Store"])
    assert "Uplink" not in found


async def test_a_store_that_never_answers_is_given_up_and_the_cameras_are_looked_at(tmp_path: Path) -> None:
    async with scripted_store(then=hang) as store:
        found = await examined(write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]', project(store)))
    assert "PROBLEM 127.0.0.1" in words(found["Store"])
    assert "does not answer in time." in words(found["Store"])
    assert worst([found["a"]]) is Level.FINE


async def test_an_interrupted_measurement_leaves_nothing_behind() -> None:
    removed: list[str] = []

    async def slow(exchange: Exchange) -> None:
        if exchange.method == "DELETE":
            removed.extend(json.loads(await exchange.body())["prefixes"])
            await exchange.reply_json(200, [])
        elif exchange.method == "POST":
            await hang(exchange)
        else:
            await accept(exchange)

    async with (
        scripted_store(then=slow) as store,
        bucket.opened(Environment(Supabase(store.url, KEY))) as opened,
    ):
        measuring = asyncio.create_task(opened.uplink("location_1"))
        await store.arrival(bucket.LANES)
        measuring.cancel()
        await asyncio.wait({measuring})
        assert measuring.cancelled()
        assert len(removed) == bucket.LANES


async def test_the_boxs_own_store_is_tried_like_any_other_and_nothing_stays(tmp_path: Path) -> None:
    data = tmp_path / "not" / "yet" / "there"
    sources = write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]', f"STOREFEED_DATA={data}\n")
    before = sorted(tmp_path.iterdir())
    found = (await examined(sources))["Store"]
    said = words(found).splitlines()
    assert said[0].startswith("FINE Neither SUPABASE_URL nor SUPABASE_KEY is set: the worker's own store is used")
    assert re.match(r"FINE A playlist below location_1/: written in \d+ ms, read in \d+ ms, listed in \d+ ms,", said[1])
    assert said[2:] == ["FINE The uplink is not measured: with a store on this box nothing leaves it. "]
    assert sorted(tmp_path.iterdir()) == before


async def test_a_data_directory_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    found = await examined(write(tmp_path, "[]", f"STOREFEED_DATA={tmp_path / 'cameras.yaml' / 'x'}\n"))
    assert "PROBLEM The data directory " in words(found["Store"])
    assert "cannot be used (Not a directory)." in words(found["Store"])


async def test_the_store_of_a_running_worker_goes_on_beside_it(tmp_path: Path) -> None:
    sources = write(
        tmp_path, '[{"id": "cam_floor", "rtsp_url": "testsrc://"}]', f"STOREFEED_DATA={tmp_path / 'data'}\n"
    )

    def live() -> Section:
        with running(tmp_path, "--all") as worker:
            worker.until_segments(1)
            found = asyncio.run(examined(sources))["Store"]
            assert worker.status()["state"] == "live"
            return found

    found = await asyncio.to_thread(live)
    assert worst([found]) is Level.FINE
    assert list((tmp_path / "data").glob(f"{own_store.PREFIX}*")) == []


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
