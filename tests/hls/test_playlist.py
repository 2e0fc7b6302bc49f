"""The media playlist: golden text, and what is read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.hls.playlist import MediaPlaylist, Parts, PlaylistError, Segment, iso, parse

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)

PLAYLIST = MediaPlaylist(
    target_duration=2,
    media_sequence=42,
    discontinuity_sequence=1,
    segments=(
        Segment("segment_000042_5a1f00c3.ts", 2.0, NOON),
        Segment("segment_000043_77ab12ef.ts", 1.933333, NOON + timedelta(seconds=9.25), discontinuity=True),
    ),
)

TEXT = """\
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:42
#EXT-X-DISCONTINUITY-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00.000Z
#EXTINF:2.000000,
segment_000042_5a1f00c3.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:09.250Z
#EXTINF:1.933333,
segment_000043_77ab12ef.ts
"""

FFMPEGS_OWN = """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXTINF:2.000000,
3.ts
#EXTINF:0.466667,
4.ts
#EXT-X-ENDLIST
"""


def test_a_playlist_is_rendered_to_the_letter() -> None:
    assert PLAYLIST.render() == TEXT


def test_a_rendered_playlist_is_read_back_as_it_was() -> None:
    assert parse(TEXT) == PLAYLIST


def test_ffmpegs_own_playlist_gives_names_and_exact_durations() -> None:
    playlist = parse(FFMPEGS_OWN)
    assert playlist.media_sequence == 3
    assert [(segment.uri, segment.duration) for segment in playlist.segments] == [("3.ts", 2.0), ("4.ts", 0.466667)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "hello",
        "\x00\x00",
        "#EXTM3U",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\nsegment.ts",
        "#EXTM3U\n#EXT-X-TARGETDURATION:two",
        "#EXTM3U\n#EXT-X-TARGETDURATION:-2",
        "#EXTM3U\n#EXT-X-TARGETDURATION:99999999999999999999999",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:nan,\na.ts",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:inf,\na.ts",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PROGRAM-DATE-TIME:yesterday\n#EXTINF:2,\na.ts",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:²\n",
    ],
)
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(PlaylistError):
        parse(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(f"#EXTM3U\n{text}")
    except PlaylistError:
        return


segments = st.lists(
    st.builds(
        Segment,
        uri=st.from_regex(r"[a-z0-9_]{1,20}\.ts", fullmatch=True),
        duration=st.floats(0.02, 12).map(lambda duration: round(duration, 6)),
        program_date_time=st.datetimes(timezones=st.just(UTC)).map(
            lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
        ),
        discontinuity=st.booleans(),
    ),
    max_size=8,
).map(tuple)


@given(st.integers(1, 20), st.integers(0, 2**40), st.integers(0, 2**20), segments)
def test_every_playlist_survives_the_way_through_its_text(
    target_duration: int, media_sequence: int, discontinuity_sequence: int, segments: tuple[Segment, ...]
) -> None:
    playlist = MediaPlaylist(target_duration, media_sequence, discontinuity_sequence, segments)
    assert parse(playlist.render()) == playlist


def test_an_independent_parser_reads_the_same() -> None:
    other = m3u8.loads(TEXT)
    assert other.target_duration == 2
    assert other.media_sequence == 42
    assert other.discontinuity_sequence == 1
    assert [segment.uri for segment in other.segments] == [segment.uri for segment in PLAYLIST.segments]
    assert [segment.discontinuity for segment in other.segments] == [False, True]
    assert [segment.program_date_time for segment in other.segments] == [
        segment.program_date_time for segment in PLAYLIST.segments
    ]
    assert not other.is_endlist


def test_times_are_written_in_utc() -> None:
    assert iso(datetime(2026, 11, 20, 14, 2, 5, 250_000, timezone(timedelta(hours=2)))) == "2026-11-20T12:02:05.250Z"


def parts(count: int, *, since: int = 0) -> tuple[Segment, ...]:
    """Five frames each, a keyframe in every sixth."""
    return tuple(
        Segment(
            f"segment_{number:06d}_5a1f00c3.ts",
            1 / 3,
            NOON + timedelta(seconds=number / 3),
            independent=number % 6 == 0,
        )
        for number in range(since, since + count)
    )


REALTIME = """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:HOLD-BACK=6.0,PART-HOLD-BACK=3.000
#EXT-X-PART-INF:PART-TARGET=0.333334
#EXT-X-START:TIME-OFFSET=-0.323
#EXT-X-MEDIA-SEQUENCE:5
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-PART:DURATION=0.333333,URI="segment_000005_5a1f00c3.ts"
#EXTINF:0.333333,
segment_000005_5a1f00c3.ts
#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:02.000Z
#EXT-X-PART:DURATION=0.333333,URI="segment_000006_5a1f00c3.ts",INDEPENDENT=YES
#EXTINF:0.333333,
segment_000006_5a1f00c3.ts
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="segment_000007_5a1f00c3.ts"
"""
IN_PARTS = Parts(0.333334, 2.0)


def test_a_part_is_a_segment_too_and_the_next_one_is_hinted() -> None:
    hint = "segment_000007_5a1f00c3.ts"
    assert MediaPlaylist(2, 5, segments=parts(2, since=5), parts=IN_PARTS, hint=hint).render() == REALTIME


def test_parts_before_the_place_where_players_begin_are_plain_segments() -> None:
    text = MediaPlaylist(2, segments=parts(30), parts=IN_PARTS).render()
    assert text.count("#EXTINF") == 30
    # PART-HOLD-BACK is three seconds.
    assert text.count("#EXT-X-PART:") == 9
    assert text.index("#EXT-X-PART:") > text.index("segment_000020")


def test_players_that_go_by_playlists_begin_with_a_keyframe_far_enough_from_the_end() -> None:
    for newest, offset in ((24, 4.323), (25, 4.657), (22, 3.657)):
        text = MediaPlaylist(2, segments=parts(newest + 1), parts=IN_PARTS).render()
        assert f"#EXT-X-START:TIME-OFFSET=-{offset}\n" in text


def test_what_is_longer_than_a_part_is_no_part() -> None:
    whole = Segment("segment_000000_5a1f00c3.ts", 2.0, NOON)
    assert MediaPlaylist(2, segments=(whole, *parts(1, since=6)), parts=IN_PARTS).render().count("#EXT-X-PART:") == 1


def test_parts_are_read_back_with_all_that_is_known_of_them() -> None:
    found = parse(MediaPlaylist(2, segments=parts(13), parts=IN_PARTS).render())
    assert [segment.independent for segment in found.segments] == [number % 6 == 0 for number in range(13)]
    dates = [segment.program_date_time for segment in found.segments]
    assert all(
        abs((date or NOON) - (expected.program_date_time or NOON)) < timedelta(milliseconds=1)
        for date, expected in zip(dates, parts(13), strict=True)
    )


def test_an_independent_parser_reads_parts() -> None:
    read = m3u8.loads(REALTIME)
    assert read.part_inf.part_target == pytest.approx(0.333334)
    assert [part.uri for segment in read.segments for part in segment.parts] == [
        segment.uri for segment in read.segments
    ]
    assert [part.independent for segment in read.segments for part in segment.parts] == [None, "YES"]
    assert read.preload_hint.uri == "segment_000007_5a1f00c3.ts"
    assert not read.server_control.can_block_reload
