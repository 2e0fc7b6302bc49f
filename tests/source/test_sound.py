"""Sound that never comes must not keep the picture from coming."""

from __future__ import annotations

import pytest

from uploader.source.sound import BELIEVED_FOR, PATIENCE, SILENT, Sound


def test_sound_that_is_announced_and_never_comes_is_given_up_and_said() -> None:
    sound = Sound(wanted=True).begin(0.0).described(1.0)
    assert sound.waited(PATIENCE).asked
    silent = sound.waited(1.1 + PATIENCE)
    assert not silent.asked
    assert silent.notice == SILENT


@pytest.mark.parametrize("sound", [Sound(wanted=True).begin(0.0), Sound(wanted=False).begin(0.0).described(1.0)])
def test_a_picture_that_is_late_for_another_reason_is_no_matter_of_sound(sound: Sound) -> None:
    assert sound.waited(60.0) == sound
    assert sound.notice is None


def test_a_camera_that_was_silent_is_asked_for_sound_again_after_an_hour() -> None:
    silent = Sound(wanted=True).begin(0.0).described(1.0).waited(10.0)
    assert not silent.begin(10.0 + BELIEVED_FOR - 1).described(11.0).waited(20.0).asked
    assert silent.begin(10.0 + BELIEVED_FOR).asked


def test_sound_that_stops_is_given_up_where_there_was_any() -> None:
    assert not Sound(wanted=True).begin(0.0).described(1.0).stopped(9.0).asked
    assert Sound(wanted=True).begin(0.0).stopped(9.0).asked
