"""One writer per camera: who may write a playlist when another worker writes it too.

Two workers on one camera would take turns in overwriting each other, and the numbers would go back and forth. Supabase
Storage has no conditional writes, so every playlist is looked at before it is replaced. The newer worker goes on from
what it finds and lists it before its own segments; the older one sees itself continued, and stands down. Pure.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING

from uploader.hls.playlist import PlaylistError, parse
from uploader.hls.window import generation_of

if TYPE_CHECKING:
    from uploader.hls.playlist import MediaPlaylist

# Texts of ours that may still land late, after a request whose answer never came.
REMEMBERED = 16


class Sight(Enum):
    """What the stored playlist says about who writes it."""

    OURS = "ours"  # or nobody's: nothing there, or nothing that can be read
    ANOTHER = "another"  # somebody writes who does not know of us: go on from there
    SUCCESSOR = "successor"  # somebody has gone on from our segments: ours is over


class Writer:
    """Knows its own `generation` and what it has written."""

    def __init__(self, generation: str) -> None:
        self._generation = generation
        self._written: deque[str] = deque(maxlen=REMEMBERED)

    def wrote(self, text: str) -> None:
        """This was sent, and may be what is found from now on."""
        self._written.append(text)

    def has_written(self, stored: str | None) -> bool:
        """Whether this is one of our newest texts, or what we went on from."""
        return stored in self._written

    def look(self, stored: str | None) -> Sight:
        """Judge what is stored under our name."""
        if stored is None or self.has_written(stored):
            return Sight.OURS
        try:
            generations = _generations(parse(stored))
        except PlaylistError:
            return Sight.OURS
        if not generations or generations[-1] == self._generation:
            return Sight.OURS
        return Sight.SUCCESSOR if self._generation in generations else Sight.ANOTHER


def _generations(playlist: MediaPlaylist) -> list[str]:
    found = (generation_of(segment.uri) for segment in playlist.segments)
    return [generation for generation in found if generation is not None]
