"""All that can be typed or set wrongly: one plain sentence, what to do, exit 2, no traceback, nothing started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.worker_process import CAMERAS, PROGRAM, ROOT, command, environment, free_port
from uploader.server.page_token import page_token

if TYPE_CHECKING:
    from pathlib import Path

DOOR = CAMERAS + '- id: "cam_door"\n  rtsp_url: "testsrc://"\n  enabled: false\n'


def write(directory: Path, text: str) -> Path:
    file = directory / "cameras.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """What was said, once it is sure that it was said properly."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    assert result.stdout == ""
    assert result.stderr.endswith("\n")
    return result.stderr.strip()


def test_an_unknown_camera_is_answered_with_the_ones_there_are(tmp_path: Path) -> None:
    write(tmp_path, DOOR)
    said = refused(command(tmp_path, "--camera", "cam_flor"))
    assert said == "There is no camera 'cam_flor' in cameras.yaml. Cameras there: cam_floor, cam_door."


def test_a_camera_that_is_switched_off_says_so(tmp_path: Path) -> None:
    write(tmp_path, DOOR)
    said = refused(command(tmp_path, "--camera", "cam_door"))
    assert said == "Camera 'cam_door' is switched off in cameras.yaml. Set 'enabled: true' there to stream it."


def test_a_camera_for_something_else_says_so(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS + '  use_case: "people_counting"\n')
    assert "is for people_counting, not for streaming" in refused(command(tmp_path, "--camera", "cam_floor"))


def test_row_45_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    assert "cameras.yaml" in refused(command(tmp_path, "--camera", "cam_floor"))
    assert "/nowhere/c.yaml" in refused(command(tmp_path, "--camera", "cam_floor", "--config", "/nowhere/c.yaml"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- id: [\n", "cameras.yaml:"),
        (CAMERAS + "  setings: {}\n", "did you mean 'settings'?"),
        (CAMERAS + "  settings: {target_fps: fast}\n", "cameras.yaml:4: camera 'cam_floor': settings.target_fps"),
        (CAMERAS + "  settings: {segment_duration: 60}\n", "camera 'cam_floor': settings.segment_duration 60 is"),
        (CAMERAS.replace("testsrc://", "http://10.0.0.5/"), "must start with rtsp:// or rtsps://"),
        (CAMERAS.replace("cam_floor", "../cam_floor"), "cameras.yaml:1:"),
        ("", "cameras.yaml"),
    ],
)
def test_row_45_a_mistake_in_the_file_is_told_with_its_line(text: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    assert says in refused(command(tmp_path, "--camera", "cam_floor"))


def test_one_of_two_supabase_variables_is_not_enough(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    said = refused(command(tmp_path, "--camera", "cam_floor", SUPABASE_URL="https://abc.supabase.co"))
    assert said.startswith("SUPABASE_URL is set but SUPABASE_KEY is not.")


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(command(tmp_path, "--camera", "cam_floor", STOREFEED_PORT=str(port)))
    assert said.startswith(f"Port {port} on this box cannot be used")


def test_an_address_that_the_box_does_not_have_is_named(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    said = refused(command(tmp_path, "--camera", "cam_floor", STOREFEED_HOST="192.0.2.7"))
    assert said.startswith("STOREFEED_HOST is '192.0.2.7', which is no address of this box.")


def test_the_link_is_for_workers_that_can_be_reached(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    assert refused(command(tmp_path, "link")).startswith(
        "The worker's page is for this box only: http://127.0.0.1:8000/ "
    )
    assert refused(command(tmp_path, "link", STOREFEED_HOST="192.0.2.7")).startswith("There is no token in ")


def test_a_token_that_the_worker_made_is_hidden_wherever_it_turns_up(tmp_path: Path) -> None:
    token = page_token(tmp_path / "data")
    write(tmp_path, CAMERAS.replace("Floor Camera", f"Camera {token}"))
    told = command(tmp_path, "check", STOREFEED_HOST="192.0.2.7")
    assert "STOREFEED_HOST=192.0.2.7" in told.stdout
    assert "Camera ***" in told.stdout
    assert token not in told.stdout + told.stderr
    assert token in command(tmp_path, "link", STOREFEED_HOST="192.0.2.7").stdout


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    (tmp_path / "file").write_text("", encoding="utf-8")
    said = refused(command(tmp_path, "--camera", "cam_floor", STOREFEED_DATA=str(tmp_path / "file" / "data")))
    assert "cannot be written" in said
    assert "STOREFEED_DATA" in said


def test_what_fails_when_the_port_is_open_already_is_one_sentence_too(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    (tmp_path / "data" / "store.key").mkdir(parents=True)
    said = refused(command(tmp_path, "--camera", "cam_floor", STOREFEED_PORT=str(free_port())))
    assert said.startswith("The key of the store cannot be kept in")
    assert "\n" not in said  # as Python's own words would be, about a socket that nobody closed


@pytest.mark.parametrize(
    "arguments",
    [["--camera"], ["--colour", "red"], ["fly"], ["print-command"], ["status", "--camera", "cam_floor"]],
)
def test_a_wrong_command_line_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    assert len(refused(command(tmp_path, *arguments)).splitlines()) == 1


def test_an_old_python_is_told_how_to_get_a_newer_one(tmp_path: Path) -> None:
    """Run by what an old interpreter would see: the same file with an old version number."""
    source = (ROOT / "live_stream.py").read_text(encoding="utf-8")
    old = tmp_path / "live_stream.py"
    old.write_text(source.replace("import sys\n", "import sys\nsys.version_info = (3, 9, 2)\n", 1), encoding="utf-8")
    result = subprocess.run(["python3", str(old)], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "needs Python 3.11 or newer; this is 3.9" in result.stderr
    assert "apt install" in result.stderr


def unprepared(directory: Path) -> list[str]:
    """What starts a Storefeed whose libraries are not there, in `directory`."""
    (directory / "live_stream.py").write_bytes((ROOT / "live_stream.py").read_bytes())
    (directory / "uploader").mkdir()
    (directory / "uploader" / "commands.py").write_text("import no_such_library\n", encoding="utf-8")
    return [sys.executable, str(directory / "live_stream.py"), "check", "--camera", "a b"]


def test_a_python_without_the_libraries_says_what_brings_them(tmp_path: Path) -> None:
    result = subprocess.run(unprepared(tmp_path), capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "Storefeed's libraries are missing here (no_such_library). "
        "Put scripts/run in the place of 'python live_stream.py': it brings them.\n"
    )


def test_a_python_without_the_libraries_makes_way_for_the_one_that_is_prepared(tmp_path: Path) -> None:
    words = unprepared(tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    assert result.stdout.splitlines() == words[1:]


def test_without_arguments_the_cameras_are_listed(tmp_path: Path) -> None:
    write(tmp_path, DOOR)
    result = command(tmp_path)
    assert result.returncode == 0
    assert "cam_floor  Floor Camera" in result.stdout
    assert "cam_door" in result.stdout
    assert "--camera ID" in result.stdout


def test_a_name_that_the_terminal_cannot_show_ends_nothing(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS.replace("Floor", "Tür"))
    result = command(tmp_path, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "T\\xfcr Camera" in result.stdout


def test_whoever_has_read_enough_sees_no_complaint(tmp_path: Path) -> None:
    """As `python live_stream.py | head` would, had `head` already gone."""
    write(tmp_path, CAMERAS)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [sys.executable, str(PROGRAM)],
            cwd=tmp_path,
            env=environment(tmp_path, PYTHONUNBUFFERED=""),
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (1, b"")


def test_the_variables_may_stand_in_a_file_beside_cameras_yaml(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS)
    (tmp_path / ".env").write_text("SUPABASE_URL=https://abc.supabase.co\n", encoding="utf-8")
    assert refused(command(tmp_path, "--all")).startswith("SUPABASE_URL is set but SUPABASE_KEY is not.")
    (tmp_path / ".env").write_text("SUPABASE_URL='https://abc\n", encoding="utf-8")
    assert refused(command(tmp_path, "--all")).startswith(".env:1: SUPABASE_URL: the quote that opens here")


def test_the_command_is_printed_with_secrets_hidden(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS.replace("testsrc://", "rtsp://admin:hun%23ter2@10.0.0.5/live"))
    result = command(tmp_path, "print-command", "--camera", "cam_floor")
    assert result.returncode == 0
    assert "-f rtsp -i " in result.stdout
    assert "10.0.0.5/live" in result.stdout
    assert "hun" not in result.stdout
    assert "admin" not in result.stdout


def test_a_file_with_passwords_that_anybody_may_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    file = write(tmp_path, CAMERAS.replace("testsrc://", "rtsp://admin:hunter2@10.0.0.5/live"))
    file.chmod(0o600)
    assert "chmod" not in command(tmp_path, "--camera", "cam_floor", STOREFEED_DATA="/dev/null/data").stderr
    file.chmod(0o644)
    said = command(tmp_path, "--camera", "cam_floor", STOREFEED_DATA="/dev/null/data").stderr
    assert said.splitlines()[0].endswith("can read the passwords in cameras.yaml. To keep them: chmod o-r cameras.yaml")


def test_nothing_secret_is_said_of_a_broken_address(tmp_path: Path) -> None:
    write(tmp_path, CAMERAS.replace("testsrc://", "rstp://admin:hunter2@10.0.0.5/live"))
    said = refused(command(tmp_path, "--camera", "cam_floor"))
    assert "rtsp://" in said
    assert "hunter2" not in said


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cameras.yaml")
    assert "cameras.yaml is not a file" in refused(command(tmp_path, "--camera", "cam_floor"))
