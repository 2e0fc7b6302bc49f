"""What speaks against copying a camera's H.264, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from uploader.configuration.cameras import Camera
from uploader.source.media import Video
from uploader.source.objections import objection

if TYPE_CHECKING:
    from uploader.configuration.settings import LiveStreamSettings

FLOOR = Video("h264", 640, 360, "High", "yuv420p", fps=15.0)


def settings(**changes: object) -> LiveStreamSettings:
    return Camera.model_validate({"id": "cam_floor", "rtsp_url": "rtsp://10.0.0.5/live", "settings": changes}).settings


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
