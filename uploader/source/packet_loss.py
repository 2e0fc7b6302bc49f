"""Whether the camera's packets get lost on the way, from what FFmpeg says while it plays. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from uploader.reporting.status import Condition, State

# So many seconds with damage in the last PERIOD are a bad network; one or two are a start in the middle of a stream.
BAD_SECONDS = 4
PERIOD = 30
_DAMAGE = re.compile(
    r"RTP: missed \d+ packets|max delay reached|corrupt decoded frame|error while decoding MB|"
    r"concealing \d+",
    re.IGNORECASE,
)

LOSSY = Condition(
    State.LIVE,
    "The picture is damaged: packets of the camera get lost on the way.",
    "Check the camera's cable or Wi-Fi; with settings.transport: tcp lost packets are sent again.",
)


@dataclass(frozen=True, slots=True)
class PacketLoss:
    """The seconds with damage, the oldest first; of one clock."""

    bad: tuple[int, ...] = ()

    def heard(self, line: str, now: float) -> PacketLoss:
        """With a line that FFmpeg said at `now` (s)."""
        second = int(now)
        if (self.bad and self.bad[-1] == second) or not _DAMAGE.search(line):
            return self
        return PacketLoss((*self.bad, second)[-PERIOD:])

    def notice(self, now: float) -> Condition | None:
        """What to say of the network between the camera and the box."""
        return LOSSY if sum(now - second < PERIOD for second in self.bad) >= BAD_SECONDS else None
