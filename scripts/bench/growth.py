"""Whether a worker grows: its memory and its open files, over the time in which it should not."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean, linear_regression
from typing import TYPE_CHECKING

from scripts.bench.publish import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

# So long a worker may still grow: code that is used for the first time, pools that find their size (s). Afterwards it
# must not, and less than JUDGED seconds tell nothing: segments on their way make its memory jump by megabytes.
WARM_UP = 600.0
JUDGED = 1500.0
# What stays shows in the least of each so many seconds: nothing is on its way then, and the holes have been given back.
ROUND = 60.0
# Bytes, and open files, an hour.
MOST_GROWTH = 1e6
MOST_NEW_FILES = 6.0


@dataclass(frozen=True, slots=True)
class Size:
    """Resident memory in bytes, and open file descriptors, of a process at a `time` (s)."""

    pid: int
    time: float
    memory: int
    files: int

    @classmethod
    def of(cls, pid: int) -> Size:
        """Now."""
        return cls(pid, time.monotonic(), Usage.of(pid).memory, len(list(Path(f"/proc/{pid}/fd").iterdir())))


@dataclass(frozen=True, slots=True)
class Slope:
    """Least squares: so much an hour, and its standard error."""

    hourly: float
    error: float

    @classmethod
    def of(cls, points: Sequence[tuple[float, float]]) -> Slope:
        """Of these (s, amount), three or more."""
        hours, amounts = [time / 3600 for time, _ in points], [amount for _, amount in points]
        slope, intercept = linear_regression(hours, amounts)
        missed = sum((amount - intercept - slope * hour) ** 2 for hour, amount in zip(hours, amounts, strict=True))
        return cls(slope, math.sqrt(missed / (len(points) - 2) / sum((hour - fmean(hours)) ** 2 for hour in hours)))

    def exceeds(self, limit: float) -> bool:
        """Whether it is more, and not by chance."""
        return self.hourly > max(limit, 2 * self.error)


@dataclass(frozen=True, slots=True)
class Growth:
    """How one worker's memory (bytes) and open files grew over so many `seconds`, once it was warm."""

    seconds: float
    memory: Slope
    files: Slope

    @property
    def leaks(self) -> list[str]:
        """What must not be, if this was long enough to say so."""
        leaks = {
            f"memory grows by {self.memory.hourly / 1e6:.1f} MB an hour": self.memory.exceeds(MOST_GROWTH),
            f"open files grow by {self.files.hourly:.0f} an hour": self.files.exceeds(MOST_NEW_FILES),
        }
        return [words for words, is_so in leaks.items() if is_so and self.seconds >= JUDGED]


def growth(sizes: Sequence[Size]) -> Growth | None:
    """That of the worker that lived longest; None: none was warm for long."""
    lives = [[size for size in sizes if size.pid == pid] for pid in {size.pid for size in sizes}]
    longest = max(lives, key=len, default=[])
    warm = [size for size in longest if size.time >= longest[0].time + WARM_UP]
    if not warm or warm[-1].time - warm[0].time < WARM_UP / 2:
        return None
    rounds = [list(sizes) for _, sizes in groupby(warm, lambda size: size.time // ROUND)]
    return Growth(
        warm[-1].time - warm[0].time,
        Slope.of([(sizes[0].time, min(size.memory for size in sizes)) for sizes in rounds]),
        Slope.of([(sizes[0].time, min(size.files for size in sizes)) for sizes in rounds]),
    )


def in_words(growth: Growth | None) -> str:
    """For people."""
    if growth is None:
        return f"worker growth unknown: none lived for {1.5 * WARM_UP / 60:g} minutes (--spare-worker)"
    memory, files = growth.memory, growth.files
    judged = "" if growth.seconds >= JUDGED else f"; too short to judge, which takes {JUDGED / 60:g} minutes"
    return (
        f"worker growth {memory.hourly / 1e6:+.2f} ± {memory.error / 1e6:.2f} MB and "
        f"{files.hourly:+.1f} ± {files.error:.1f} files an hour, "
        f"over {growth.seconds / 60:.0f} minutes after the first {WARM_UP / 60:g}{judged}"
    )
