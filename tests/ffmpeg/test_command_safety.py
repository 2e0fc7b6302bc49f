"""Row 48: nothing that stands in rtsp_url makes FFmpeg, or a shell, do anything but open a camera."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from tests.ffmpegs import ffmpegs
from tests.stand_in import stand_in
from uploader.configuration.cameras import Camera
from uploader.ffmpeg.command import command

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

NO_CAMERAS = [
    "file:///etc/passwd",
    "/etc/passwd",
    "concat:/etc/hostname|/etc/passwd",
    "subfile,,start,0,end,9,,:/etc/hostname",
    "data:video/mp4;base64,AAAA",
    "pipe:0",
    "fd:0",
    "http://127.0.0.1:1/live",
    "crypto:/etc/hostname",
    "lavfi:testsrc",
    "-version",
    "-f",
    "--help",
    "/dev/sda",
    "/dev/video0/../sda",
    "/dev/../etc/passwd",
    "testsrc://; rm -rf /",
    "testsrc://size=9999x9999",
]


@pytest.mark.parametrize("address", NO_CAMERAS)
def test_row_48_what_is_no_camera_is_refused_before_anything_is_started(address: str) -> None:
    with pytest.raises(ValidationError):
        Camera.model_validate({"id": "cam", "rtsp_url": address})


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\u2028", "\t"])
def test_row_48_a_line_break_or_a_nul_is_refused(character: str) -> None:
    with pytest.raises(ValidationError):
        Camera.model_validate({"id": "cam", "rtsp_url": f"rtsp://10.0.0.5/live{character}-i file:///etc/passwd"})


@pytest.mark.parametrize("text", ["; touch {}", "$(touch {})", "`touch {}`", "| touch {}", "&& touch {} #", "' -y '{}"])
def test_row_48_what_means_something_to_a_shell_is_one_argument_and_nothing_more(text: str, tmp_path: Path) -> None:
    planted, told = tmp_path / "planted", tmp_path / "told"
    camera = Camera.model_validate({"id": "cam", "rtsp_url": f"rtsp://10.0.0.5/live{text.format(planted)}"})
    program = stand_in(tmp_path, f"import json; open({str(told)!r}, 'w').write(json.dumps(sys.argv[1:]))")
    arguments = command(program, camera, str(tmp_path))
    subprocess.run(arguments, check=True)
    received = json.loads(told.read_text("utf-8"))
    assert received == arguments[1:]
    assert received[received.index("-i") + 1] == camera.rtsp_url
    assert " " not in camera.rtsp_url
    assert not planted.exists()


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
def test_row_48_even_if_it_got_through_ffmpeg_opens_nothing_but_rtsp(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """The camera's own command with the address of something else in its place, as a redirect could bring it."""
    secret = tmp_path / "secret.ts"
    secret.write_bytes(b"\x47" * 188 * 100)
    arguments = command(ffmpeg, Camera(id="cam", rtsp_url="rtsp://10.0.0.5/live"), str(tmp_path))
    places = [str(secret), f"file:{secret}", f"concat:{secret}", f"subfile,,start,0,end,9,,:{secret}", "pipe:0"]
    for place in [*places, "data:video/mp2t;base64,RwAA", "http://127.0.0.1:1/live", "-version"]:
        tried = [place if argument == "rtsp://10.0.0.5/live" else argument for argument in arguments]
        ended = subprocess.run(tried, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
        assert ended.returncode != 0, place
    assert list(tmp_path.iterdir()) == [secret]
