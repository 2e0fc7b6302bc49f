"""What the worker itself uses of the box, as Linux tells it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from uploader.reporting.metrics import Process

SELF = Path("/proc/self")


def process() -> Process | None:
    """Now; None where the system does not say."""
    try:
        # The program's name, in brackets, may hold anything; what follows it are numbers (proc(5)).
        fields = (SELF / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        open_files = len(os.listdir(SELF / "fd"))  # noqa: PTH208  (their names alone)
    except OSError:
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    return Process(
        cpu_seconds=(int(fields[11]) + int(fields[12])) / ticks,
        start_time=time.time() - uptime + int(fields[19]) / ticks,
        resident_memory=int(fields[21]) * os.sysconf("SC_PAGE_SIZE"),
        virtual_memory=int(fields[20]),
        open_files=open_files,
    )
