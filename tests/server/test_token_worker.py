"""The real worker with a token: `live_stream.py` and its commands, a browser's cookie, a script's header."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.worker_process import CAMERAS, Worker, command, running
from uploader.hls.playlist import parse
from uploader.server.page_token import cookie_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "a&given#token=0123"
SETTINGS = {"STOREFEED_TOKEN": TOKEN, "STOREFEED_HOST": "localhost"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("token")
    (made / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def worker(directory: Path) -> Iterator[Worker]:
    with running(directory, "--camera", "cam_floor", "--verbose", **SETTINGS) as started:
        started.until(lambda: "Floor Camera: live" in started.output(), limit=60)
        yield started


def asked(worker: Worker, directory: Path, *words: str, token: str = TOKEN) -> tuple[int, str, str]:
    port = worker.address.rpartition(":")[2]
    result = command(directory, *words, STOREFEED_PORT=port, STOREFEED_TOKEN=token, STOREFEED_HOST="localhost")
    return result.returncode, result.stdout, result.stderr


def test_a_browser_that_opened_the_link_plays_the_stream_by_its_cookie(worker: Worker) -> None:
    with httpx.Client(base_url=worker.address, follow_redirects=True) as phone:
        assert phone.get("/api/cameras").status_code == 401
        assert phone.get(f"{worker.folder}/cam_floor/stream.m3u8").status_code == 401
        opened = phone.get("/cameras/cam_floor", params={"token": TOKEN})
        assert (opened.status_code, str(opened.url)) == (200, f"{worker.address}/cameras/cam_floor")
        camera = phone.get("/api/cameras").json()["cameras"][0]
        assert camera["stream_url"] == f"{worker.folder}/cam_floor/stream.m3u8"
        playlist = parse(phone.get(camera["stream_url"]).text)
        assert phone.get(f"{worker.folder}/cam_floor/{playlist.segments[-1].uri}").content[:1] == b"\x47"
        assert phone.get(camera["status_url"]).json()["state"] == "live"
        assert phone.get("/api/cameras/cam_floor/snapshot.jpg").content[:2] == b"\xff\xd8"


def test_addresses_are_told_under_the_name_that_was_asked(worker: Worker) -> None:
    port = worker.address.rpartition(":")[2]
    headers = {"authorization": f"Bearer {TOKEN}", "host": f"192.168.1.20:{port}"}
    camera = httpx.get(f"{worker.address}/api/cameras/cam_floor", headers=headers).json()
    assert camera["stream_url"].startswith(f"http://192.168.1.20:{port}/storage/v1/object/public/")
    assert camera["status_url"].startswith(f"http://192.168.1.20:{port}/storage/v1/object/public/")
    assert camera["page_url"] == f"http://192.168.1.20:{port}/cameras/cam_floor"


def test_prometheus_shows_the_token_in_a_header(worker: Worker) -> None:
    assert httpx.get(f"{worker.address}/metrics").status_code == 401
    metrics = httpx.get(f"{worker.address}/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert "storefeed_" in metrics.text


def test_status_shows_the_worker_its_token_and_sees_the_stream(worker: Worker, directory: Path) -> None:
    status, out, _ = asked(worker, directory, "status", "--json")
    assert status == 0
    assert json.loads(out)["cameras"][0]["segment_age_seen"] is not None
    status, out, said = asked(worker, directory, "status", token="another-token-0123")
    assert (status, out) == (2, "")
    assert re.fullmatch(r"The worker on port \d+ asks for a token that is not known here\. Ask with .*\n", said)


def test_check_asks_the_running_worker_and_says_who_can_reach_the_pages(worker: Worker, directory: Path) -> None:
    _, out, _ = asked(worker, directory, "check")
    assert "The worker's pages can be reached from this box only, with a token." in out
    assert "The running worker says: live" in out


def test_the_link_is_shown_to_who_asks_for_it(worker: Worker, directory: Path) -> None:
    status, out, _ = asked(worker, directory, "link", "--camera", "cam_floor")
    assert status == 0
    with httpx.Client(follow_redirects=True) as phone:
        assert str(phone.get(out.strip()).url).endswith("/cameras/cam_floor")


def test_the_token_is_nowhere_in_what_is_said(worker: Worker, directory: Path) -> None:
    before = worker.output().count("wrong token")
    for number in range(3):
        httpx.get(f"{worker.address}/?token={TOKEN}&n={number}")
        httpx.get(f"{worker.address}/metrics", headers={"authorization": f"Bearer {TOKEN}-{number}"})
    worker.until(lambda: "wrong token" in worker.output())
    assert worker.output().count("wrong token") <= before + 1, "not a line for each"
    said = [worker.output(), *asked(worker, directory, "check", "--verbose")[1:]]
    said += asked(worker, directory, "status", "--verbose")[1:]
    said.append(httpx.get(f"{worker.address}/api/cameras", headers={"authorization": f"Bearer {TOKEN}"}).text)
    for form in (TOKEN, "a%26given%23token%3D0123", "a&amp;given", cookie_of(TOKEN)):
        assert form not in "\n".join(said)
    assert "It asks for a token; the link that has it: python live_stream.py link" in worker.output()
