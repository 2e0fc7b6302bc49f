"""The processes of this box, as /proc shows them."""

from __future__ import annotations

from pathlib import Path


def processes_in(directory: Path) -> list[int]:
    """The processes whose command line names this directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory).encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found
