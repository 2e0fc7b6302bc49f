"""A camera's packets, counted from the lines that FFmpeg's framecrc writes."""

from __future__ import annotations

import pytest

from uploader.source.media import Audio, Media, Video
from uploader.source.packets import Packets

HEAD = ["#software: Lavf59.27.100", "#tb 0: 1/90000", "#media_type 0: video", "#codec_id 0: h264"]
TICK = 6000  # at 15 frames per second
CAMERA = Media(Video("h264", 640, 360), Audio("pcm_alaw", 8000))


def line(pts: int, size: int = 5000, *, key: bool = False, stream: int = 0) -> str:
    flags = "" if key else ", F=0x0"
    return f"{stream}, {pts:10d}, {pts:10d},     6000, {size:8d}, 0x0039fbf3{flags}, S=1,       16"


def counted(*lines: tuple[str, float]) -> Media:
    packets = Packets()
    for text, at in [*((text, 0.0) for text in HEAD), *lines]:
        packets = packets.read(text, at)
    return packets.of(CAMERA)


def film(seconds: int, gop: int, *, pace: float = 1.0) -> list[tuple[str, float]]:
    """So many seconds at 15 fps; `pace` is what the camera's clock makes of a second."""
    frames = range(15 * seconds + 1)
    return [(line(round(number * TICK * pace), key=number % gop == 0), number / 15) for number in frames]


def test_frame_rate_keyframes_and_bitrate_are_counted() -> None:
    video = counted(*film(6, 30)).video
    assert video is not None
    assert video.fps == pytest.approx(15.0)
    assert video.keyframe_interval == pytest.approx(2.0)
    assert video.reordered is False
    assert video.kbits == pytest.approx(15 * 5000 * 8 / 1000, rel=0.02)


def test_the_longest_keyframe_interval_counts() -> None:
    keyframes = {0, 15, 30, 75}
    lines = [(line(number * TICK, key=number in keyframes), number / 15) for number in range(90)]
    video = counted(*lines).video
    assert video is not None
    assert video.keyframe_interval == pytest.approx(3.0)


def test_one_keyframe_is_no_interval() -> None:
    video = counted(*film(6, 1000)).video
    assert video is not None
    assert video.keyframe_interval is None


@pytest.mark.parametrize("pace", [0.5, 2.0])
def test_a_camera_whose_clock_is_wrong_is_counted_with_ours(pace: float) -> None:
    video = counted(*film(6, 30, pace=pace)).video
    assert video is not None
    assert video.fps == pytest.approx(15.0, rel=0.01)
    assert video.keyframe_interval == pytest.approx(2.0, rel=0.01)


def test_pictures_that_come_in_another_order_than_they_are_shown_are_noticed() -> None:
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    video = counted(*((line(shown * TICK, key=shown == 0), number / 15) for number, shown in enumerate(order))).video
    assert video is not None
    assert video.reordered is True


def test_the_first_packet_may_have_no_time() -> None:
    odd = f"0, -6000, {-(2**63)}, 6000, 9004, 0x0039fbf3, S=1, 16"
    video = counted((odd, 0.0), *film(6, 30)).video
    assert video is not None
    assert video.fps == pytest.approx(15.0, rel=0.02)
    assert video.reordered is False


def test_sound_that_is_announced_and_never_sent_has_no_bits() -> None:
    silent = counted(*film(2, 30))
    assert silent.audio == Audio("pcm_alaw", 8000, kbits=0.0)


def test_sound_is_counted_apart() -> None:
    sound = [("#tb 1: 1/8000", 0.0), *((line(n * 160, 160, key=True, stream=1), n / 50) for n in range(101))]
    loud = counted(*film(2, 30), *sound)
    assert loud.audio is not None
    assert loud.audio.kbits == pytest.approx(64.0, rel=0.02)


def test_other_lines_count_for_nothing() -> None:
    assert Packets().read("hello", 0.0).read(line(0), 0.0) == Packets()
