"""What a saved cameras.yaml means for the cameras that run."""

from __future__ import annotations

import pytest

from uploader.configuration.camera import Camera
from uploader.configuration.cameras import parse
from uploader.edit import REMOVED, SWITCHED_OFF, Edit, edit, unchanged

FLOOR, DOOR, YARD = (Camera(id=name, rtsp_url="testsrc://") for name in ("floor", "door", "yard"))


def entry(camera: str, more: str = "") -> str:
    return f"- id: {camera}\n  rtsp_url: testsrc://\n{more}"


def saved(text: str, *running: Camera, selected: set[str] | None = None) -> Edit:
    return edit(running, parse(text), selected)


def ids(change: Edit) -> list[str]:
    return [camera.id for camera in change.cameras]


def test_a_file_that_says_the_same_changes_nothing() -> None:
    change = saved("# a comment\n" + entry("floor") + entry("door"), FLOOR, DOOR)
    assert change == Edit((FLOOR, DOOR))
    assert change.sentence((FLOOR, DOOR)) == ""


def test_what_starts_starts_again_and_ends_is_told() -> None:
    change = saved(entry("floor", "  name: Floor\n") + entry("yard"), FLOOR, DOOR)
    assert ids(change) == ["floor", "yard"]
    assert change.gone == {"door": REMOVED}
    assert change.sentence((FLOOR, DOOR)) == "starting yard; starting again floor; stopping door"


@pytest.mark.parametrize("more", ["  enabled: false\n", "  use_case: people_counting\n"])
def test_a_camera_that_is_switched_off_ends(more: str) -> None:
    change = saved(entry("floor", more), FLOOR)
    assert (change.cameras, change.gone) == ((), {"floor": SWITCHED_OFF})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (entry("floor", "  nmae: Floor\n"), "cameras.yaml:3: camera 'floor': nmae is not a key; did you mean 'name'?"),
        ("", "cameras.yaml:1: the file is empty; list the cameras in it, each beginning with '- id:'."),
        ("\t", "cameras.yaml:1: this line starts with a TAB; use spaces."),
        ("- rtsp_url: testsrc://\n", 'cameras.yaml:1: id is missing; add it, for example id: "cam_floor".'),
    ],
)
def test_a_mistake_keeps_the_settings_from_before(text: str, why: str) -> None:
    change = saved(text, FLOOR)
    assert change.cameras == (FLOOR,)
    assert change.kept["floor"].reason == f"{why} The settings from before stay in use."
    assert change.gone == {}


def test_a_mistake_in_one_entry_holds_up_no_other() -> None:
    change = saved(entry("floor", "  nmae: Floor\n") + entry("door", "  name: Door\n") + entry("yard"), FLOOR, DOOR)
    assert ids(change) == ["door", "yard", "floor"]
    assert change.cameras[2] is FLOOR
    assert set(change.kept) == {"floor"}


def test_while_an_entry_cannot_be_told_whose_it_is_nobody_is_removed() -> None:
    change = saved(entry("door") + "- idd: floor\n  rtsp_url: testsrc://\n", FLOOR, DOOR)
    assert ids(change) == ["door", "floor"]
    assert change.gone == {}


def test_the_first_of_two_with_the_same_id_counts() -> None:
    change = saved(entry("floor") + entry("floor", "  name: Other\n"), FLOOR)
    assert change == Edit((FLOOR,))


def test_only_the_cameras_that_were_asked_for_follow() -> None:
    change = saved(entry("door") + entry("yard"), FLOOR, DOOR, selected={"floor", "door"})
    assert (ids(change), change.gone) == (["door"], {"floor": REMOVED})


def test_what_cannot_be_read_changes_nothing() -> None:
    change = unchanged((FLOOR, DOOR), "There is no cameras.yaml.")
    assert change.cameras == (FLOOR, DOOR)
    assert set(change.kept) == {"floor", "door"}
