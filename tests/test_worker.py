"""The main job, end to end: the real command, the real FFmpeg, the embedded store, real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import m3u8

from tests.worker_process import CAMERAS, Worker, command, running
from uploader.ffmpeg import binary
from uploader.hls.playlist import parse

if TYPE_CHECKING:
    from pathlib import Path


def streaming(directory: Path, text: str = CAMERAS) -> tuple[Path, str, str]:
    (directory / "cameras.yaml").write_text(text, encoding="utf-8")
    return directory, "--camera", "cam_floor"


def test_the_shipped_camera_plays_within_seconds_and_says_where(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        took = worker.until(lambda: "#EXTINF" in worker.playlist())
        worker.until_segments(3)
        assert took < 15  # on a quiet machine: below 6 s
        lines = [line.partition(" ")[2] for line in worker.output().splitlines()]
        assert lines == [
            f"Viewer page: {worker.address}/",
            f"Playlist of Floor Camera: {worker.folder}/cam_floor/stream.m3u8",
            "Floor Camera: starting",
            "Floor Camera: live",
        ]


def test_the_published_stream_is_sound(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(3)
        response = httpx.get(f"{worker.folder}/cam_floor/stream.m3u8", headers={"Origin": "http://localhost:5173"})
        assert response.headers["content-type"] == "application/vnd.apple.mpegurl"
        assert response.headers["cache-control"] == "max-age=0, no-store"
        assert response.headers["access-control-allow-origin"] == "*"
        playlist = parse(response.text)
        assert m3u8.loads(response.text).target_duration == playlist.target_duration == 2
        bodies = [httpx.get(f"{worker.folder}/cam_floor/{segment.uri}") for segment in playlist.segments]
        assert {body.headers["content-type"] for body in bodies} == {"video/mp2t"}
        assert {body.headers["cache-control"] for body in bodies} == {"max-age=31536000, immutable"}
        probe = subprocess.run(
            [binary.find().path, "-hide_banner", "-i", "pipe:0", "-f", "null", "-"],
            input=b"".join(body.content for body in bodies),
            capture_output=True,
            check=False,
        )
        told = probe.stderr.decode()
        assert "h264 (Constrained Baseline)" in told
        assert "854x480" in told
        assert "15 fps" in told
        newest = playlist.segments[-1].end
        assert newest is not None
        assert abs(newest.timestamp() - time.time()) < 10


def test_a_page_that_listens_and_looks_keeps_nobody_from_ending(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(1)
        status_url = f"{worker.folder}/cam_floor/status.json"
        events_url = urljoin(status_url, httpx.get(status_url).json()["events_url"])
        moving_url = f"{worker.address}/api/cameras/cam_floor/preview.mjpeg"
        with (
            httpx.stream("GET", events_url, timeout=10) as response,
            httpx.stream("GET", moving_url, timeout=10) as moving,
        ):
            assert moving.status_code == 200
            told = next(line for line in response.iter_lines() if line.startswith("data: "))
            assert json.loads(told.removeprefix("data: "))["text"].startswith("#EXTM3U")
            worker.process.terminate()
            assert worker.process.wait(timeout=5) == 0
        assert (
            worker.output()
            .splitlines()[-1]
            .endswith("Floor Camera: stopped. The worker was stopped. Start it again to see this camera.")
        )


def test_status_and_api_say_what_the_camera_does(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until(lambda: worker.status().get("state") == "live")
        camera = worker.status()
        assert camera["id"] == "cam_floor"
        assert camera["stream_url"] == f"{worker.folder}/cam_floor/stream.m3u8"
        assert httpx.get(f"{worker.address}/api/cameras").json()["cameras"][0]["id"] == "cam_floor"
        assert httpx.get(f"{worker.address}/api/cameras/other").status_code == 404
        stored = httpx.get(camera["status_url"])
        assert stored.headers["cache-control"] == "max-age=0, no-store"
        assert {"version", "state", "since", "beat", "reconnects_last_hour", "stalls_last_hour"} <= stored.json().keys()
        # What the camera went through and what FFmpeg said is for whoever is at the box, not for every viewer.
        assert [step["to"] for step in camera["history"]] == ["start", "first_frame", "live"]
        assert (camera["restarts_last_hour"], camera["ffmpeg_lines"]) == (0, [])
        assert not {"history", "ffmpeg_lines"} & stored.json().keys()
        port = worker.address.rpartition(":")[2]
        shown = command(tmp_path, "status", "--json", STOREFEED_PORT=port)
        told = json.loads(shown.stdout)["cameras"][0]
        assert told["state"] == "live"
        assert 0 < told["segment_age_seen"] < 10
        metrics = httpx.get(f"{worker.address}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'storefeed_camera_up{camera="cam_floor"} 1\n' in metrics.text


def test_row_1_a_killed_encoder_is_replaced_and_the_numbers_go_on(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(3)
        before = parse(worker.playlist())
        os.kill(worker.encoders()[0], signal.SIGKILL)
        worker.until(lambda: "#EXT-X-DISCONTINUITY\n" in worker.playlist())
        after = parse(worker.playlist())
        assert after.next_sequence > before.next_sequence
        assert after.media_sequence >= before.media_sequence
        assert len(after.segments) >= 3


def test_row_5_a_killed_worker_leaves_no_orphan_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(3)
        before, (encoder,) = parse(worker.playlist()), worker.encoders()
        worker.process.kill()
        worker.process.wait()
        _until_gone(encoder)
    with running(*streaming(tmp_path)) as worker:
        worker.until(lambda: "#EXT-X-DISCONTINUITY\n" in worker.playlist())
        after = parse(worker.playlist())
        # The killed one may have listed a segment more than was read.
        assert before.next_sequence < after.next_sequence <= before.next_sequence + 3
        known = {segment.uri for segment in before.segments}
        assert known & {segment.uri for segment in after.segments}


def _until_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while _is_running(pid):
        assert time.monotonic() < deadline, "FFmpeg lives on without its worker"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_row_6_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(2)
        (encoder,) = worker.encoders()
        began = time.monotonic()
        worker.process.terminate()
        assert worker.process.wait(10) == 0
        assert time.monotonic() - began < 5
        assert not _is_running(encoder)
        assert "Traceback" not in worker.output()
    objects = [path for path in (tmp_path / "data").rglob("*status.json") if path.is_file()]
    assert b'"state":"stopped"' in objects[0].read_bytes()
    playlists = [path for path in (tmp_path / "data").rglob("*stream.m3u8") if path.is_file()]
    assert b"ENDLIST" not in playlists[0].read_bytes()


def test_ctrl_c_ends_it_with_status_nought(tmp_path: Path) -> None:
    with running(*streaming(tmp_path)) as worker:
        worker.until_segments(1)
        worker.process.send_signal(signal.SIGINT)
        assert worker.process.wait(10) == 0
        assert "Traceback" not in worker.output()


def test_row_51_a_broken_entry_does_not_stop_the_good_ones(tmp_path: Path) -> None:
    text = CAMERAS + '- id: "cam_door"\n  rtsp_url: "http://10.0.0.5/"\n'
    with running(*streaming(tmp_path, text)) as worker:
        worker.until_segments(1)
        assert "cameras.yaml:5: camera 'cam_door'" in worker.output()


# Python reads this before anything else: as on a box whose name server does not answer.
SILENT = """
import socket, time
known = socket.getaddrinfo

def getaddrinfo(host, *more, **named):
    if ".invalid" in str(host):
        time.sleep(300)
    return known(host, *more, **named)

socket.getaddrinfo = getaddrinfo
"""


def test_a_silent_name_server_keeps_no_edit_waiting_and_not_the_end(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SILENT, encoding="utf-8")
    save(tmp_path, FLOOR)
    silent = {"PYTHONPATH": str(tmp_path), "SUPABASE_URL": "https://store.invalid", "SUPABASE_KEY": "sb_publishable_1"}
    with running(tmp_path, "--all", **silent) as worker:
        worker.until(lambda: worker.status().get("state") == "not_uploading")
        save(tmp_path, FLOOR + DOOR)
        worker.until(lambda: "starting cam_door" in worker.output())
        worker.process.terminate()
        assert worker.process.wait(10) == 0


def _stored_state(worker: Worker, camera: str) -> tuple[str, str]:
    stored = httpx.get(f"{worker.folder}/{camera}/status.json").json()
    return stored["state"], stored["reason"]


SMALL = "settings: {target_width: 160, target_fps: 5, segment_duration: 1}"
# Fifty a minute; a whole minute of them is for a machine that has nothing else to do.
EDITS = int(os.environ.get("STOREFEED_TEST_EDITS", "6"))
FLOOR, DOOR = (f"- id: {camera}\n  rtsp_url: testsrc://\n  {SMALL}\n" for camera in ("cam_floor", "cam_door"))


def save(directory: Path, text: str) -> None:
    """As most editors do: a new file takes the place of the old one."""
    (directory / "cameras.yaml.new").write_text(text, encoding="utf-8")
    (directory / "cameras.yaml.new").rename(directory / "cameras.yaml")


def test_saving_the_file_touches_only_the_cameras_that_changed(tmp_path: Path) -> None:
    save(tmp_path, FLOOR)
    with running(tmp_path, "--all") as worker:
        worker.until_segments(3)
        first = parse(worker.playlist())
        for number in range(EDITS):
            save(tmp_path, FLOOR + f"{DOOR}  name: Door {number}\n")
            time.sleep(60 / 50)
        worker.until(lambda: worker.status("cam_door").get("name") == f"Door {EDITS - 1}")
        worker.until_segments(2, "cam_door")
        save(tmp_path, FLOOR + DOOR + "  nmae: Door\n")
        worker.until(lambda: "did you mean 'name'?" in worker.output())
        worker.until(lambda: "The settings from before" in str(worker.status("cam_door").get("reason")))
        assert httpx.get(f"{worker.address}/api/cameras").json()["problems"][0].startswith("cameras.yaml:7:")
        save(tmp_path, FLOOR)
        worker.until(lambda: worker.status("cam_door") == {})
        removed = ("stopped", "This camera was removed from cameras.yaml.")
        worker.until(lambda: _stored_state(worker, "cam_door") == removed)
        assert len(worker.encoders()) == 1
        last = parse(worker.playlist())
        assert last.media_sequence > first.media_sequence
        assert last.discontinuity_sequence == 0
        assert not any(segment.discontinuity for segment in last.segments)
        assert (worker.status()["lost"], worker.status()["reconnects_last_hour"]) == (0, 0)
        (tmp_path / "cameras.yaml").unlink()
        worker.until(lambda: "There is no " in worker.output())
        worker.process.terminate()
        assert worker.process.wait(10) == 0
        assert "Traceback" not in worker.output()
    # What was removed is taken away before the worker ends, all but the state and the numbers.
    files = (path for path in (tmp_path / "data" / "objects").rglob("*") if path.parent.name.endswith("cam_door"))
    assert {path.name.lstrip("=") for path in files} == {"status.json", "stream.m3u8"}


def test_with_a_supabase_it_publishes_there_and_brings_no_store(tmp_path: Path) -> None:
    """The embedded store of one worker is the Supabase of another."""
    (tmp_path / "far").mkdir()
    with running(*streaming(tmp_path / "far")) as far:
        far.until_segments(1)
        key = next((tmp_path / "far" / "data").glob("*.key")).read_text(encoding="utf-8").strip()
        project = {"SUPABASE_URL": far.address, "SUPABASE_KEY": key, "LOCATION_ID": "shop_7"}
        directory, *arguments = streaming(tmp_path)
        with running(directory, *arguments, **project) as worker:
            url = f"{far.address}/storage/v1/object/public/streams/shop_7/cam_floor/stream.m3u8"
            worker.until(lambda: _lists_segments(worker, url))
            assert url in worker.output()
            refused = worker.get(f"{worker.folder}/cam_floor/stream.m3u8")
            assert refused is not None
            assert refused.status_code == 404
            assert key not in worker.output()
            assert json.dumps(worker.status()).count(far.address) == 2


def _lists_segments(worker: Worker, url: str) -> bool:
    response = worker.get(url)
    return response is not None and "#EXTINF" in response.text
