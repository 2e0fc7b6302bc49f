"""Numbers as people write them."""

from __future__ import annotations

import pytest

from uploader.configuration.units import number


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("854px", "pixels", "854"),
        ("854 Pixel", "pixels", "854"),
        ("15fps", "frames per second", "15"),
        ("2s", "seconds", "2"),
        ("2 sec", "seconds", "2"),
        ("1500ms", "seconds", "1.5"),
        ("2,5", "seconds", "2.5"),
        ("5 min", "seconds", "300"),
        ("1 hour", "seconds", "3600"),
        ("72 h", "days", "3"),
        ("1 week", "days", "7"),
        ("1 Mbit", "kbit/s", "1000"),
        ("1.5Mbps", "kbit/s", "1500"),
        ("800 kbit/s", "kbit/s", "800"),
        ("5", "segments", "5"),
    ],
)
def test_the_bare_number_is_found(text: str, unit: str, meant: str) -> None:
    assert number(text, unit, whole=False) == meant


@pytest.mark.parametrize("text", ["wide", "2 parsecs", "854x480", "-5s", "", "1e5", "2s 3s", "s", "9" * 1000])
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert number(text, "seconds", whole=False) is None


def test_half_a_pixel_is_no_whole_number() -> None:
    assert number("2,5px", "pixels", whole=True) is None
