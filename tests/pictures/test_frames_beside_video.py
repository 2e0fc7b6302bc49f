"""Dated frames beside the live picture of the real publisher, over a thin uplink, on virtual time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.configuration.cameras import Camera
from uploader.pictures.frames import LARGEST, Darkroom, Frames
from uploader.pictures.shot import Shot
from uploader.pictures.still import WEBP
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.segments.segment import FinishedSegment, GrowingSegment

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from uploader.storage import ObjectKind

FOLDER = "location_1/cam_floor"
CAMERA = Camera(id="cam_floor", name="Floor Camera", rtsp_url="testsrc://")
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def clock() -> float:
    return asyncio.get_running_loop().time()


class ThinStore(MemoryStore):
    """Behind an uplink of so many bytes a second, which takes one piece of a body after the other as they come."""

    def __init__(self, rate: float) -> None:
        super().__init__(delay=0.1)
        self._rate = rate
        self._free = 0.0

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        pieces = in_packets(body) if isinstance(body, bytes) else body

        async def sent() -> AsyncIterator[bytes]:
            async for piece in pieces:
                self._free = max(self._free, clock()) + len(piece) / self._rate
                await asyncio.sleep(self._free - clock())
                yield piece

        await super().put(path, sent(), kind)


async def in_packets(body: bytes) -> AsyncIterator[bytes]:
    """So that whatever else is sent finds its place between them."""
    for start in range(0, len(body), 1400):
        yield body[start : start + 1400]


async def film(publisher: Publisher, *, growing: bool) -> None:
    """Two seconds of video, sent when it is whole or while it is made."""
    began, start = clock(), NOON + timedelta(seconds=clock())
    segment = GrowingSegment(began)
    if growing:
        publisher.offer(segment)
    for _ in range(25):
        await asyncio.sleep(0.08)
        segment.add(b"G" * 10_000)
    segment.finish(FinishedSegment(segment.body, 2.0, start, clock()))
    if not growing and segment.finished:
        publisher.offer(segment.finished)


async def lags(rate: float, frame: int | None, *, growing: bool) -> tuple[list[float], int]:
    """From the end of each segment of 250 kB (2 s) to its playlist, and how many frames of this size there were."""
    store = ThinStore(rate)

    def now() -> datetime:
        return NOON + timedelta(seconds=clock())

    reporter = Reporter(CAMERA, FOLDER, store, now)
    publisher = Publisher(store, FOLDER, CAMERA.settings, reporter)

    async def shoot() -> Shot:
        return Shot(b"F" * (frame or 0), WEBP, now(), 854, 480)

    frames = Frames(store, FOLDER, 10.0, shoot, publisher.uplink, Darkroom(), lambda _: None, lambda _: None)
    tasks = [asyncio.create_task(publisher.run()), *([asyncio.create_task(frames.run())] if frame else [])]
    for _ in range(60):
        await film(publisher, growing=growing)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    found = [passage.publish_lag for passage in reporter.journal.passages if passage.publish_lag is not None]
    return found, sum("/frames/" in path for path in store.objects)


@pytest.mark.parametrize(
    ("rate", "size"), [(1e6, 20_000), (300_000.0, 20_000), (300_000.0, 100_000), (160_000.0, 20_000)]
)
@pytest.mark.parametrize("growing", [False, True], ids=["whole", "growing"])
def test_a_segment_never_waits_for_more_than_one_piece_of_a_frame(rate: float, size: int, growing: bool) -> None:
    without, _ = run(lags(rate, None, growing=growing))
    beside, kept = run(lags(rate, size, growing=growing))
    assert len(beside) == len(without)
    assert max(beside) <= max(without) + LARGEST / rate + 0.001
    assert kept >= 10


def test_on_an_uplink_that_the_video_fills_no_frame_is_sent() -> None:
    _, kept = run(lags(120_000.0, 20_000, growing=False))
    assert kept <= 1  # before that was known
