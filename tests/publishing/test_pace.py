"""Whether the uplink keeps up."""

from __future__ import annotations

from uploader.publishing.pace import Pace


def paces(*uploads: float, parts: int = 1) -> Pace:
    pace = Pace(parts=parts)
    for upload in uploads:
        pace = pace.after(2.0, upload)
    return pace


def test_an_uplink_with_room_says_nothing() -> None:
    assert paces(*[1.2] * 20).notice is None


def test_one_slow_upload_is_a_hiccup() -> None:
    assert paces(0.5, 0.5, 6.0, 0.5, 0.5).notice is None


def test_uploads_that_take_longer_than_the_video_are_told_with_figures() -> None:
    notice = paces(*[2.9] * 5).notice
    assert notice is not None
    assert notice.reason == ("The uplink is too slow: 2.9 s to send 2.0 s of video, so parts are left out.")


def test_it_is_unsaid_only_when_there_is_room_again() -> None:
    assert paces(*[2.9] * 5, *[1.9] * 5).notice is not None
    assert paces(*[2.9] * 5, *[1.5] * 5).notice is None


def test_of_parts_whole_segments_are_looked_at_together() -> None:
    """The part with the keyframe takes as long as all others."""
    segment = [4.0, 0.8, 0.8, 0.8, 0.8, 0.8]
    told = [paces(*segment * 6, *segment[:count], parts=6).notice for count in range(6)]
    assert told == [None] * 6
    assert paces(*[2 * upload for upload in segment] * 5, parts=6).notice is not None
