"""The picture beside the playlist, on virtual time; and, in the store that comes with the worker, the real thing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from tests.memory_store import MemoryStore
from tests.publishing.filming import working
from tests.test_retirement import FOLDER
from tests.virtual_time import run
from tests.worker_process import CAMERAS, running
from uploader.errors import StorageUnavailable
from uploader.pictures.snapshots import Snapshots
from uploader.retirement import retire
from uploader.storage import SNAPSHOT

if TYPE_CHECKING:
    from pathlib import Path

PATH = f"{FOLDER}/snapshot.jpg"


class Shop:
    """A camera that may be live, and gives numbered pictures."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.is_live = True
        self.is_blind = False
        self.taken = 0
        self.snapshots = Snapshots(self.store, FOLDER, 30.0, self.take, lambda: self.is_live)

    async def take(self) -> bytes | None:
        if self.is_blind:
            return None
        self.taken += 1
        return str(self.taken).encode()

    async def keep(self, seconds: float) -> None:
        task = asyncio.create_task(self.snapshots.run())
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_it_is_stored_at_once_and_then_every_so_often_and_never_cached() -> None:
    shop = Shop()
    run(shop.keep(100))
    assert shop.store.history == [(PATH, b"1"), (PATH, b"2"), (PATH, b"3"), (PATH, b"4")]
    assert shop.store.kinds[PATH] == SNAPSHOT
    assert "no-store" in SNAPSHOT.max_age


def test_a_picture_that_is_not_live_is_never_stored() -> None:
    shop = Shop()
    shop.is_live = False
    run(shop.keep(100))
    assert (shop.store.history, shop.taken) == ([], 0)


def test_without_a_picture_or_a_store_it_tries_again_soon() -> None:
    async def story() -> None:
        shop.is_blind = True
        keeping = asyncio.create_task(shop.keep(50))
        await asyncio.sleep(10)
        shop.is_blind = False
        shop.store.failures.append(StorageUnavailable("No way to the store."))
        await asyncio.sleep(5)
        assert len(shop.store.history) == 1
        await keeping

    shop = Shop()
    run(story())
    assert len(shop.store.history) == 2


def test_a_browser_finds_it_where_the_player_looks(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS + "  settings: {snapshot_every: 1}\n", encoding="utf-8")
    with running(tmp_path, "--all") as worker:
        url = f"{worker.folder}/cam_floor/snapshot.jpg"
        worker.until(lambda: (answer := worker.get(url)) is not None and answer.status_code == 200)
        first = httpx.get(url)
        assert first.headers["content-type"] == "image/jpeg"
        assert first.headers["cache-control"] == "max-age=0, no-store"
        assert first.content[:2] == b"\xff\xd8"
        worker.until(lambda: httpx.get(url).content != first.content)


def test_a_camera_that_is_removed_leaves_no_picture_behind() -> None:
    async def story() -> None:
        await shop.keep(1)
        await retire(shop.store, FOLDER, asyncio.Event())

    shop = Shop()
    run(story())
    assert shop.store.history == [(PATH, b"1")]
    assert shop.store.objects == {}


def test_without_snapshots_any_more_the_last_one_leaves_the_bucket() -> None:
    async def story() -> None:
        await shop.keep(1)
        async with working(shop.store) as box:
            await box.film(5)
            assert PATH in shop.store.objects
            await box.film(30)

    shop = Shop()
    run(story())
    assert PATH not in shop.store.objects
