"""When a camera's own H.264 goes out as it is, and what is said where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from uploader.configuration.cameras import Camera
from uploader.source.media import Video
from uploader.source.passthrough import BELIEVED_FOR, EXCUSED_AFTER, Passthrough

FLOOR = Video("h264", 640, 360, "High", "yuv420p", fps=15.0)


def camera(url: str = "rtsp://10.0.0.5/live", **settings: object) -> Camera:
    return Camera.model_validate({"id": "cam_floor", "rtsp_url": url, "settings": settings})


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
