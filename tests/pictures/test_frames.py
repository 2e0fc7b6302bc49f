"""Dated frames, on virtual time: when they are taken, how they keep out of the live picture's way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.pictures.frames import DEADLINE, LARGEST, NOT_MADE, PAUSE, RETRY, SMALLEST, Darkroom, Frames, kind
from uploader.pictures.shot import NotMade, Shot
from uploader.pictures.still import JPEG, WEBP

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from uploader.reporting.status import Condition
    from uploader.storage import ObjectKind

FOLDER = "location_1/cam_floor"
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
PERIOD = 60.0


class Road:
    """An uplink; not `free` while a finished segment is on its way, and with room for 4 kB in 0.1 s beside that."""

    def __init__(self) -> None:
        self.is_behind = False
        self.spare = 40_000.0
        self.free = asyncio.Event()
        self.free.set()

    async def quiet(self) -> None:
        await self.free.wait()


class Ledger:
    """What a database heard."""

    def __init__(self) -> None:
        self.added: list[tuple[str, str, int]] = []

    async def add(self, path: str, url: str, shot: Shot) -> None:
        self.added.append((path, url, shot.width))

    async def forget(self, before: datetime | None) -> None:
        raise AssertionError(before)


class Pieces(MemoryStore):
    """Notes when each piece of a body came (s), and its size."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, int]] = []

    async def put(self, path: str, body: bytes | AsyncIterable[bytes], kind: ObjectKind) -> None:
        assert not isinstance(body, bytes)

        async def noted() -> AsyncIterator[bytes]:
            async for piece in body:
                self.came.append((clock(), len(piece)))
                yield piece

        await super().put(path, noted(), kind)


class Shop:
    """A camera of which the test says everything; its clock is right and runs with the loop's."""

    def __init__(self, darkroom: Darkroom | None = None, size: int = 1000) -> None:
        self.store = Pieces()
        self.road = Road()
        self.ledger = Ledger()
        self.ahead: float | None = None
        self.offset = timedelta()
        self.size = size
        self.is_blind = False
        self.is_broken = False
        self.framed: list[datetime] = []
        self.told: list[Condition | None] = []
        darkroom = darkroom or Darkroom(lambda: self.ahead, lambda _: self.ledger)
        self.frames = Frames(
            *(self.store, FOLDER, PERIOD, self.shoot, self.road, darkroom), self.framed.append, self.told.append
        )

    async def shoot(self) -> Shot | None:
        if self.is_broken:
            raise NotMade
        if self.is_blind:
            return None
        taken_at = NOON + timedelta(seconds=clock()) + self.offset
        return Shot(b"F" * self.size, WEBP, taken_at, 854, 480)

    @property
    def names(self) -> list[str]:
        return [path.removeprefix(f"{FOLDER}/frames/") for path, _ in self.store.history]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.frames.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def keep(self, seconds: float) -> None:
        async with self.open():
            await asyncio.sleep(seconds)


def clock() -> float:
    return asyncio.get_running_loop().time()


def test_one_is_stored_at_once_and_then_every_so_often_under_its_own_name_for_good() -> None:
    shop = Shop()
    run(shop.keep(3 * PERIOD - 1))
    assert shop.names == [f"2026/11/21/20261121T12{minute:02}00Z.webp" for minute in range(3)]
    assert shop.framed == [NOON + timedelta(minutes=minute) for minute in range(3)]
    stored_as = shop.store.kinds[f"{FOLDER}/frames/{shop.names[0]}"]
    assert stored_as == kind(WEBP)
    assert (stored_as.content_type, stored_as.max_age, stored_as.once) == ("image/webp", "31536000, immutable", True)
    assert kind(JPEG).content_type == "image/jpeg"


def test_each_has_a_row_after_it_is_stored() -> None:
    shop = Shop()
    run(shop.keep(PERIOD + 1))
    paths = [path for path, _ in shop.store.history]
    assert shop.ledger.added == [(path, f"memory://{path}", 854) for path in paths]


def test_without_a_picture_it_looks_again_soon() -> None:
    async def story() -> None:
        shop.is_blind = True
        async with shop.open():
            await asyncio.sleep(1000)
            assert shop.store.came == []
            shop.is_blind = False
            await asyncio.sleep(RETRY + 1)

    shop = Shop()
    run(story())
    assert len(shop.names) == 1


def test_keyframes_of_which_no_picture_can_be_made_are_told_once_and_not_at_the_first() -> None:
    async def story() -> None:
        shop.is_broken = True
        async with shop.open():
            await asyncio.sleep(1.5 * RETRY)
            assert shop.told == []
            await asyncio.sleep(100)
            assert shop.told == [NOT_MADE]
            shop.is_broken = False
            await asyncio.sleep(RETRY + 1)

    shop = Shop()
    run(story())
    assert shop.told[-1] is None
    assert len(shop.names) >= 1


def test_while_the_uplink_is_behind_none_is_even_made() -> None:
    async def story() -> None:
        shop.road.is_behind = True
        async with shop.open():
            await asyncio.sleep(500)
            assert shop.store.came == []
            shop.road.is_behind = False
            await asyncio.sleep(RETRY + 1)

    shop = Shop()
    run(story())
    assert len(shop.names) == 1


def test_it_trickles_and_stands_still_while_a_finished_segment_is_on_its_way() -> None:
    async def story() -> None:
        async with shop.open():
            await asyncio.sleep(PAUSE * 2.5)
            shop.road.free.clear()
            await asyncio.sleep(4)
            shop.road.free.set()
            await asyncio.sleep(10)

    shop = Shop(size=40_000)
    run(story())
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(shop.store.came)]
    assert {size for _, size in shop.store.came} == {4000}
    assert len(gaps) == 9
    assert sorted(gaps)[:8] == pytest.approx([PAUSE] * 8, abs=0.02)
    assert max(gaps) == pytest.approx(4, abs=0.2)
    assert len(shop.names) == 1


@pytest.mark.parametrize(("spare", "piece"), [(0.0, SMALLEST), (20_000.0, 2000), (1e9, LARGEST)])
def test_its_pace_is_what_the_live_picture_leaves(spare: float, piece: int) -> None:
    shop = Shop(size=10 * piece)
    shop.road.spare = spare
    run(shop.keep(PERIOD - 1))
    assert [size for _, size in shop.store.came] == [piece] * 10


def test_one_that_is_not_through_in_time_is_dropped_and_a_new_one_taken() -> None:
    async def story() -> None:
        shop.road.free.clear()
        async with shop.open():
            await asyncio.sleep(DEADLINE + RETRY / 2)
            shop.road.free.set()
            assert shop.store.history == []
            await asyncio.sleep(RETRY)

    shop = Shop()
    run(story())
    # Of now, not of then.
    assert shop.framed == [NOON + timedelta(seconds=DEADLINE + RETRY)]


def test_cameras_of_a_box_take_turns() -> None:
    async def story() -> None:
        async with asyncio.TaskGroup() as cameras:
            for shop in shops:
                cameras.create_task(shop.keep(PERIOD - 1))

    darkroom = Darkroom()
    shops = [Shop(darkroom, size=50_000) for _ in range(3)]
    run(story())
    spans = sorted((shop.store.came[0][0], shop.store.came[-1][0]) for shop in shops)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))


def test_a_store_that_is_away_is_nobodys_news() -> None:
    async def story() -> None:
        shop.store.failures.extend([StorageUnavailable("No way to the store.")] * 3)
        async with shop.open():
            await asyncio.sleep(3 * RETRY + 2)

    shop = Shop()
    run(story())
    assert len(shop.names) == 1
    assert shop.told == [None]
    assert len(shop.ledger.added) == 1


def test_a_store_that_refuses_them_is_told_until_it_takes_one() -> None:
    async def story() -> None:
        refused = StorageRefused("The bucket does not take this type of file.", "Allow all types.", status=415)
        shop.store.failures.append(refused)
        async with shop.open():
            await asyncio.sleep(RETRY + 2)

    shop = Shop()
    run(story())
    first, last = shop.told
    assert first is not None
    assert first.reason == "Frames are not kept. The bucket does not take this type of file."
    assert first.advice == "Allow all types."
    assert last is None


def test_a_name_is_never_used_twice_even_when_the_clock_is_set_back_onto_it() -> None:
    async def story() -> None:
        async with shop.open():
            await asyncio.sleep(PERIOD / 2)
            shop.size += 1
            shop.offset = -timedelta(seconds=PERIOD)
            await asyncio.sleep(PERIOD)

    shop = Shop()
    run(story())
    assert [(path.rpartition("/")[2], len(body)) for path, body in shop.store.history] == [
        ("20261121T120000Z.webp", 1000)
    ]


def test_a_clock_that_the_stores_contradicts_dates_no_frame_and_says_so() -> None:
    async def story() -> None:
        shop.ahead = -20_000 * 86_400.0  # the box woke up in 1971
        async with shop.open():
            await asyncio.sleep(300)
            assert shop.store.came == []
            assert shop.told[-1] is not None
            assert "days behind" in str(shop.told[-1].reason)
            shop.ahead = 0.3
            await asyncio.sleep(RETRY + 1)

    shop = Shop()
    run(story())
    assert len(shop.names) == 1
    assert shop.told[-1] is None
