"""Numbers as people write and say them: "854px", "2 s", "1 Mbit", "2,5"; "3 days". Pure."""

from __future__ import annotations

import re

# What settings are measured in, and the other ways to write that, with how much of it they are.
_SPELLINGS = {
    "pixels": {"px": 1.0, "pixel": 1, "pixels": 1},
    "frames per second": {"fps": 1.0, "hz": 1, "frames": 1},
    "seconds": {
        "s": 1.0,
        "sec": 1,
        "second": 1,
        "seconds": 1,
        "ms": 0.001,
        "min": 60,
        "minute": 60,
        "minutes": 60,
        "h": 3600,
        "hour": 3600,
        "hours": 3600,
    },
    "days": {
        "d": 1.0,
        "day": 1,
        "days": 1,
        "h": 1 / 24,
        "hours": 1 / 24,
        "w": 7,
        "week": 7,
        "weeks": 7,
    },
    "kbit/s": {"k": 1.0, "kbit": 1, "kbit/s": 1, "kbps": 1, "m": 1000, "mbit": 1000, "mbit/s": 1000, "mbps": 1000},
}
_NUMBER = re.compile(r"([0-9]{1,6}(?:[.,][0-9]{1,6})?) ?([a-z/]{0,10})")


def number(text: str, unit: str, *, whole: bool) -> str | None:
    """The bare number in `unit` that was meant, as it is to be written; None when that cannot be told."""
    match = _NUMBER.fullmatch(text.strip().lower())
    factor = {"": 1.0, **_SPELLINGS.get(unit, {})}.get(match[2]) if match else None
    if match is None or factor is None:
        return None
    meant = round(float(match[1].replace(",", ".")) * factor, 6)
    return None if whole and not meant.is_integer() else f"{meant:g}"


def roughly(seconds: float) -> str:
    """A duration in words, to the largest unit of which it has two."""
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
