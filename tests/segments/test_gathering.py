"""Pieces from keyframe to keyframe become segments of the wanted length."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest

from uploader.configuration.cameras import Camera
from uploader.hls.window import target_duration
from uploader.segments.copied_segment import longest_copy
from uploader.segments.gathering import Gathering
from uploader.segments.segment import FinishedSegment

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def pieces(*durations: float) -> list[FinishedSegment]:
    made, at = [], 0.0
    for number, duration in enumerate(durations):
        body = bytes([number % 256])
        made.append(
            FinishedSegment(body, duration, NOON + timedelta(seconds=at), at + duration, discontinuity=number == 0)
        )
        at += duration
    return made


def gathered(parts: list[FinishedSegment], wanted: float = 2.0, longest: float = 2.45) -> list[FinishedSegment]:
    gathering = Gathering(wanted, longest)
    segments: list[FinishedSegment] = []
    for part in parts:
        gathering, complete = gathering.add(part)
        segments += complete
    return segments + gathering.rest()[1]


@pytest.mark.parametrize(
    ("interval", "expected"), [(0.4, 2.0), (0.5, 2.0), (1.0, 2.0), (1.2, 2.4), (1.5, 1.5), (2.0, 2.0), (2.4, 2.4)]
)
def test_segments_come_near_the_wanted_length(interval: float, expected: float) -> None:
    segments = gathered(pieces(*[interval] * 60))
    assert [segment.duration for segment in segments[:-1]] == pytest.approx([expected] * (len(segments) - 1))


@pytest.mark.parametrize("duration", [0.5, 0.9, 1.0, 1.3, 2.0, 2.4, 4.0, 10.0])
def test_whatever_the_keyframes_do_no_segment_exceeds_the_target_duration(duration: float) -> None:
    camera = Camera.model_validate({"id": "cam", "rtsp_url": "rtsp://cam/", "settings": {"segment_duration": duration}})
    longest = longest_copy(camera.settings)
    lengths = cycle([0.04, 0.4, 1.0, longest, 0.3, longest / 2, 1.1, longest * 0.9])
    parts = pieces(*(min(next(lengths), longest) for _ in range(80)))
    for segment in gathered(parts, duration, longest):
        assert int(segment.duration + 0.5) <= target_duration(duration)


def test_nothing_is_lost_and_dates_are_those_of_the_first_piece() -> None:
    parts = pieces(*[1.0] * 5)
    segments = gathered(parts)
    assert b"".join(segment.body for segment in segments) == bytes(range(5))
    assert [segment.program_date_time for segment in segments] == [parts[n].program_date_time for n in (0, 2, 4)]
    assert [segment.finished for segment in segments] == [2.0, 4.0, 5.0]
    assert [segment.discontinuity for segment in segments] == [True, False, False]


def test_a_keyframe_that_comes_late_ends_the_segment_before_it() -> None:
    assert [segment.duration for segment in gathered(pieces(1.0, 2.3, 1.0, 1.0))] == [1.0, 2.3, 2.0]


def test_nothing_is_joined_across_a_break_or_with_another_stream() -> None:
    first, second, third = pieces(1.0, 1.0, 1.0)
    segments = gathered([first, replace(second, discontinuity=True), third])
    assert [(segment.duration, segment.discontinuity) for segment in segments] == [(1.0, True), (2.0, True)]
    resized = replace(second, body=b"\x47\x01\x00\x10" + b"\x00\x00\x01\x67\x42\xc0\x1e".ljust(184, b"\0"))
    assert [segment.duration for segment in gathered([first, resized, replace(resized)])] == [1.0, 2.0]
