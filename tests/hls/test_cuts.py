"""Frames come in, segments begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from uploader.hls.cuts import Cuts
from uploader.segments.transport_stream import CLOCK, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 2**33 - CLOCK  # a second before times wrap


def frames(fps: float, gop: int, count: int, since: float = 0.0) -> Iterator[Frame]:
    for number in range(count):
        yield Frame(b"", round(START + (since + number / fps) * CLOCK) % 2**33, number % gop == 0)


class Cut:
    """What became of the frames: for each segment its frames and its duration, and when it was known to be over."""

    def __init__(self, cuts: Cuts) -> None:
        self.cuts = cuts
        self.counts: list[int] = []
        self.durations: list[float] = []
        self.known: list[int] = []  # the frame that told, counted from 0
        self.broken: list[bool] = []
        self.passed_over = 0
        self._frame = 0
        self._is_open = False

    def feed(self, frames: Iterator[Frame]) -> Cut:
        for frame in frames:
            place = self.cuts.place(frame)
            self._close(place.ended)
            if place.begins:
                assert not self._is_open
                self._is_open = True
                self.counts.append(0)
                self.broken.append(place.discontinuity)
            if self._is_open:
                self.counts[-1] += 1
            else:
                self.passed_over += 1
            self._close(place.ends)
            self._frame += 1
        return self

    def _close(self, duration: float | None) -> None:
        if duration is not None:
            assert self._is_open
            self._is_open = False
            self.durations.append(duration)
            self.known.append(self._frame)


def test_segments_of_our_own_encoder_are_over_with_their_last_frame() -> None:
    cut = Cut(Cuts(1.0, by_count=True)).feed(frames(15, 15, 46))
    assert cut.counts == [15, 15, 15, 1]
    assert cut.durations == pytest.approx([1.0, 1.0, 1.0])
    assert cut.known == [14, 29, 44]
    assert cut.broken == [True, False, False, False]


def test_with_a_cameras_own_video_the_next_keyframe_tells() -> None:
    cut = Cut(Cuts(1.0)).feed(frames(15, 15, 46))
    assert cut.durations == pytest.approx([1.0, 1.0, 1.0])
    assert cut.known == [15, 30, 45]


def test_a_camera_with_more_keyframes_than_needed_is_cut_at_every_nth_of_them() -> None:
    cut = Cut(Cuts(2.0)).feed(frames(25, 13, 200))
    assert cut.durations == pytest.approx([2.08] * 3)


def test_a_camera_with_fewer_keyframes_gives_longer_segments() -> None:
    assert Cut(Cuts(1.0)).feed(frames(10, 40, 121)).durations == pytest.approx([4.0] * 3)


@pytest.mark.parametrize(("fps", "part", "gop", "counts"), [(15, 5 / 15, 30, [5] * 6), (25, 8 / 25, 48, [8] * 6)])
def test_parts_are_an_exact_number_of_frames_each(fps: int, part: float, gop: int, counts: list[int]) -> None:
    cut = Cut(Cuts(gop / fps, part=part)).feed(frames(fps, gop, 2 * gop))
    assert cut.counts == counts * 2
    assert cut.durations == pytest.approx([counts[0] / fps] * 12)
    assert cut.known == [counts[0] * number - 1 for number in range(1, 13)]


def test_a_keyframe_always_begins_a_part() -> None:
    assert Cut(Cuts(2.0, part=1 / 3)).feed(frames(15, 12, 37)).counts == [5, 5, 2] * 3 + [1]


def test_a_part_of_a_single_frame_is_known_from_the_second_frame_on() -> None:
    cut = Cut(Cuts(2.0, part=1.0)).feed(frames(1, 2, 5))
    assert cut.counts == [1] * 5
    assert cut.known == [1, 1, 2, 3, 4]


def test_nothing_begins_before_the_first_keyframe() -> None:
    late = frames(15, 15, 46)
    for _ in range(4):
        next(late)
    cut = Cut(Cuts(1.0, part=1 / 3)).feed(late)
    assert cut.passed_over == 11
    assert cut.broken[:2] == [True, False]


@pytest.mark.parametrize("jump", [-3600.0, -0.5, 20.0, 3600.0])
def test_where_the_clock_jumps_a_segment_ends_and_the_next_keyframe_begins_anew(jump: float) -> None:
    cuts = Cuts(1.0, part=1 / 3)
    cut = Cut(cuts).feed(frames(15, 30, 8)).feed(frames(15, 30, 12, since=0.5 + jump))
    assert cut.durations == pytest.approx([1 / 3, 3 / 15, 1 / 3, 1 / 3])
    assert cut.broken == [True, False, True, False, False]


def test_after_a_jump_frames_without_a_keyframe_are_passed_over() -> None:
    cuts = Cuts(1.0, part=1 / 3)
    later = frames(15, 30, 40, since=100.0)
    next(later)
    cut = Cut(cuts).feed(frames(15, 30, 8)).feed(later)
    assert cut.passed_over == 29
    assert cut.broken[2]


def test_whole_segments_never_begin_without_a_keyframe_even_if_one_was_promised() -> None:
    cut = Cut(Cuts(1.0, by_count=True)).feed(frames(15, 20, 61))
    assert cut.counts == [15, 15, 15, 1]
    assert cut.broken == [True] * 4


def test_when_no_more_frames_come_what_is_open_is_a_segment_too() -> None:
    cuts = Cuts(1.0, by_count=True)
    Cut(cuts).feed(frames(15, 15, 20))
    assert cuts.end() == pytest.approx(5 / 15)
