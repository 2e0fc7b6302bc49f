"""When a camera's own H.264 goes out as it is, and what is said where it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from uploader.configuration.cameras import Camera
from uploader.hls.window import target_duration
from uploader.source.media import Video
from uploader.source.passthrough import (
    BELIEVED_FOR,
    EXCUSED_AFTER,
    Passthrough,
    longest_copy,
    objection,
    parameters,
    shortest_copy,
)

if TYPE_CHECKING:
    from uploader.configuration.settings import LiveStreamSettings

FLOOR = Video("h264", 640, 360, "High", "yuv420p", fps=15.0)


def camera(url: str = "rtsp://10.0.0.5/live", **settings: object) -> Camera:
    return Camera.model_validate({"id": "cam_floor", "rtsp_url": url, "settings": settings})


def settings(**changes: object) -> LiveStreamSettings:
    return camera("rtsp://10.0.0.5/live", **changes).settings


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"pixels": "yuvj420p", "profile": "Constrained Baseline"}, None),
        ({"width": 960, "height": 540, "fps": 30.0}, None),
        ({"width": 360, "height": 640}, None),
        ({"keyframe_interval": 2.0, "reordered": False, "kbits": 900.0}, None),
        ({"codec": "hevc"}, "The camera sends H.265; converted for browsers."),
        ({"codec": "mjpeg"}, "The camera sends MJPEG; converted for browsers."),
        ({"reordered": True}, "The camera's H.264 has B-frames"),
        ({"profile": "High 4:2:2", "pixels": "yuv422p"}, "The camera's H.264 (High 4:2:2) is one that browsers do not"),
        ({"profile": "High 10", "pixels": "yuv420p10le"}, "The camera's H.264 (High 10) is one that browsers do not"),
        ({"interlaced": True}, "The camera's picture is interlaced"),
        ({"keyframe_interval": 10.0}, "The camera sends a keyframe every 10 s"),
        ({"width": 1920, "height": 1080}, "The camera's picture is 1920 pixels wide, 854 are asked for"),
        ({"fps": 60.0}, "The camera sends 60 frames per second"),
        ({"kbits": 4000.0}, "The camera sends 4000 kbit/s; converted to at most 2154."),
    ],
)
def test_what_speaks_against_copying_is_said_in_plain_words(changes: dict[str, object], reason: str | None) -> None:
    found = objection(replace(FLOOR, **changes), settings())  # type: ignore[arg-type]
    assert (found.reason if found else "").startswith(reason or "")
    assert (found is None) == (reason is None)
    assert found is None or "saves CPU" in found.advice or "save CPU" in found.advice


def test_who_asks_for_a_copy_gets_it_in_any_size_but_not_what_cannot_be_played() -> None:
    big = replace(FLOOR, width=3840, height=2160, fps=60.0, kbits=9000.0)
    assert objection(big, settings(video="copy")) is None
    assert objection(replace(big, codec="hevc"), settings(video="copy")) is not None
    assert objection(replace(big, keyframe_interval=10.0), settings(video="copy")) is not None


@pytest.mark.parametrize(
    ("url", "changes", "reason"),
    [
        ("testsrc://", {}, "The picture is made on this box."),
        ("/dev/video0", {}, "A device of this box."),
        ("rtsp://10.0.0.5/live", {"video": "transcode"}, "settings.video is 'transcode'."),
        ("rtsp://10.0.0.5/live", {"rotate": 90}, "The picture is turned by 90 degrees."),
        ("rtsp://10.0.0.5/live", {"profile": "realtime"}, "The realtime profile cuts finer"),
    ],
)
def test_some_cameras_are_never_copied(url: str, changes: dict[str, object], reason: str) -> None:
    passthrough = Passthrough(camera(url, **changes))
    assert not passthrough.copies
    assert passthrough.choice("libx264").reason.startswith(reason)


@pytest.mark.parametrize("duration", [0.5, 0.9, 1.0, 1.3, 2.0, 2.4, 4.0, 10.0])
def test_a_copied_segment_fits_the_target_duration_wherever_keyframes_are(duration: float) -> None:
    """FFmpeg cuts at the first keyframe after `shortest_copy`."""
    made = settings(segment_duration=duration)
    shortest, longest = shortest_copy(made), longest_copy(made)
    for interval in (hundredths / 100 for hundredths in range(5, int(longest * 100))):
        segment = interval
        while segment < shortest:
            segment += interval
        assert int(segment + 0.5) <= target_duration(duration)


def test_it_copies_until_something_speaks_against_it() -> None:
    passthrough = Passthrough(camera()).connecting(0)
    assert passthrough.copies
    passthrough = passthrough.sees(FLOOR, 1)
    assert passthrough.copies
    assert passthrough.choice("libx264").as_json() == {
        "mode": "copy",
        "encoder": None,
        "reason": "The camera's own H.264 fits and is sent as it is.",
        "advice": None,
        "camera": "H.264 High, 640x360, 15 fps",
    }
    passthrough = passthrough.sees(replace(FLOOR, codec="hevc"), 2)
    assert not passthrough.copies
    assert passthrough.choice("h264_nvenc").as_json() == {
        "mode": "transcode",
        "encoder": "h264_nvenc",
        "reason": "The camera sends H.265; converted for browsers.",
        "advice": "Choosing H.264 on the camera saves CPU.",
        "camera": "H.265 High, 640x360, 15 fps",
    }


def test_a_keyframe_that_does_not_come_is_not_waited_for() -> None:
    passthrough = Passthrough(camera()).sees(FLOOR, 0)
    assert passthrough.unfinished(2.4, 3).copies
    passthrough = passthrough.unfinished(2.6, 3)
    assert not passthrough.copies
    assert passthrough.choice("libx264").reason.startswith("The camera sends a keyframe less often than every 2 s")


def test_sound_that_is_ahead_is_no_keyframe_that_does_not_come() -> None:
    passthrough = Passthrough(camera(audio=True)).sees(FLOOR, 0)
    assert passthrough.unfinished(2.9, 3).copies
    assert not passthrough.unfinished(3.0, 3).copies


def test_a_copied_segment_that_is_too_long_ends_the_copying() -> None:
    assert Passthrough(camera()).copied(500_000, 2.4, 0).copies
    assert not Passthrough(camera()).copied(500_000, 3600.0, 0).copies


def well_copied() -> Passthrough:
    passthrough = Passthrough(camera()).sees(FLOOR, 0)
    for second in (2, 4, 6):
        passthrough = passthrough.copied(200_000, 2.0, second)
    return passthrough


def test_one_late_keyframe_in_a_stream_that_was_copied_well_is_an_accident() -> None:
    excused = well_copied().unfinished(2.6, 9)
    assert excused.copies
    assert excused.excused_at == 9
    assert well_copied().copied(500_000, 3.1, 9).copies
    assert well_copied().connecting(60).sees(replace(FLOOR, fps=None), 61).unfinished(2.6, 70).copies


def test_a_second_late_keyframe_soon_after_is_how_the_stream_is() -> None:
    excused = well_copied().unfinished(2.6, 9)
    assert not excused.unfinished(2.6, 12).copies
    assert not excused.copied(500_000, 3.1, 9 + EXCUSED_AFTER - 1).copies
    assert excused.copied(500_000, 3.1, 9 + EXCUSED_AFTER + 1).copies


def test_a_late_keyframe_of_a_stream_that_was_never_copied_is_no_accident() -> None:
    other = replace(FLOOR, width=704, height=576)
    assert not well_copied().connecting(60).sees(other, 61).unfinished(2.6, 70).copies


def test_a_bitrate_is_weighed_over_some_segments() -> None:
    passthrough = Passthrough(camera(bitrate=1000)).sees(FLOOR, 0)
    for second in (2, 4):
        passthrough = passthrough.copied(500_000, 2.0, second)
        assert passthrough.copies
    assert passthrough.copied(100_000, 2.0, 6).kbits == pytest.approx((2000 + 2000 + 400) / 3)
    passthrough = passthrough.copied(500_000, 2.0, 6)
    assert not passthrough.copies
    assert passthrough.choice("libx264").reason == "The camera sends 2000 kbit/s; converted to at most 1000."


def test_a_single_large_segment_among_many_is_no_objection() -> None:
    passthrough = Passthrough(camera(bitrate=1000)).sees(FLOOR, 0)
    for second in range(0, 60, 2):
        passthrough = passthrough.copied(200_000, 2.0, second)
    assert passthrough.copied(600_000, 2.0, 60).copies


@pytest.mark.parametrize(
    ("line", "copies", "reason"),
    [
        ("[mpegts @ 0x1] [error] first pts value must be set", False, "The camera's H.264 has B-frames"),
        ("[mpegts @ 0x1] [error] first pts and dts value must be set", False, "The camera's H.264 has B-frames"),
        ("[out#0/hls @ 0x1] [error] Error muxing a packet", False, "The camera's H.264 could not be sent"),
        ("[tcp @ 0x1] [error] Connection refused", True, "The camera's own H.264 fits"),
    ],
)
def test_an_ffmpeg_that_refuses_to_copy_is_believed(line: str, copies: bool, reason: str) -> None:
    passthrough = Passthrough(camera()).ended(["[info] something", line], 1)
    assert passthrough.copies is copies
    assert passthrough.choice("libx264").reason.startswith(reason)


def test_an_objection_outlives_connections_to_the_same_stream() -> None:
    passthrough = Passthrough(camera()).sees(FLOOR, 0).unfinished(3, 3)
    again = passthrough.connecting(60).sees(replace(FLOOR, fps=None), 61)
    assert not again.copies


def test_another_stream_is_judged_afresh() -> None:
    passthrough = Passthrough(camera()).sees(replace(FLOOR, codec="hevc"), 0)
    assert passthrough.connecting(60).sees(FLOOR, 61).copies


def test_what_no_description_shows_is_tried_again_after_an_hour_with_the_next_connection() -> None:
    passthrough = Passthrough(camera()).sees(FLOOR, 0).unfinished(3, 3)
    assert not passthrough.connecting(BELIEVED_FOR - 10).copies
    assert passthrough.connecting(BELIEVED_FOR + 10).copies


def test_a_wish_that_cannot_be_granted_is_told() -> None:
    asked = Passthrough(camera(video="copy"))
    assert asked.sees(replace(FLOOR, codec="hevc"), 0).choice("libx264").unwanted
    assert not asked.sees(FLOOR, 0).choice("").unwanted
    assert not Passthrough(camera()).sees(replace(FLOOR, codec="hevc"), 0).choice("libx264").unwanted


def packet(pid: int, payload: bytes, *, begins: bool = False) -> bytes:
    """One packet of MPEG-TS; what it does not need is stuffing."""
    header = b"\x00\x00\x01\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01" if begins else b""
    room = 184 - len(header) - len(payload)
    adaptation = bytes([room - 1, 0]) + b"\xff" * (room - 2)
    return bytes([0x47, 0x40 * begins | pid >> 8, pid & 0xFF, 0x30]) + adaptation + header + payload


def test_the_parameter_set_is_found_where_a_segment_begins() -> None:
    tables, sound = packet(0, b"") + packet(0x1000, b""), packet(0x101, b"\x00\x00\x01\x67sound\x00\x00")
    picture = b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01\x67\x42\xc0\x1e\x00\x00\x00\x01\x68"
    whole = packet(0x100, picture, begins=True)
    torn = packet(0x100, picture[:12], begins=True) + sound + packet(0x100, picture[12:])
    for segment in (tables + whole, tables + 50 * sound + whole, tables + torn):
        assert parameters(segment) == b"\x42\xc0\x1e"
    assert parameters(tables + sound) == b""
