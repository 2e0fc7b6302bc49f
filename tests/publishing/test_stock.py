"""What ought to be stored, against what the store says is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.errors import StorageError, StorageUnavailable
from uploader.publishing.stock import AFTER_DAMAGE, DEADLINE, Damaged, Stock
from uploader.storage import SEGMENT, StoredObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.reporting.status import Condition

FOLDER = "location_1/cam_floor"


class Counted(MemoryStore):
    """A store that tells how often it was listed, and can take its time for it (s) or fail at it."""

    listings = 0
    patience = 0.0
    refusal: StorageError | None = None

    async def list(self, folder: str) -> list[StoredObject]:
        self.listings += 1
        await asyncio.sleep(self.patience)
        if self.refusal is not None:
            raise self.refusal
        return await super().list(folder)


async def stored(store: MemoryStore, **sizes: int) -> None:
    for name, size in sizes.items():
        await store.put(f"{FOLDER}/{name}", b"G" * size, SEGMENT)


async def taken(stock: Stock, sizes: Sequence[tuple[str, int]]) -> None:
    for name, size in sizes:
        await stock.take(name, size)


def test_the_first_one_is_looked_at_and_the_others_are_counted_in_one_request() -> None:
    async def story() -> tuple[int, int, list[Condition | None]]:
        store = Counted()
        heard: list[Condition | None] = []
        stock = Stock(store, FOLDER, 10.0, heard.append)
        await stored(store, a=100, b=100, c=100)
        await taken(stock, [("a", 100), ("b", 100), ("c", 100)])
        at_once = store.listings
        counting = asyncio.create_task(stock.run())
        await asyncio.sleep(35)
        counting.cancel()
        return at_once, store.listings, heard

    assert run(story()) == (1, 2, [None])


@pytest.mark.parametrize("kept", [0, 50, 101])
def test_another_size_is_damage_and_the_next_ones_are_looked_at_too(kept: int) -> None:
    async def story() -> int:
        store = Counted()
        stock = Stock(store, FOLDER, 10.0, lambda _: None)
        await stored(store, **({"a": kept} if kept else {}), b=100)
        with pytest.raises(Damaged, match=f"keeps {kept} of the 100 bytes"):
            await stock.take("a", 100)
        await taken(stock, [("b", 100)] * 10)
        return store.listings

    assert run(story()) == 1 + AFTER_DAMAGE


def test_damage_that_is_counted_is_told_until_a_count_is_good() -> None:
    async def story() -> list[str | None]:
        store, heard = MemoryStore(), list[str | None]()
        stock = Stock(store, FOLDER, 10.0, lambda said: heard.append(said.reason if said else None))
        await stored(store, a=100, b=50, c=100)
        await taken(stock, [("a", 100), ("b", 100)])
        counting = asyncio.create_task(stock.run())
        await asyncio.sleep(11)
        await taken(stock, [("c", 100)] * (AFTER_DAMAGE + 1))
        await asyncio.sleep(10)
        counting.cancel()
        return heard

    assert run(story()) == ["The store says that all is well, but keeps 50 of the 100 bytes of a segment.", None]


def test_a_store_that_shows_nothing_or_does_not_answer_is_believed_and_holds_nothing_up() -> None:
    async def story(store: Counted) -> float:
        stock = Stock(store, FOLDER, 10.0, lambda _: None)
        await taken(stock, [("a", 100), ("b", 100)])
        return asyncio.get_running_loop().time()

    hanging, failing = Counted(), Counted()
    hanging.patience, failing.refusal = 60.0, StorageUnavailable("The store is busy.")
    assert run(story(Counted())) == 0.0
    assert run(story(failing)) == 0.0
    assert run(story(hanging)) <= DEADLINE


def test_after_trouble_the_next_one_is_looked_at() -> None:
    async def story() -> int:
        store = Counted()
        stock = Stock(store, FOLDER, 10.0, lambda _: None)
        await stored(store, a=100)
        await taken(stock, [("a", 100)] * 3)
        stock.mistrust()
        await taken(stock, [("a", 100)] * 3)
        return store.listings

    assert run(story()) == 2
