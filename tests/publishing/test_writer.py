"""Who may write a playlist that another worker writes too."""

from __future__ import annotations

import pytest

from uploader.hls.playlist import MediaPlaylist, Segment
from uploader.hls.window import segment_name
from uploader.publishing.writer import Sight, Writer

OURS, THEIRS = "aaaaaaaa", "bbbbbbbb"


def playlist(*generations: str) -> str:
    segments = tuple(Segment(segment_name(number, name), 2.0) for number, name in enumerate(generations))
    return MediaPlaylist(2, segments=segments).render()


@pytest.mark.parametrize(
    ("stored", "sight"),
    [
        (None, Sight.OURS),
        ("garbage", Sight.OURS),
        (playlist(), Sight.OURS),
        (playlist(OURS, OURS), Sight.OURS),
        (playlist(THEIRS, OURS), Sight.OURS),
        (playlist(THEIRS, THEIRS), Sight.ANOTHER),
        (playlist(OURS, THEIRS), Sight.SUCCESSOR),
        (playlist(OURS, THEIRS, THEIRS), Sight.SUCCESSOR),
    ],
)
def test_the_newest_segment_tells_who_writes(stored: str | None, sight: Sight) -> None:
    assert Writer(OURS).look(stored) is sight


def test_what_was_written_or_found_at_the_start_is_nobody_elses() -> None:
    writer = Writer(OURS)
    writer.wrote(playlist(THEIRS, THEIRS))
    assert writer.look(playlist(THEIRS, THEIRS)) is Sight.OURS
