"""How far an FFmpeg has come, from what it reports (`-progress`). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The last line of a report begins with this.
END_OF_REPORT = "progress="


@dataclass(frozen=True, slots=True)
class Progress:
    """One progress report: how much media time (s) was written, and how many frames were invented or thrown away."""

    out_time: float = 0.0
    frames: int = 0
    duplicated: int = 0
    dropped: int = 0

    def read(self, line: str) -> Progress:
        """The report with one more `key=value` line taken in; other lines, and values not yet known, change nothing."""
        key, _, value = line.strip().partition("=")
        if key not in _PROGRESS_KEYS or not re.fullmatch(r"-?\d+", value):
            return self
        number = int(value)
        return Progress(
            out_time=max(0.0, number / 1e6) if key == "out_time_us" else self.out_time,
            frames=number if key == "frame" else self.frames,
            duplicated=number if key == "dup_frames" else self.duplicated,
            dropped=number if key == "drop_frames" else self.dropped,
        )


_PROGRESS_KEYS = frozenset({"out_time_us", "frame", "dup_frames", "drop_frames"})
