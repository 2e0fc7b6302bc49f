"""Watches a camera with a quirk through the real pipeline, and keeps what a viewer and a technician could have seen."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tests.memory_store import MemoryStore
from uploader.configuration.cameras import Camera
from uploader.hls.playlist import parse
from uploader.pipeline import Pipeline
from uploader.segments.watcher import DirectoryEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg
    from uploader.hls.playlist import Segment
    from uploader.reporting.status import Condition, State
    from uploader.storage import ObjectKind

FOLDER = "location_1/quirk"
LOOK_PERIOD = 0.02
# A process that woke up so late (s) was starved, and FFmpeg with it; it is given so many more chances.
TOO_LATE = 0.4
RETAKES = 2
# So many are filmed at the same time: mostly they wait.
TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Told:
    """What the technician was told, and when (the event loop's clock, s)."""

    at: float
    condition: Condition


@dataclass(frozen=True, slots=True)
class Published:
    """A segment that a playlist named, its bytes as they were stored, and when it was first named (loop's clock)."""

    at: float
    sequence: int
    segment: Segment
    body: bytes


class DatedStore(MemoryStore):
    """A store in memory that remembers when each segment first stood in a playlist."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: dict[str, bytes] = {}
        self.published: dict[int, Published] = {}

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        await super().put(path, body, kind)
        stored = self.objects[path]
        if path.endswith(".ts"):
            self.bodies[path.rpartition("/")[2]] = stored
        if path.endswith(".m3u8"):
            self._name(stored.decode())

    def _name(self, text: str) -> None:
        playlist = parse(text)
        now = asyncio.get_running_loop().time()
        for number, segment in enumerate(playlist.segments, playlist.media_sequence):
            known = self.published.setdefault(number, Published(now, number, segment, self.bodies[segment.uri]))
            assert known.segment.uri == segment.uri, "a segment keeps its number for life"


@dataclass(slots=True)
class Punctuality:
    """`lateness` is how late (s) this process woke up at worst."""

    lateness: float = 0.0

    async def keep(self) -> None:
        """Look at it, for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LOOK_PERIOD
            await asyncio.sleep(LOOK_PERIOD)
            self.lateness = max(self.lateness, clock() - due)


@asynccontextmanager
async def punctuality() -> AsyncIterator[Punctuality]:
    """That of this process during the block."""
    kept = Punctuality()
    keeping = asyncio.create_task(kept.keep())
    try:
        yield kept
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@dataclass(slots=True)
class History:
    """One camera over one stretch of time."""

    pipeline: Pipeline
    store: DatedStore
    punctual: Punctuality
    told: list[Told] = field(default_factory=list)

    @property
    def lateness(self) -> float:
        """How late (s) this process woke up at worst."""
        return self.punctual.lateness

    @property
    def published(self) -> list[Published]:
        """Every segment there ever was in a playlist, in order."""
        return [self.store.published[number] for number in sorted(self.store.published)]

    @property
    def durations(self) -> list[float]:
        """Their durations as the playlist has them (s)."""
        return [published.segment.duration for published in self.published]

    @property
    def breaks(self) -> int:
        """How often a segment did not follow from the one before."""
        return sum(published.segment.discontinuity for published in self.published[1:])

    def is_back(self, since: float) -> bool:
        """Whether a new run's segment was published after this moment (the event loop's clock)."""
        return any(published.segment.discontinuity and published.at > since for published in self.published)

    @property
    def states(self) -> list[State]:
        """What it was, one after the other."""
        states = [told.condition.state for told in self.told]
        return [state for before, state in zip([None, *states], states, strict=False) if state is not before]

    @property
    def condition(self) -> Condition:
        """What it is now."""
        return self.pipeline.reporter.status.condition

    @property
    def reasons(self) -> list[str]:
        """Every reason given for a missing picture, in order."""
        return [told.condition.reason for told in self.told if told.condition.reason]

    @property
    def status(self) -> dict[str, Any]:
        """status.json as it was stored last."""
        document: dict[str, Any] = json.loads(self.store.objects[f"{FOLDER}/status.json"])
        return document

    async def until(self, come: Callable[[History], bool], limit: float) -> float:
        """Wait until something has come; gives when (the event loop's clock)."""
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(limit):
            while not come(self):  # noqa: ASYNC110  (several parts of it change, each in its own time)
                await asyncio.sleep(LOOK_PERIOD)
        return clock()

    async def keep(self) -> None:
        """Write down every change of what is told."""
        clock = asyncio.get_running_loop().time
        while True:
            condition = self.pipeline.reporter.status.condition
            if not self.told or self.told[-1].condition != condition:
                self.told.append(Told(clock(), condition))
            await asyncio.sleep(LOOK_PERIOD)


@asynccontextmanager
async def watching(
    url: str, ffmpeg: FFmpeg, scratch: Path, settings: dict[str, object] | None = None
) -> AsyncIterator[History]:
    """The camera at this address, streamed into memory in segments of 1 s."""
    camera = Camera.model_validate(
        {"id": "quirk", "rtsp_url": url, "settings": {"segment_duration": 1, **(settings or {})}}
    )
    store = DatedStore()
    scratch.mkdir(exist_ok=True)
    async with punctuality() as punctual:
        with DirectoryEvents().running() as events:
            pipeline = Pipeline(camera, FOLDER, ffmpeg, store, scratch, events, is_public=False)
            history = History(pipeline, store, punctual)
            tasks = [asyncio.create_task(work) for work in (pipeline.run(), history.keep())]
            try:
                yield history
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


class Filmed(Protocol):
    """What came of filming a quirk."""

    @property
    def lateness(self) -> float:
        """How late (s) the process that filmed it woke up at worst."""


K = TypeVar("K")
R = TypeVar("R", bound=Filmed)


async def side_by_side(stories: Mapping[K, Callable[[], Awaitable[R]]]) -> dict[K, R]:
    """Film all of them, some at a time, each in real time."""
    free = asyncio.Semaphore(TOGETHER)

    async def one(film: Callable[[], Awaitable[R]]) -> R:
        async with free:
            return await in_real_time(film)

    return dict(zip(stories, await asyncio.gather(*map(one, stories.values())), strict=True))


async def in_real_time(film: Callable[[], Awaitable[R]]) -> R:
    """Film again when the machine was too busy to film: cameras and viewers live in real time."""
    for _ in range(RETAKES):
        report = await film()
        if report.lateness < TOO_LATE:
            return report
    return await film()
