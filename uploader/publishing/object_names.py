"""Names for segments: each is handed out once (invariant 3)."""

from __future__ import annotations

import secrets

from uploader.hls.window import segment_name


class ObjectNames:
    """This worker's names. `generation` tells its names from those of every other worker. `parts`: of parts."""

    def __init__(self, *, parts: bool = False) -> None:
        # Random, because neither the clock nor the disk of a box can be relied on.
        self.generation = secrets.token_hex(4)
        self._parts = parts
        self._serial = 0

    def next(self, *, in_doubt: bool) -> str:
        """A name that nothing has had before; with `in_doubt` it tells that a playlist write has an unknown outcome."""
        name = self._name(self._serial, in_doubt=in_doubt)
        self._serial += 1
        return name

    def after(self, serial: int | None, *, in_doubt: bool) -> str:
        """The name that follows on the one with this serial (None: the next one), handed out already or not."""
        return self._name(self._serial if serial is None else serial + 1, in_doubt=in_doubt)

    def _name(self, serial: int, *, in_doubt: bool) -> str:
        return segment_name(serial, self.generation, in_doubt=in_doubt, part=self._parts)

    def pass_over(self, serial: int) -> None:
        """All names before this serial are somebody else's."""
        self._serial = max(self._serial, serial)
