"""What was just stored, told at once to whoever listens on this box: pages that need not ask again and again."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

# So many events may wait for one of them; who takes none for so long has gone, or asks again.
WAITING = 64


@dataclass(frozen=True, slots=True)
class Event:
    """`playlist`: this text is stored as the playlist. `part`: an object of this name is."""

    kind: Literal["playlist", "part"]
    content: str


class Feed:
    """One camera's. Whoever begins to listen hears the newest playlist first."""

    def __init__(self) -> None:
        self._playlist: Event | None = None
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._has_ended = False

    def playlist(self, text: str) -> None:
        """A playlist is stored."""
        self._playlist = Event("playlist", text)
        self._tell(self._playlist)

    def part(self, name: str) -> None:
        """A part is stored."""
        self._tell(Event("part", name))

    def end(self) -> None:
        """Nothing is told any more. Whoever listens has to ask where the camera's next feed is."""
        self._has_ended = True
        for queue in list(self._listeners):
            self._let_go(queue)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Event | None]]:
        """What is told during the block; None: nothing more is, to a listener who was too slow or because it ended."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(WAITING + 1)
        if self._playlist is not None:
            queue.put_nowait(self._playlist)
        self._listeners.add(queue)
        if self._has_ended:
            self._let_go(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def _tell(self, event: Event) -> None:
        for queue in list(self._listeners):
            if queue.qsize() < WAITING:
                queue.put_nowait(event)
            else:
                self._let_go(queue)

    def _let_go(self, queue: asyncio.Queue[Event | None]) -> None:
        self._listeners.discard(queue)
        queue.put_nowait(None)
