"""One worker's life through one trouble with the store, on virtual time, and what came of it.

The storage and worker rows of the fault matrix are tests that are named after their row: `grep -rn row_39 tests`. What
the store does is in test_store_trouble and test_damage, what it or the box forgets in test_lost_state, real processes,
disks and sockets in test_real_faults; in each, an auditor reads all that a viewer could have seen. The rows about
cameras (9 to 22) are in tests/quirks, a viewer meanwhile (row 53) is in web/tests/browser, the words for each refusal
(row 31) are in storage/test_answers, and random moments are in test_histories.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.faults.box import WINDOW, Box
from tests.faults.spell import EVERYTHING, Kind, Spell, Target
from tests.faults.store import FaultyStore
from tests.strict_playlist import read
from tests.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Sequence

SEGMENT = 2.0
SEGMENTS = frozenset({Target.SEGMENT})
PLAYLISTS = frozenset({Target.PLAYLIST})


def spell(kind: Kind, length: float, amount: float = 0.0, *, targets: frozenset[Target] = EVERYTHING) -> Spell:
    """Trouble that begins in the middle of things: at 21 s."""
    return Spell(21.0, length, kind, amount, targets)


async def filmed(box: Box, length: float) -> Box:
    """One worker's life of so many seconds."""
    box.start()
    await asyncio.sleep(length)
    await box.stop()
    assert box.auditor.violations == []
    assert box.auditor.behind == 0
    return box


def lived(trouble: Spell | None, length: float, **details: float) -> Box:
    """What comes of this trouble when the worker lives so long (s)."""
    return run(filmed(Box(FaultyStore([trouble] if trouble else [], **details)), length))  # type: ignore[arg-type]


def listings(box: Box) -> list[tuple[float, int]]:
    """When which segment of the camera was first listed; one that is stored in half is none."""
    first: dict[int, float] = {}
    for version in box.store.history:
        if version.path == "stream.m3u8" and version.body is not None:
            for uri in read(version.body).uris:
                number = box.auditor.number_of(uri)
                if number is not None:
                    first.setdefault(number, version.time)
    return [(time, number) for number, time in sorted(first.items())]


def recovery(box: Box, end: float) -> float:
    """Seconds from the end of the trouble until something new was listed."""
    return min(time for time, _ in listings(box) if time >= end) - end


def lost(box: Box) -> int:
    """How many filmed segments were never listed, not counting what was under way in the end."""
    return len([time for time in box.filmed if time < box.filmed[-1] - WINDOW]) - len(
        [number for _, number in listings(box) if box.filmed[number] < box.filmed[-1] - WINDOW]
    )


def leftovers(box: Box) -> list[str]:
    """Stored segments that left the playlist long ago: older than the window, the grace and the pauses of removing."""
    long_ago = box.filmed[-1] - (WINDOW + 35 + 35)
    numbers = {path: box.auditor.number_of(path) for path in box.auditor.segments}
    return [path for path, number in numbers.items() if number is None or box.filmed[number] < long_ago]


def asked(box: Box, targets: Sequence[Target], since: float, until: float) -> list[float]:
    """When such requests were made."""
    return [at for at, target, _ in box.store.requests if target in targets and since <= at < until]
