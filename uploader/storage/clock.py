"""This box's clock against the store's, by the Date of its answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.supervision.moment import Moment

# A Date of HTTP is cut to whole seconds (RFC 9110 section 5.6.7): on average it is so much behind (s).
CUT = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer's `date`, and when it came, on the clock that never steps (s)."""

    date: str
    clock: float


def ahead(heard: Heard, now: Moment) -> float | None:
    """By how many seconds the box's clock is ahead of the store's now; None: the answer had no date."""
    try:
        date = parsedate_to_datetime(heard.date).timestamp()
    except ValueError:
        return None
    return now.time.timestamp() - (date + CUT + now.clock - heard.clock)
