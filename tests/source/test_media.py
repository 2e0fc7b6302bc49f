"""What FFmpeg says of a camera's stream becomes values. The lines are real ones, of FFmpeg 4.2, 5.1, 7.0 and 9.0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from uploader.source.media import Audio, Media, Video, is_resized, media_time_zero

FLOOR = Video("h264", 640, 360, "High", "yuv420p")


def read(*lines: str) -> Media:
    media = Media()
    for line in lines:
        media = media.read(line)
    return media


@pytest.mark.parametrize(
    ("line", "video"),
    [
        (
            "[info]     Stream #0:0: Video: h264 (High), yuv420p(progressive), 640x360 [SAR 1:1 DAR 16:9], 15 tbr",
            FLOOR,
        ),
        (
            "[info]   Stream #0:0: Video: h264 (High), yuvj420p(pc, bt709, progressive), 1920x1080, 25 fps, 90k tbn",
            Video("h264", 1920, 1080, "High", "yuvj420p", fps=25.0),
        ),
        (
            "[info]   Stream #0:0: Video: h264 (Constrained Baseline), yuv420p(progressive), 704x576, 12.50 fps",
            Video("h264", 704, 576, "Constrained Baseline", "yuv420p", fps=12.5),
        ),
        (
            "[info]   Stream #0:0: Video: h264 (High 4:2:2), yuv422p(tv, bt709, top first), 1920x1080, 25 fps",
            Video("h264", 1920, 1080, "High 4:2:2", "yuv422p", interlaced=True, fps=25.0),
        ),
        (
            "[info]   Stream #0:0: Video: hevc (Main), yuv420p(tv), 640x360, 15 fps, 15 tbr, 90k tbn, start 179",
            Video("hevc", 640, 360, "Main", "yuv420p", fps=15.0),
        ),
        (
            "[info]   Stream #0:0: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), 640x480, 10 fps",
            Video("mjpeg", 640, 480, "Baseline", "yuvj420p", fps=10.0),
        ),
        (
            "[info]   Stream #0:1(und): Video: h264 (Main) (H264 / 0x34363248), yuv420p, 1280x720, 30 fps, 1000k tbn",
            Video("h264", 1280, 720, "Main", "yuv420p", fps=30.0),
        ),
    ],
)
def test_a_picture_is_read_from_its_description(line: str, video: Video) -> None:
    assert read(line).video == video


def test_the_input_comes_first_and_the_output_is_not_meant() -> None:
    media = read(
        "[info] Input #0, rtsp, from 'rtsp://10.0.0.5/live':",
        "[info]   Stream #0:0: Video: hevc (Main), yuv420p(tv), 1920x1080, 25 fps, 25 tbr, 90k tbn",
        "[info]   Stream #0:1: Audio: pcm_alaw, 8000 Hz, mono, s16, 64 kb/s",
        "[info] Output #0, hls, to '/run/ffmpeg.m3u8':",
        "[info]   Stream #0:0: Video: h264, yuv420p(progressive), 854x480, q=2-31, 15 fps, 90k tbn",
    )
    assert media == Media(Video("hevc", 1920, 1080, "Main", "yuv420p", fps=25.0), Audio("pcm_alaw", 8000))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Stream mapping:",
        "Stream #0:0 -> #0:0 (copy)",
        "Stream #0:0: Video: none, none",
        "[info]     title           : Stream #0:0: Video: hevc (Main), yuv420p, 640x360, 15 fps",
    ],
)
def test_other_lines_tell_nothing(line: str) -> None:
    assert read(line) == Media()


def test_a_stream_is_named_for_people() -> None:
    assert replace(FLOOR, fps=15.0).name == "H.264 High, 640x360, 15 fps"
    assert Video("hevc", 1920, 1080).name == "H.265, 1920x1080"


def test_a_guessed_frame_rate_makes_no_other_stream_of_it() -> None:
    assert FLOOR.is_same_stream(replace(FLOOR, fps=30.0))
    assert not FLOOR.is_same_stream(replace(FLOOR, width=704))


def test_a_new_size_is_noticed() -> None:
    graph = "[graph 0 input from stream 0:0 @ 0x1] [warning]"
    assert is_resized(f"{graph} Changing video frame properties on the fly is not supported by all filters")
    assert not is_resized(f"{graph} something else")


def test_when_media_time_was_zero_is_what_is_said_of_the_input() -> None:
    said = media_time_zero("[info]   Duration: N/A, start: 1795259603.798244, bitrate: N/A")
    assert said == datetime(2026, 11, 21, 11, 13, 23, 798244, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "[info]   Duration: N/A, bitrate: N/A",
        "[info]   Duration: 00:00:04.00, start: 1.400000, bitrate: 200 kb/s",
        "[info]   Stream #0:0: Video: h264, 320x180, 1 fps, 2 tbr, 90k tbn, start 1795259758.064711",
        "[info]     title           : Duration: N/A, start: 99999999999999.0, bitrate: N/A",
    ],
)
def test_nothing_else_says_when_media_time_was_zero(line: str) -> None:
    assert media_time_zero(line) is None
