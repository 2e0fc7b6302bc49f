"""How long to wait before the next try at a camera. Pure: failures and chance come in, seconds go out."""

from __future__ import annotations

DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# A wrong password tried over and over locks the account (Hikvision: 30 minutes). So it is tried three times, and then
# seldom.
REFUSED_DELAYS = (1.0, 2.0, 300.0)
# A camera that took this login before most likely still counts a viewer whom nobody said goodbye for, and forgets it
# within its session timeout, mostly 60 s. The three tries are spread over that time.
ACCEPTED_BEFORE_DELAYS = (15.0, 45.0, 300.0)
# A camera with too many viewers is not called every second.
BUSY_DELAY = 5.0
# So many seconds of good pictures and earlier failures are forgiven.
FORGIVEN_AFTER = 60.0
JITTER = 0.2


def delay(failures: int, *, chance: float, busy: bool = False) -> float:
    """Seconds to wait after so many failures in a row (from 1). `chance` (0..1) spreads cameras that fell together;
    `busy`: the camera has too many viewers."""
    wait = max(DELAYS[min(failures, len(DELAYS)) - 1], BUSY_DELAY if busy else 0.0)
    return wait * (1 + JITTER * (2 * chance - 1))


def refused_delay(refusals: int, *, accepted: bool) -> float:
    """Seconds to wait after so many refused logins in a row (from 1); `accepted`: the camera took this login before."""
    delays = ACCEPTED_BEFORE_DELAYS if accepted else REFUSED_DELAYS
    return delays[min(refusals, len(delays)) - 1]
