"""How long to wait before the next try at a camera. Pure: failures and chance come in, seconds go out."""

from __future__ import annotations

DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# A wrong password tried over and over locks the account (Hikvision: 30 minutes).
REFUSED_TRIES = 3
REFUSED_DELAY = 300.0
# So many seconds of good pictures and earlier failures are forgiven.
FORGIVEN_AFTER = 60.0
JITTER = 0.2


def delay(failures: int, *, refused: bool, chance: float) -> float:
    """Seconds to wait after so many failures in a row (from 1). `chance` (0..1) spreads cameras that fell together."""
    if refused and failures >= REFUSED_TRIES:
        return REFUSED_DELAY
    wait = DELAYS[min(failures, len(DELAYS)) - 1]
    return wait * (1 + JITTER * (2 * chance - 1))
