"""The live window: what it promises, for every history there can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.hls.playlist import MediaPlaylist, Segment
from uploader.hls.window import LiveWindow, generation_of, resume, segment_name, serial_of, target_duration

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def window(length: int = 5, target_duration: int = 2) -> LiveWindow:
    return LiveWindow(MediaPlaylist(target_duration), length)


def filled(count: int, generation: str = "aaaa0000", at: datetime = NOON, onto: LiveWindow | None = None) -> LiveWindow:
    result = onto or window()
    for index in range(count):
        number = result.playlist.next_sequence
        start = at + timedelta(seconds=2 * index)
        follows = index > 0 or number == 0
        result = result.append(Segment(segment_name(number, generation), 2.0, start, discontinuity=not follows))
    return result


def names(window: LiveWindow) -> set[str]:
    return {segment.uri for segment in window.playlist.segments}


def test_a_full_window_slides_by_one() -> None:
    six = filled(6).playlist
    assert six.media_sequence == 1
    assert [segment.uri for segment in six.segments] == [segment_name(number, "aaaa0000") for number in range(1, 6)]


def test_a_discontinuity_is_counted_when_it_leaves() -> None:
    restarted = filled(2, "bbbb0000", onto=filled(5))
    assert restarted.playlist.discontinuity_sequence == 0
    assert filled(4, "bbbb0000", onto=filled(5)).playlist.discontinuity_sequence == 0
    assert filled(6, "bbbb0000", onto=filled(5)).playlist.discontinuity_sequence == 1


def test_a_clock_that_was_set_is_marked() -> None:
    stepped = filled(3).append(Segment(segment_name(3, "aaaa0000"), 2.0, NOON + timedelta(hours=1)))
    assert [segment.discontinuity for segment in stepped.playlist.segments] == [False, False, False, True]


@pytest.mark.parametrize(("back", "marked"), [(0.8, False), (1.2, True)])
def test_dates_that_go_back_further_than_a_player_would_forgive_are_marked(back: float, marked: bool) -> None:
    corrected = filled(3).append(Segment(segment_name(3, "aaaa0000"), 2.0, NOON + timedelta(seconds=6 - back)))
    assert corrected.playlist.segments[-1].discontinuity is marked


def test_a_window_is_never_cut_to_less_than_three_target_durations() -> None:
    result = window(length=3)
    for number in range(20):
        short = 2.0 if number % 3 else 0.4
        result = result.append(Segment(segment_name(number, "aaaa0000"), short))
        if number >= 3:
            assert result.playlist.duration >= 3 * 2.0 or len(result.playlist.segments) == number + 1


def test_a_camera_that_keeps_dropping_does_not_grow_the_window_without_end() -> None:
    result = window(length=5)
    for number in range(1000):
        result = result.append(Segment(segment_name(number, "aaaa0000"), 0.1))
    assert len(result.playlist.segments) <= 61
    for number in range(1000, 2000):
        result = result.append(Segment(segment_name(number, "aaaa0000"), 0.02))
    assert len(result.playlist.segments) == 100


@pytest.mark.parametrize(("duration", "fits"), [(2.0, True), (2.49, True), (2.5, False), (0.07, True), (0.0, False)])
def test_no_segment_rounds_to_more_than_the_target_duration(duration: float, fits: bool) -> None:
    assert window().fits(duration) is fits
    if not fits:
        with pytest.raises(ValueError, match="EXT-X-TARGETDURATION"):
            window().append(Segment("a.ts", duration))


@pytest.mark.parametrize(("configured", "target"), [(0.5, 1), (1, 1), (2, 2), (2.4, 3), (2.5, 3), (4, 4), (10, 10)])
def test_the_target_duration_leaves_a_frame_of_room(configured: float, target: int) -> None:
    assert target_duration(configured) == target


def test_a_name_carries_its_serial() -> None:
    assert segment_name(42, "5a1f00c3") == "segment_000042_5a1f00c3.ts"
    assert segment_name(42, "5a1f00c3", part=True) == "p_000042_5a1f00c3.ts"
    assert serial_of("segment_000042_5a1f00c3.ts") == serial_of("p_000042_5a1f00c3.ts") == 42
    assert serial_of("segment_000042_5a1f00c3x.ts") == 42
    assert generation_of("segment_000042_5a1f00c3x.ts") == "5a1f00c3"
    assert serial_of("segment_042.ts") is None
    assert serial_of("status.json") is None


def test_a_restart_goes_on_with_the_stored_segments_and_the_next_number() -> None:
    before = filled(7)
    after = resume(before.playlist.render(), names(before), target_duration=2, length=5)
    assert after.playlist == before.playlist
    assert after.playlist.next_sequence == 7


def test_a_restart_lists_nothing_that_is_gone() -> None:
    before = filled(7)
    missing = before.playlist.segments[2].uri
    after = resume(before.playlist.render(), names(before) - {missing}, target_duration=2, length=5)
    assert [segment.uri for segment in after.playlist.segments] == [s.uri for s in before.playlist.segments[3:]]
    assert after.playlist.next_sequence == 7


@pytest.mark.parametrize("stored", [None, "", "garbage", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nforeign.ts\n"])
def test_without_a_playlist_of_ours_the_names_keep_the_numbers_from_going_back(stored: str | None) -> None:
    after = resume(stored, names(filled(7)), target_duration=2, length=5)
    assert after.playlist.segments == ()
    assert after.playlist.next_sequence == 7
    assert after.playlist.discontinuity_sequence >= filled(7).playlist.discontinuity_sequence


def test_a_playlist_that_landed_late_is_not_believed() -> None:
    before = filled(7)
    newer = {segment_name(7, "aaaa0000", in_doubt=True), segment_name(8, "aaaa0000", in_doubt=True)}
    after = resume(before.playlist.render(), names(before) | newer, target_duration=2, length=5)
    assert after.playlist == MediaPlaylist(2, media_sequence=9, discontinuity_sequence=9)


def test_segments_named_in_doubt_and_listed_since_are_no_reason_for_it() -> None:
    before = filled(5).append(Segment(segment_name(5, "aaaa0000", in_doubt=True), 2.0, NOON))
    after = resume(before.playlist.render(), names(before), target_duration=2, length=5)
    assert after.playlist == before.playlist


def test_a_segment_stored_but_never_listed_costs_no_restart() -> None:
    before = filled(7)
    after = resume(before.playlist.render(), names(before) | {segment_name(7, "aaaa0000")}, target_duration=2, length=5)
    assert after.playlist == before.playlist


def test_a_new_segment_duration_drops_what_no_longer_fits_and_keeps_counting() -> None:
    before = filled(7)
    shorter = resume(before.playlist.render(), names(before), target_duration=1, length=5)
    assert shorter.playlist == MediaPlaylist(1, media_sequence=7)
    longer = resume(before.playlist.render(), names(before), target_duration=4, length=5)
    assert longer.playlist == replace(before.playlist, target_duration=4)


def test_a_first_start_begins_at_nought() -> None:
    assert resume(None, [], target_duration=2, length=5) == window()


@pytest.mark.parametrize(
    ("later", "listed"),
    [(timedelta(hours=3), [5, 5, 5, 3, 4, 5, 5]), (timedelta(seconds=14), [5] * 7)],
    ids=["a long outage", "a short interruption"],
)
def test_what_is_from_before_a_long_outage_leaves_as_soon_as_there_is_enough_since(
    later: timedelta, listed: list[int]
) -> None:
    windows = [filled(count, "bbbb0000", NOON + later, onto=filled(5)).playlist for count in range(7)]
    assert [len(playlist.segments) for playlist in windows] == listed
    assert [playlist.next_sequence for playlist in windows] == list(range(5, 12))


histories = st.lists(
    st.tuples(st.sampled_from(["segment", "encoder restart", "worker restart", "playlist lost"]), st.floats(0.05, 2.4)),
    max_size=60,
)


@given(histories, st.integers(3, 8))
def test_whatever_happens_the_numbers_never_go_back_and_a_segment_keeps_its_own(
    history: list[tuple[str, float]], length: int
) -> None:
    current, stored = window(length), set[str]()
    seen: dict[int, str] = {}
    generation, broken, last = 0, False, current.playlist
    for event, duration in history:
        if event in {"worker restart", "playlist lost"}:
            text = None if event == "playlist lost" else current.playlist.render()
            current = resume(text, stored, target_duration=2, length=length)
        if event != "segment":
            generation, broken = generation + 1, current.playlist.next_sequence > 0
            continue
        uri = segment_name(current.playlist.next_sequence, f"{generation:08x}")
        assert uri not in stored
        stored.add(uri)
        current = current.append(Segment(uri, duration, NOON, discontinuity=broken))
        broken = False
        now = current.playlist
        assert now.media_sequence >= last.media_sequence
        assert now.next_sequence == last.next_sequence + 1
        assert now.discontinuity_sequence >= last.discontinuity_sequence
        for number, segment in enumerate(now.segments, now.media_sequence):
            assert seen.setdefault(number, segment.uri) == segment.uri
        last = now
