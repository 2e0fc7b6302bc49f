"""cameras.yaml, .env and the environment, read together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uploader.configuration.files import Sources
from uploader.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = """\
- id: floor
  rtsp_url: rtsp://10.0.0.5/live
  username: admin
  password: "${CAM_PASSWORD}"
"""


def sources(directory: Path, dotenv: str | None = None, cameras: str = CAMERA, **variables: str) -> Sources:
    (directory / "cameras.yaml").write_text(cameras, encoding="utf-8")
    if dotenv is not None:
        (directory / ".env").write_text(dotenv, encoding="utf-8")
    return Sources(directory / "cameras.yaml", variables)


def test_a_password_comes_from_the_file_beside_it(tmp_path: Path) -> None:
    read = sources(tmp_path, "CAM_PASSWORD='p@ss/word'\n").read()
    assert read.file.cameras[0].rtsp_url == "rtsp://admin:p%40ss%2Fword@10.0.0.5/live"
    assert {"p@ss/word", "p%40ss%2Fword"} <= set(read.secrets)
    assert "word" not in repr(read)


def test_the_real_environment_wins(tmp_path: Path) -> None:
    read = sources(tmp_path, "CAM_PASSWORD=a\nLOCATION_ID=shop_1\n", CAM_PASSWORD="bbbb", LOCATION_ID="").read()
    assert read.file.cameras[0].rtsp_url == "rtsp://admin:bbbb@10.0.0.5/live"
    assert read.environment().location == "shop_1"


def test_a_missing_variable_is_told_by_name_and_line(tmp_path: Path) -> None:
    (problem,) = sources(tmp_path).read().file.problems
    told = "password uses CAM_PASSWORD, which is not set; write CAM_PASSWORD=... into .env."
    assert str(problem) == f"cameras.yaml:4: camera 'floor': {told}"


def test_a_variable_may_stand_in_an_address_or_be_one(tmp_path: Path) -> None:
    text = "- {id: a, rtsp_url: 'rtsp://${LOGIN}:${PASS}@10.0.0.5/'}\n- {id: b, rtsp_url: '${URL}'}\n"
    first, second = sources(tmp_path, "LOGIN=a:b\nPASS=p@ss\nURL=rtsp://x:y@10.0.0.6/\n", text).read().file.cameras
    assert first.rtsp_url == "rtsp://a%3Ab:p%40ss@10.0.0.5/"
    assert second.rtsp_url == "rtsp://x:y@10.0.0.6/"


def test_two_dollars_are_one(tmp_path: Path) -> None:
    text = CAMERA.replace("${CAM", "$${CAM")
    assert sources(tmp_path, cameras=text).read().file.cameras[0].password == "${CAM_PASSWORD}"


def test_what_a_variable_holds_is_not_looked_into(tmp_path: Path) -> None:
    assert sources(tmp_path, "CAM_PASSWORD='${HOME}'\n").read().file.cameras[0].password == "${HOME}"


def test_a_mistake_in_a_variable_of_the_worker_is_the_end_and_in_another_is_not(tmp_path: Path) -> None:
    read = sources(tmp_path, "SUPABASE_KEY='abc\nOTHER='abc\nCAM_PASSWORD=abcd\n").read()
    assert [problem.line for problem in read.problems] == [1, 2]
    assert len(read.file.cameras) == 1
    with pytest.raises(InputError, match=r"^\.env:1: SUPABASE_KEY: the quote that opens here is not closed"):
        read.environment()


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(InputError, match=r"\.env is not a file"):
        sources(tmp_path).read()


def test_files_with_secrets_that_anybody_may_read_are_named(tmp_path: Path) -> None:
    found = sources(tmp_path, "CAM_PASSWORD=hunter2\n", CAMERA + "  name: Floor\n")
    secrets = found.read().secrets
    for path in found.files:
        path.chmod(0o644)
    assert found.open_to_others(secrets) == [found.dotenv]  # cameras.yaml holds the variable's name only
    found.dotenv.chmod(0o640)
    assert found.open_to_others(secrets) == []
