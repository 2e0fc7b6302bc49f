"""Names of dated frames, and what they say about when a frame may go. Pure.

A frame lies at "frames/2026/11/21/20261121T104123Z.webp" in its camera's folder: when it was taken, in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from uploader.configuration import units

FOLDER = "frames"
# A clock that differs from another machine's by no more is right enough for dates (s).
TRUSTED = 60.0
# A clock that nobody confirms is believed after so long without a step, whatever it says (s).
SETTLED = 86_400.0

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)\.(?:webp|jpg)", re.ASCII)
_DAY = re.compile(r"\d{4}/\d\d/\d\d", re.ASCII)


def path(taken_at: datetime, suffix: str) -> str:
    """The name of a frame that was taken then, from its camera's folder on."""
    return f"{FOLDER}/{day(taken_at)}/{taken_at.astimezone(UTC):{_STAMP}}{suffix}"


def day(instant: datetime) -> str:
    """The folder of a day's frames, inside FOLDER."""
    return f"{instant.astimezone(UTC):%Y/%m/%d}"


def is_day(folder: str) -> bool:
    """Whether this is such a folder."""
    return _DAY.fullmatch(folder) is not None


def taken_at(name: str) -> datetime | None:
    """When the frame of this name ("20261121T104123Z.webp") was taken; None: it is none of ours."""
    match = _NAME.fullmatch(name)
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def may_date(ahead: float | None) -> bool:
    """Whether a frame may be dated by a clock that is so much ahead (s) of another machine's; None: nobody says."""
    return ahead is None or abs(ahead) <= TRUSTED


def may_judge(ahead: float | None, newest_day: str, cutoff: datetime, settled: float) -> bool:
    """Whether a clock may say what is older than `cutoff`.

    Where another machine confirms it, yes. Else a clock that was set years forward would have everything removed: when
    by it even `newest_day` of what was there is over, it has to go without a step for a day (`settled`, s) first.
    """
    if ahead is not None:
        return abs(ahead) <= TRUSTED
    return newest_day >= day(cutoff) or settled >= SETTLED


def wrong_clock(ahead: float) -> tuple[str, str]:
    """What to say of a clock that may not date frames, and what to do."""
    direction = "ahead" if ahead > 0 else "behind"
    return (
        f"The box's clock is {units.roughly(abs(ahead))} {direction}; frames would be dated wrong, so none are kept.",
        "Switch on time from the network: sudo timedatectl set-ntp true",
    )
