"""cameras.yaml: the documented file, what may be left out of it, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import ValidationError

from tests.configuration.documented import DOCUMENTED, problems
from uploader.configuration.cameras import Camera, LiveStreamSettings, parse, read
from uploader.errors import InputError

SHIPPED = Path(__file__).parents[2] / "cameras.yaml"


def camera(text: str) -> Camera:
    """The one good camera of a text without mistakes."""
    file = parse(dedent(text))
    assert file.problems == ()
    (found,) = file.cameras
    return found


def test_the_documented_file_is_read_as_it_stands() -> None:
    floor = camera(DOCUMENTED)
    assert (floor.id, floor.name, floor.use_case, floor.enabled) == ("cam_floor", "Floor Camera", "live_stream", True)
    assert (floor.source, floor.rtsp_url) == ("rtsp", "rtsp://localhost:8554/cam1")
    assert floor.settings == LiveStreamSettings(
        target_width=854, target_fps=15, segment_duration=2, segments_to_keep=5, audio=False
    )


def test_the_shipped_file_shows_a_picture_without_any_camera() -> None:
    file = read(SHIPPED)
    assert file.problems == ()
    assert [(camera.id, camera.source, camera.streamed) for camera in file.cameras] == [
        ("cam_floor", "test", True),
        ("cam_door", "rtsp", False),
    ]


def test_only_id_and_address_are_needed() -> None:
    door = camera('- {id: door, rtsp_url: "testsrc://"}')
    assert (door.name, door.use_case, door.enabled, door.streamed) == ("door", "live_stream", True, True)
    assert door.settings == LiveStreamSettings()


def test_settings_that_are_all_commented_out_are_the_defaults() -> None:
    assert (
        camera("- id: door\n  rtsp_url: testsrc://\n  settings:\n    # audio: true\n").settings == LiveStreamSettings()
    )


def test_people_may_write_yes_and_no() -> None:
    assert not camera("- {id: door, rtsp_url: 'testsrc://', enabled: no}").enabled


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_editor_will_do(mark: str, end: str) -> None:
    assert len(parse((mark + DOCUMENTED.replace("\n", end)).encode()).cameras) == 1


@pytest.mark.parametrize(
    ("entry", "streamed"),
    [("enabled: true", True), ("enabled: false", False), ("use_case: heat_map", False)],
)
def test_a_camera_is_streamed_when_it_is_enabled_and_for_streaming(entry: str, streamed: bool) -> None:
    assert camera(f"- id: door\n  rtsp_url: testsrc://\n  {entry}\n").streamed is streamed


def test_a_login_in_its_own_keys_reaches_the_address_whatever_is_in_it() -> None:
    floor = camera("- {id: floor, username: 'a:b@c', password: '%41 @/?#:é', rtsp_url: 'rtsp://10.0.0.5/live'}")
    assert floor.rtsp_url == "rtsp://a%3Ab%40c:%2541%20%40%2F%3F%23%3A%C3%A9@10.0.0.5/live"
    assert {"%41 @/?#:é", "%2541%20%40%2F%3F%23%3A%C3%A9"} <= set(floor.secrets)
    assert "%41" not in repr(floor) + floor.safe_url


def test_a_login_is_written_once() -> None:
    text = "- id: floor\n  rtsp_url: rtsp://a:hunter2@10.0.0.5/\n  username: b\n"
    said = "2: camera 'floor': rtsp_url holds a login, and username is set too; keep one of the two."
    assert problems(text) == [said]


def test_a_login_is_of_no_use_to_the_test_picture() -> None:
    said = "2: camera 'floor': rtsp_url is no network camera's; remove username and password."
    assert problems("- id: floor\n  rtsp_url: testsrc://\n  username: admin\n") == [said]


def test_a_camera_cannot_be_changed_and_hides_its_password() -> None:
    floor = camera("- {id: floor, rtsp_url: 'rtsp://admin:hunter2@10.0.0.5/live'}")
    assert "hunter2" not in repr(floor) + str(floor)
    assert floor.safe_url == "rtsp://10.0.0.5/live"
    assert floor.secrets == ("admin:hunter2", "hunter2")
    with pytest.raises(ValidationError, match="frozen"):
        floor.name = "x"


def test_as_many_cameras_as_a_box_can_carry_are_read() -> None:
    text = "".join(f"- id: cam{number}\n  rtsp_url: testsrc://\n" for number in range(250))
    assert len(parse(text).cameras) == 250


def test_a_missing_file_is_told_with_where_it_was_looked_for_and_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as missing:
        read(tmp_path / "cameras.yaml")
    assert missing.value.what == f"There is no {tmp_path}/cameras.yaml."
    _, _, line = missing.value.advice.partition("holds the line ")
    (tmp_path / "cameras.yaml").write_text(line, encoding="utf-8")
    assert read(tmp_path / "cameras.yaml").cameras[0].source == "test"


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as folder:
        read(tmp_path)
    assert str(folder.value) == f"{tmp_path} is not a file. Give the cameras.yaml itself with --config."


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    circle = tmp_path / "cameras.yaml"
    circle.symlink_to(circle)
    with pytest.raises(InputError, match=r"cannot be read: .+\. Check its owner and permissions\."):
        read(circle)


def test_a_file_beyond_any_honest_size_is_not_read_whole(tmp_path: Path) -> None:
    huge = tmp_path / "cameras.yaml"
    with huge.open("wb") as file:
        file.truncate(10**10)
    (problem,) = read(huge).problems
    assert str(problem) == "cameras.yaml:1: the file is larger than 256 KiB, which no list of cameras is."
