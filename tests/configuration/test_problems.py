"""Every mistake in an entry of cameras.yaml, in words: where, what, and what to write instead."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.configuration.documented import problems
from uploader.configuration.cameras import parse

START = "- id: floor\n  rtsp_url: testsrc://\n"
KEYS = "the keys here are id, name, rtsp_url, username, password, use_case, enabled, location, settings"
SETTINGS_KEYS = (
    "the keys here are profile, target_width, target_fps, segment_duration, segments_to_keep, audio, video, encoder, "
    "transport, rotate, bitrate, snapshot_every, frames_every, frames_keep_days"
)
ENCODERS = "auto, libx264, h264_nvenc, h264_v4l2m2m, h264_vaapi, h264_nvmpi"
LOCATION = "may hold only letters, digits, '-', '_' and '.', at most 63, and begins with a letter or digit"
ADDRESS = 'rtsp_url: "rtsp://user:password@192.168.1.20:554/stream"'
ID = "may hold only letters, digits, '-' and '_', at most 63 of them, and begins with a letter or digit"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  nmae: Floor", "nmae is not a key; did you mean 'name'?"),
        ("  Name: Floor", "Name is not a key; did you mean 'name'?"),
        ("  use-case: live_stream", "use-case is not a key; did you mean 'use_case'?"),
        ("  url: testsrc://", "url is not a key; did you mean 'rtsp_url'?"),
        ("  colour: red", f"colour is not a key; {KEYS}."),
        ("  pass: hunter2", "pass is not a key; did you mean 'password'?"),
        ("  password: hunter2", "password needs a username; write one too, mostly it is admin."),
        (
            "  location: a/b",
            f"location 'a/b' {LOCATION}.",
        ),
        (
            "  settings: {profile: lwo}",
            "settings.profile must be one of stable, standard, low, realtime; did you mean low?",
        ),
        ("  settings: {video: passthrough}", "settings.video must be one of auto, copy, transcode."),
        (
            "  settings: {encoder: nvenc}",
            f"settings.encoder must be one of {ENCODERS}; did you mean h264_nvenc?",
        ),
        ("  settings: {transport: TCP}", "settings.transport must be one of auto, tcp, udp; did you mean tcp?"),
        ("  settings: {rotate: 45}", "settings.rotate must be one of 0, 90, 180, 270."),
        ('  settings: {rotate: "90"}', "settings.rotate must be 90, without quotes."),
        (
            "  settings: {bitrate: 1 Mbit}",
            "settings.bitrate '1 Mbit' must be just a whole number (kbit/s); write 1000.",
        ),
        ("  settings: {bitrate: 50}", "settings.bitrate 50 is too small; allowed is at least 100 kbit/s."),
        ("  settings: {bitrate: }", "settings.bitrate has no value; write one, or remove the line."),
        (
            "  settings: {snapshot_every: 0.5}",
            "settings.snapshot_every 0.5 is too small; allowed is at least 1 second.",
        ),
        ("  settings: {frames_every: 1}", "settings.frames_every 1 is too small; allowed is at least 10 seconds."),
        ("  settings: {frames_every: 1 h}", "settings.frames_every '1 h' must be just a number (seconds); write 3600."),
        ("  settings: {frames_every: on}", "settings.frames_every 'on' must be just a number (seconds)."),
        ("  settings: {frames_every: }", "settings.frames_every has no value; write one, or remove the line."),
        ("  settings: {frames_evry: 60}", "settings.frames_evry is not a key; did you mean 'frames_every'?"),
        (
            "  settings: {frames_keep_days: 2 weeks}",
            "settings.frames_keep_days '2 weeks' must be just a whole number (days); write 14.",
        ),
        (
            "  settings: {frames_keep_days: 36 h}",
            "settings.frames_keep_days '36 h' must be just a whole number (days).",
        ),
        ("  settings: {frames_keep_days: 0}", "settings.frames_keep_days 0 is too small; allowed is at least 1 day."),
        ("  target_fps: 15", "target_fps is not a key; 'target_fps' belongs elsewhere: indent it under 'settings:'."),
        ("  settings: {target_widht: 1}", "settings.target_widht is not a key; did you mean 'target_width'?"),
        ("  settings: {fps: 1}", "settings.fps is not a key; did you mean 'target_fps'?"),
        ("  settings: {colour: red}", f"settings.colour is not a key; {SETTINGS_KEYS}."),
        (
            "  settings: {enabled: true}",
            "settings.enabled is not a key; 'enabled' belongs elsewhere: move it out of 'settings:'.",
        ),
        ("  name: #1 door", "name has no value; write one; in quotes if it begins with '#', or remove the line."),
        ("  enabled:", "enabled has no value; write one, or remove the line."),
        ("  name: 7", 'name must be text; put it in quotes: name: "7".'),
        ("  name: yes", 'name must be text; put it in quotes: name: "yes".'),
        ("  name: [a]", "name must be text on one line, in quotes."),
        ('  name: ""', "name must be 1 to 100 characters that can be printed."),
        ('  name: "\\e[2J"', "name '\\x1b[2J' must be 1 to 100 characters that can be printed."),
        ("  enabled: ture", "enabled must be true or false, without quotes."),
        ('  enabled: "yes"', "enabled must be true or false, without quotes."),
        ("  enabled: 1", "enabled must be true or false, without quotes."),
        ("  use_case: live-stream", "use_case 'live-stream' is not known; did you mean 'live_stream'?"),
        ("  use_case: two words", "use_case 'two words' must be one word, like live_stream."),
        ("  settings: 15", "settings must be 'key: value' lines of its own, indented."),
        ("  settings: {target_width: 10}", "settings.target_width 10 is too small; allowed is at least 64 pixels."),
        ("  settings: {target_width: wide}", "settings.target_width 'wide' must be just a whole number (pixels)."),
        ('  settings: {target_fps: "15"}', "settings.target_fps must be a whole number; write 15 without quotes."),
        (
            "  settings: {target_fps: 0}",
            "settings.target_fps 0 is too small; allowed is at least 1 frame per second.",
        ),
        (
            "  settings: {target_fps: 61}",
            "settings.target_fps 61 is too large; allowed is at most 60 frames per second.",
        ),
        (
            "  settings: {target_fps: 7.5}",
            "settings.target_fps '7.5' must be just a whole number (frames per second).",
        ),
        (
            "  settings: {target_fps: 015}",
            "settings.target_fps '015' must be just a whole number (frames per second); write 15.",
        ),
        (
            "  settings: {target_fps: true}",
            "settings.target_fps 'true' must be just a whole number (frames per second).",
        ),
        (
            "  settings: {segment_duration: 2s}",
            "settings.segment_duration '2s' must be just a number (seconds); write 2.",
        ),
        (
            "  settings: {target_width: 854px}",
            "settings.target_width '854px' must be just a whole number (pixels); write 854.",
        ),
        (
            "  settings: {target_fps: 15fps}",
            "settings.target_fps '15fps' must be just a whole number (frames per second); write 15.",
        ),
        ("  settings: {segment_duration: [2]}", "settings.segment_duration must be a number (seconds)."),
        ("  settings: {segment_duration: .nan}", "settings.segment_duration '.nan' must be just a number (seconds)."),
        (
            "  settings: {segment_duration: 2000}",
            "settings.segment_duration 2000 is too large; allowed is at most 10 seconds.",
        ),
        (
            "  settings: {segments_to_keep: 2}",
            "settings.segments_to_keep 2 is too small; allowed is at least 3 segments.",
        ),
        ("  settings: {audio: on, audio: off}", "settings.audio is already written on line 3; keep one of the two."),
        ("  id: floor", "id is already written on line 1; keep one of the two."),
        (
            "  name: Till #2",
            "name ends before the '#'; put it in quotes, or a space after '#' if a comment begins there.",
        ),
    ],
)
def test_row_45_a_mistake_is_told_with_line_camera_and_what_to_do(line: str, message: str) -> None:
    assert problems(START + line) == [f"3: camera 'floor': {message}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: floor", f"1: camera 'floor': rtsp_url is missing; add it, for example {ADDRESS}."),
        ("- rtsp_url: testsrc://", '1: id is missing; add it, for example id: "cam_floor".'),
        ("- {id: 07, rtsp_url: 'testsrc://'}", '1: id must be text; put it in quotes: id: "07".'),
        ("- {id: no, rtsp_url: 'testsrc://'}", '1: id must be text; put it in quotes: id: "no".'),
        ("- {id: 12:30, rtsp_url: 'testsrc://'}", '1: id must be text; put it in quotes: id: "12:30".'),
        ("- {id: türe, rtsp_url: 'testsrc://'}", f"1: id 'türe' {ID}."),
        ("- {id: \"a\\n\", rtsp_url: 'testsrc://'}", f"1: id 'a\\n' {ID}."),
        ("- {id: '', rtsp_url: 'testsrc://'}", f"1: id {ID}."),
        (f"- {{id: {'a' * 300}, rtsp_url: 'testsrc://'}}", f"1: id '{'a' * 39}…' {ID}."),
        ("- {id: floor, rtsp_url: 1234}", "1: camera 'floor': rtsp_url must be text; put it in quotes."),
        ("- {id: floor, rtsp_url: 'http://a:hunter2@h/'}",
         "1: camera 'floor': rtsp_url must start with rtsp:// or rtsps:// (got http://)."),
        ("- {id: floor, rtsp_url: 'rstp://a:hunter2@h/'}",
         "1: camera 'floor': rtsp_url must start with rtsp:// or rtsps://; did you mean 'rtsp://'?"),
        ("- testsrc://", "1: this is no camera; write 'id:' after the dash and its other keys below it, or remove it."),
        ("-\n", "1: this is no camera; write 'id:' after the dash and its other keys below it, or remove it."),
        ("", "1: the file is empty; list the cameras in it, each beginning with '- id:'."),
        ("# nothing\n", "1: the file is empty; list the cameras in it, each beginning with '- id:'."),
        ("---\n", "1: the file is empty; list the cameras in it, each beginning with '- id:'."),
        ("[]", "1: the list is empty; add a camera that begins with '- id:'."),
        ("hello", "1: the file must be a list of cameras, each beginning with '- id:'."),
        ("# mine\ncameras:\n  - id: floor\n",
         "2: the file is just the list of cameras; remove the line 'cameras:'."),
        ("id: floor\nrtsp_url: testsrc://\n",
         "1: the file must be a list; begin each camera with '- id:', indent its other keys."),
    ],
)  # fmt: skip
def test_what_is_missing_or_no_camera_is_told(text: str, message: str) -> None:
    assert problems(text) == [message]


@pytest.mark.parametrize("name", ["../../x", "a%d", "-i", "k\u00e4se", "a/b", "a" * 300])
def test_row_47_an_id_that_could_leave_its_folder_or_pass_for_an_option_is_refused(name: str) -> None:
    (told,) = problems(f"- {{id: {name}, rtsp_url: 'testsrc://'}}")
    assert told.startswith(f"1: id '{name}'"[:40])
    assert told.endswith(f" {ID}.")


def test_an_address_in_the_wrong_place_keeps_its_password() -> None:
    text = """\
    - id: rtsp://admin:hunter2@10.0.0.5/live
      rtsp://admin:hunter2@10.0.0.5/: 1
      use_case: rtsp://admin:hunter2@10.0.0.5/live
      settings: {target_fps: admin:hunter2@10.0.0.5}
    """
    assert len(problems(text)) == 5
    assert "hunter2" not in " ".join(problems(text))


def test_all_mistakes_are_told_at_once_and_the_good_cameras_stay() -> None:
    text = """\
    # The store in Lund
    - id: floor
      rtsp_url: http://10.0.0.5/live
      settings:
        target_widht: 854
    - id: door
      rtsp_url: testsrc://
    - id: till
      name: Till: 2
      rtsp_url: testsrc://
    - id: yard
      rtsp_url: "testsrc://
    - id: door
      rtsp_url: testsrc://
    - id: roof
      rtsp_url: /dev/video0
    """
    file = parse(dedent(text), "lund.yaml")
    assert [camera.id for camera in file.cameras] == ["door", "roof"]
    assert [str(problem) for problem in file.problems] == [
        "lund.yaml:3: camera 'floor': rtsp_url must start with rtsp:// or rtsps:// (got http://).",
        "lund.yaml:5: camera 'floor': settings.target_widht is not a key; did you mean 'target_width'?",
        "lund.yaml:9: camera 'till': a value with ': ' in it must be in quotes, as in name: \"Till: 2\".",
        "lund.yaml:12: camera 'yard': the quote that opens here is not closed on this line.",
        "lund.yaml:13: camera 'door': the same id is already used on line 6; ids must differ.",
    ]
