"""What one FFmpeg said last: line by line, a storm of lines alike as one with a count. Pure.

What it says for information is passed on and not kept: it would push out what tells of a failure.

It must cost nothing when FFmpeg floods: beyond BUDGET bytes in a second only the newest are kept, and nothing is read.
"""

from __future__ import annotations

import re

KEPT = 100
LINE_LIMIT = 1000
BUDGET = 64 * 1024

# What differs between lines of one storm: addresses, time stamps, sizes.
_INFORMATION = re.compile(r"(?:\[[^]]*\] )?\[info\]")
_VARYING = re.compile(r"0x[0-9a-f]+|\d+")


class LastWords:
    """The last lines of one FFmpeg. Not redacted: FFmpeg repeats a camera's address with its password."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}
        self._rest = b""
        self._second = 0
        self._taken = 0

    def hear(self, data: bytes, now: float) -> list[str]:
        """Take in what FFmpeg wrote at `now` (s); the lines that were completed, none of them while it floods."""
        if int(now) != self._second:
            self._second, self._taken = int(now), 0
        self._taken += len(data)
        if self._taken > BUDGET:
            self._rest = (self._rest + data)[-BUDGET // 8 :]
            return []
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LINE_LIMIT:]
        return self._keep(whole)

    def end(self) -> None:
        """FFmpeg has ended: what is left over counts as lines too."""
        self._keep(self._rest.split(b"\n"))
        self._rest = b""

    def lines(self) -> list[str]:
        """The last lines, the oldest first; of lines alike the newest one."""
        return [text for text, _ in self._said.values()]

    def told(self) -> list[str]:
        """The last lines for people: `... corrupt decoded frame (312 times)`."""
        return [text if count == 1 else f"{text} ({count} times)" for text, count in self._said.values()]

    def _keep(self, lines: list[bytes]) -> list[str]:
        kept = [line[:LINE_LIMIT].decode(errors="replace").rstrip() for line in lines]
        kept = [line for line in kept if line]
        for line in kept:
            if _INFORMATION.match(line):
                continue
            kind = _VARYING.sub("#", line)
            # Taken out and put in again: the newest stands last.
            _, count = self._said.pop(kind, ("", 0))
            self._said[kind] = line, count + 1
            if len(self._said) > KEPT:
                del self._said[next(iter(self._said))]
        return kept
