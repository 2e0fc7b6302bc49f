"""How a camera's stream is made: what follows from a profile, and where keyframes and parts fall."""

from __future__ import annotations

import pytest

from uploader.configuration.settings import LiveStreamSettings


@pytest.mark.parametrize(("fps", "duration", "gop"), [(15, 2, 30), (25, 1.5, 38), (1, 0.5, 1), (10, 0.75, 8)])
def test_a_keyframe_begins_every_segment(fps: int, duration: float, gop: int) -> None:
    assert LiveStreamSettings(target_fps=fps, segment_duration=duration).gop == gop


@pytest.mark.parametrize(
    ("settings", "duration", "count", "part"),
    [
        ({}, 2, 5, None),
        ({"profile": "stable"}, 4, 4, None),
        ({"profile": "low"}, 1, 8, None),
        ({"profile": "low", "segments_to_keep": 12}, 1, 12, None),
        ({"profile": "realtime"}, 2, 5, 1 / 3),
        ({"profile": "realtime", "target_fps": 25}, 2, 5, 0.32),
    ],
)
def test_a_profile_sets_what_is_not_set_by_itself(
    settings: dict[str, object], duration: float, count: int, part: float | None
) -> None:
    made = LiveStreamSettings.model_validate(settings)
    assert (made.segment_duration, made.segments_to_keep, made.part_duration) == (duration, count, part)


@pytest.mark.parametrize(
    ("fps", "parts", "gop"), [(15, 6, 30), (25, 6, 48), (30, 6, 60), (10, 7, 21), (5, 5, 10), (1, 2, 2)]
)
def test_parts_of_an_exact_number_of_frames_fill_the_time_from_keyframe_to_keyframe(
    fps: int, parts: int, gop: int
) -> None:
    made = LiveStreamSettings(profile="realtime", target_fps=fps)
    assert (made.parts_per_segment, made.gop) == (parts, gop)
    assert made.part_duration is not None
    assert made.keyframe_interval == pytest.approx(parts * made.part_duration)
