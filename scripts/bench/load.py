"""How busy the machine was with other things while something was measured on it."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")

# More than this, and times say more of the machine than of what was measured: of all CPU time the share of other
# programs and other machines on the same hardware, and how late the latest twentieth of short sleeps came (s). A fifth
# is a browser's own: its children that have ended were waited for by nobody of ours.
OTHERS = 0.35
LATE = 0.03
NAP = 0.01
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """`others` is what all but this process and its children took of the CPUs, 0 to 1; `late` in seconds."""

    others: float
    late: float

    @property
    def is_heavy(self) -> bool:
        """Whether times that were measured meanwhile mean nothing."""
        return self.others > OTHERS or self.late > LATE

    def __str__(self) -> str:
        return f"others took {self.others:.0%} of the CPUs, short sleeps came {self.late * 1000:.0f} ms late"


async def loaded(measuring: Coroutine[object, object, Result]) -> tuple[Result, Load]:
    """What comes of it, and how busy the machine was meanwhile."""
    late: list[float] = []
    napping = asyncio.create_task(_nap(late))
    before = _cpu_seconds()
    try:
        result = await measuring
    finally:
        napping.cancel()
    used, ours, idle = (after - then for after, then in zip(_cpu_seconds(), before, strict=True))
    others = max(0.0, used - ours) / max(used + idle, 1 / TICKS)
    return result, Load(others, statistics.quantiles([0.0, 0.0, *late], n=20)[-1])


async def _nap(late: list[float]) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + NAP
        await asyncio.sleep(NAP)
        late.append(clock() - due)


def _cpu_seconds() -> tuple[float, float, float]:
    """Of all CPUs since they started: used by anybody, stolen time included; used by us; idle (proc(5))."""
    line = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0]
    user, nice, system, idle, iowait, irq, softirq, steal, *_ = (int(field) / TICKS for field in line.split()[1:])
    return user + nice + system + irq + softirq + steal, _ours(), idle + iowait


def _ours() -> float:
    """CPU seconds of this process and all that came of it, those that have ended among them."""
    children, used = defaultdict[int, list[int]](list), dict[int, float]()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # ended just now
            pid, fields = int(path.parent.name), path.read_text(encoding="utf-8").rpartition(")")[2].split()
            children[int(fields[1])].append(pid)
            used[pid] = sum(map(int, fields[11:15])) / TICKS
    waiting, total = [os.getpid()], 0.0
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += children[pid]
    return total
