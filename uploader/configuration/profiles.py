"""What `settings.profile` stands for: how near to now, and at what price in requests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["stable", "standard", "low", "realtime"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of defaults. Durations in seconds; `part_duration` None: segments are published whole.

    With parts `segment_duration` is from keyframe to keyframe. `sent_while_made`: an upload begins with the first
    frame, not with the last.
    """

    segment_duration: float
    segments_to_keep: int
    part_duration: float | None = None
    sent_while_made: bool = False


PROFILES: dict[Name, Profile] = {
    "stable": Profile(4, 4),
    "standard": Profile(2, 5),
    "low": Profile(1, 8, sent_while_made=True),
    "realtime": Profile(2, 5, part_duration=0.33, sent_while_made=True),
}
