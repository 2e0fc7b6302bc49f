"""A camera becomes FFmpeg's arguments, to the letter."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import ffmpegs
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.ffmpeg.command import FFmpeg, command
from uploader.ffmpeg.outputs import writes
from uploader.segments.transport_stream import FrameReader

if TYPE_CHECKING:
    from pathlib import Path

NEW = FFmpeg("/usr/bin/ffmpeg", "5.1.9", libavformat=59)
OLD = FFmpeg("/usr/bin/ffmpeg", "4.2.7-0ubuntu0.1", libavformat=58)
FLOOR = Camera(id="cam_floor", name="Floor Camera", rtsp_url="rtsp://admin:secret@10.0.0.5:554/live")

ARGUMENTS = """\
/usr/bin/ffmpeg -hide_banner -loglevel level+info -nostats -progress pipe:1 -stats_period 0.5
-dts_error_threshold 30 -threads 1 -fpsprobesize 0 -analyzeduration 1000000
-reinit_filter 0 -use_wallclock_as_timestamps 1
-rtsp_flags prefer_tcp -timeout 5000000 -allowed_media_types video
-protocol_whitelist rtp,rtsp,srtp,tcp,tls,udp,crypto -f rtsp -i rtsp://admin:secret@10.0.0.5:554/live
-map 0:v:0 -an
-vf scale=w=trunc(min(854\\,iw)/2)*2:h=-2,format=yuv420p
-c:v libx264 -preset ultrafast -tune zerolatency -crf 23 -maxrate 2154k -bufsize 2154k -sc_threshold 0
-r 15 -g 30 -keyint_min 30 -force_key_frames expr:gte(t,n_forced*2)
-f tee -y""".split()  # noqa: SIM905  (reads as the command does)

OUTPUTS = (
    "[f=hls:hls_time=2:hls_list_size=20:hls_flags=temp_file+omit_endlist+independent_segments"
    ":hls_segment_filename=/run/segments/%d.ts]/run/segments/ffmpeg.m3u8"
    "|[f=mpegts:flush_packets=1:max_delay=0:pat_period=3600:sdt_period=3600:onfail=ignore]/run/segments/tap.ts"
)


def words(camera: Camera, ffmpeg: FFmpeg = NEW) -> list[str]:
    return command(ffmpeg, camera, "/run/segments")


def after(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def outputs(arguments: list[str]) -> str:
    """What the tee muxer is told, as it reads it."""
    return re.sub(r"\\(.)", r"\1", after(arguments, "-y"))


def with_settings(**settings: object) -> Camera:
    return Camera.model_validate({"id": "cam_floor", "rtsp_url": FLOOR.rtsp_url, "settings": settings})


def test_the_documented_camera_gives_this_command() -> None:
    assert words(FLOOR)[:-1] == ARGUMENTS
    assert outputs(words(FLOOR)) == OUTPUTS


@pytest.mark.parametrize("profile", ["standard", "low"])
@pytest.mark.parametrize("directory", ["/run/segments", "/run/it's a|b:c [d] e"])
def test_the_last_argument_tells_the_directory(directory: str, profile: str) -> None:
    last = command(NEW, with_settings(profile=profile), directory)[-1]
    assert str(writes(last)).rpartition("/")[0] == directory
    assert writes(f"{directory}/notes.txt") is None


def test_an_old_ffmpeg_gets_the_options_it_knows() -> None:
    arguments = words(FLOOR, OLD)
    assert after(arguments, "-stimeout") == "5000000"
    assert "-timeout" not in arguments
    assert "-stats_period" not in arguments
    assert "-stats_period" in words(FLOOR, dataclasses.replace(OLD, version="4.4.2"))


def test_there_is_never_an_option_that_makes_ffmpeg_deaf_to_sigterm() -> None:
    assert "-nostdin" not in words(FLOOR)


def test_the_keyframes_follow_the_segment_duration() -> None:
    arguments = words(with_settings(target_fps=25, segment_duration=1, segments_to_keep=6))
    assert (after(arguments, "-r"), after(arguments, "-g"), after(arguments, "-keyint_min")) == ("25", "25", "25")
    assert after(arguments, "-force_key_frames") == "expr:gte(t,n_forced*1)"
    assert ":hls_time=1:hls_list_size=35:" in outputs(arguments)


@pytest.mark.parametrize("profile", ["low", "realtime"])
def test_a_camera_that_pauses_leaves_no_hole_between_pictures(profile: str, tmp_path: Path) -> None:
    arguments = command(binary.find(), with_settings(profile=profile), str(tmp_path))
    made = arguments[arguments.index("-i") + 2 :]
    made[made.index("-vf") + 1] = "select=not(between(n\\,31\\,37))," + after(made, "-vf")
    film = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=15:duration=4")
    subprocess.run([arguments[0], "-loglevel", "error", *film, *made], check=True)
    frames = FrameReader().feed((tmp_path / "frames.ts").read_bytes())
    spaces = {later.time - earlier.time for earlier, later in pairwise(frames)}
    assert spaces == {90_000 // 15}
    assert len(frames) > 50


def test_sound_is_sent_only_where_it_is_asked_for() -> None:
    silent, loud = words(FLOOR), words(with_settings(audio=True))
    assert "-an" in silent
    assert after(silent, "-allowed_media_types") == "video"
    assert "-an" not in loud
    assert "-allowed_media_types" not in loud
    assert after(loud, "-c:a") == "aac"
    assert loud.count("-map") == 2


def test_an_rtsp_address_is_opened_as_rtsp_and_as_nothing_else() -> None:
    arguments = words(FLOOR)
    address = arguments.index("-i")
    assert arguments[address - 2 : address] == ["-f", "rtsp"]
    allowed = after(arguments, "-protocol_whitelist").split(",")
    assert not {"file", "http", "https", "concat", "pipe", "data", "subfile"} & set(allowed)


def test_a_device_is_opened_as_a_video_device() -> None:
    arguments = words(Camera(id="cam_usb", rtsp_url="/dev/video0"))
    assert (after(arguments, "-f"), after(arguments, "-i")) == ("v4l2", "/dev/video0")


@pytest.mark.parametrize(
    ("transport", "option", "value"),
    [("auto", "-rtsp_flags", "prefer_tcp"), ("tcp", "-rtsp_transport", "tcp"), ("udp", "-rtsp_transport", "udp")],
)
def test_the_transport_is_tcp_where_the_camera_can_or_as_it_is_set(transport: str, option: str, value: str) -> None:
    arguments = words(with_settings(transport=transport))
    assert after(arguments, option) == value
    assert ("-rtsp_flags" in arguments) != ("-rtsp_transport" in arguments)


def test_a_copied_stream_is_not_touched_and_cut_where_its_keyframes_allow() -> None:
    arguments = command(NEW, FLOOR, "/run/segments", encoder=None)
    assert after(arguments, "-c:v") == "copy"
    assert not {"-vf", "-r", "-g", "-force_key_frames", "-maxrate"} & set(arguments)
    assert ":hls_time=0.4:" in outputs(arguments)


def test_a_bitrate_is_a_limit_and_without_one_the_picture_asked_for_sets_it() -> None:
    assert after(words(with_settings(bitrate=600)), "-maxrate") == "600k"
    assert after(words(with_settings(target_width=1920, target_fps=25)), "-maxrate") == "18144k"


@pytest.mark.parametrize(
    ("size", "width", "expected"),
    [
        ("1920x1080", 854, "854x480"),
        ("640x480", 854, "640x480"),
        ("704x576", 854, "704x576"),
        ("720x1280", 854, "720x1280"),
        ("1280x720", 853, "852x480"),
        ("641x361", 854, "640x360"),
    ],
)
def test_every_shape_of_picture_keeps_it_and_gets_even_sides(
    size: str, width: int, expected: str, tmp_path: Path
) -> None:
    assert f" {expected}" in one_picture(size, tmp_path, target_width=width)


@pytest.mark.parametrize(("rotate", "expected"), [(0, "640x360"), (90, "360x640"), (180, "640x360"), (270, "360x640")])
def test_a_turned_picture_stands_on_its_side_and_is_no_wider_than_asked(
    rotate: int, expected: str, tmp_path: Path
) -> None:
    assert f" {expected}" in one_picture("640x360", tmp_path, rotate=rotate)
    assert " 320x568" in one_picture("640x360", tmp_path, rotate=90, target_width=320)


@pytest.mark.parametrize(
    ("rotate", "corner"), [(0, "left top"), (90, "right top"), (180, "right bottom"), (270, "left bottom")]
)
def test_a_picture_is_turned_clockwise(rotate: int, corner: str, tmp_path: Path) -> None:
    """A picture whose left upper quarter is white: which quarter is it afterwards?"""
    graph = after(words(with_settings(rotate=rotate, target_width=64)), "-vf")
    made = subprocess.run(
        [
            *(binary.find().path, "-loglevel", "error", "-f", "lavfi", "-i", "color=black:size=64x64"),
            *("-frames:v", "1", "-vf", f"drawbox=w=32:h=32:color=white:t=fill,{graph},format=gray"),
            *("-f", "rawvideo", "-"),
        ],
        capture_output=True, check=True, stdin=subprocess.DEVNULL, cwd=tmp_path,
    )  # fmt: skip
    quarters = {"left top": (16, 16), "right top": (48, 16), "left bottom": (16, 48), "right bottom": (48, 48)}
    white = [name for name, (x, y) in quarters.items() if made.stdout[y * 64 + x] > 128]
    assert white == [corner]


def one_picture(size: str, directory: Path, **settings: object) -> str:
    """What the real FFmpeg says of its output, of one picture of this size."""
    arguments = words(with_settings(**settings))
    made = subprocess.run(
        [
            binary.find().path, "-hide_banner", "-loglevel", "info",
            *("-f", "lavfi", "-i", f"color=size={size}:rate=15", "-frames:v", "1"),
            *("-vf", after(arguments, "-vf"), "-c:v", "libx264", "-f", "null", "-"),
        ],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=directory,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stderr.partition("Output #0")[2]


def test_what_is_sent_while_it_is_made_comes_through_a_pipe_frame_by_frame() -> None:
    arguments = words(with_settings(profile="low"))
    output = "-f mpegts -flush_packets 1 -muxdelay 0 -muxpreload 0 -pat_period 3600 -sdt_period 3600 -y"
    assert arguments[arguments.index("mpegts") - 1 :] == [*output.split(), "/run/segments/frames.ts"]
    assert after(arguments, "-force_key_frames") == "expr:gte(t,n_forced*1)"
    assert "dump_extra=freq=all" not in arguments


def test_parts_carry_the_headers_of_the_encoding_and_keyframes_are_counted() -> None:
    arguments = words(with_settings(profile="realtime", target_fps=25))
    assert (after(arguments, "-flags"), after(arguments, "-bsf:v")) == ("+global_header", "dump_extra=freq=all")
    assert (after(arguments, "-g"), after(arguments, "-force_key_frames")) == ("48", "expr:gte(n,n_forced*48)")


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
def test_segments_and_the_tap_come_out_wherever_the_directory_is(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    directory = tmp_path / "it's a|b:c [d] e\\f"
    directory.mkdir()
    camera = Camera.model_validate({"id": "cam", "rtsp_url": "testsrc://", "settings": {"audio": True}})
    arguments = command(ffmpeg, camera, str(directory))
    ended = [*arguments[: arguments.index("-f", arguments.index("-an" if "-an" in arguments else "-c:a"))], "-t", "3"]
    subprocess.run([*ended, *arguments[-4:]], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
    assert {path.name for path in directory.iterdir()} == {"ffmpeg.m3u8", "0.ts", "1.ts", "tap.ts"}
    frames = FrameReader().feed((directory / "tap.ts").read_bytes())
    assert [index for index, frame in enumerate(frames) if frame.is_keyframe] == [0, 30]
