"""The voice of one camera: what is printed, and what lies beside the playlist."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.memory_store import MemoryStore
from tests.virtual_time import run
from uploader.configuration.cameras import Camera
from uploader.errors import StorageUnavailable
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import LIVE, Condition, State
from uploader.storage import STATUS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

CAMERA = Camera(id="cam_floor", name="Floor Camera", rtsp_url="testsrc://")
PATH = "location_1/cam_floor/status.json"
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
GONE = Condition(State.RECONNECTING, "The camera closed the connection.", "Trying again in 2 s.")


def now() -> datetime:
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())


@asynccontextmanager
async def speaking(store: MemoryStore) -> AsyncIterator[Reporter]:
    reporter = Reporter(CAMERA, "location_1/cam_floor", store, now)
    task = asyncio.create_task(reporter.run())
    try:
        yield reporter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await reporter.farewell()


def written(store: MemoryStore) -> list[dict[str, Any]]:
    return [json.loads(body) for path, body in store.history if path == PATH]


def test_it_is_written_at_once_at_every_change_and_every_ten_seconds() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with speaking(store) as reporter:
            await asyncio.sleep(21)
            reporter.picture(GONE)
            await asyncio.sleep(1)
        return store

    store = run(story())
    documents = written(store)
    assert [document["state"] for document in documents] == [*["starting"] * 3, "reconnecting", "stopped"]
    assert [document["updated_at"][14:19] for document in documents] == ["00:00", "00:10", "00:20", "00:21", "00:22"]
    assert store.kinds[PATH] == STATUS


def test_new_segments_alone_cause_no_writes() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with speaking(store) as reporter:
            reporter.picture(LIVE)
            for number in range(20):
                await asyncio.sleep(2)
                reporter.published(number, now(), 0.3)
        return store

    assert len(written(run(story()))) == 1 + 1 + 3 + 1  # starting, live, a beat each ten seconds, stopped


def test_the_beat_only_grows_across_restarts_and_a_store_that_is_away_at_the_start() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        for _ in range(2):
            async with speaking(store):
                await asyncio.sleep(25)
        store.reading_fails = StorageUnavailable("No way to the store.")
        async with speaking(store) as reporter:
            await asyncio.sleep(25)
            reporter.picture(GONE)
            store.reading_fails = None
            await asyncio.sleep(25)
        return store

    beats = [document["beat"] for document in written(run(story()))]
    assert beats == list(range(1, len(beats) + 1))


def test_a_change_is_one_line_on_the_console(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with speaking(MemoryStore()) as reporter:
            await asyncio.sleep(1)
            reporter.picture(LIVE)
            reporter.published(0, now(), 0.3)
            reporter.published(1, now(), 0.3)
            reporter.picture(GONE)
            reporter.picture(GONE)

    with caplog.at_level(logging.INFO):
        run(story())
    assert caplog.messages == [
        "Floor Camera: starting",
        "Floor Camera: live",
        "Floor Camera: reconnecting. The camera closed the connection. Trying again in 2 s.",
        "Floor Camera: stopped. The worker was stopped. Start it again to see this camera.",
    ]


def test_what_differs_only_in_its_numbers_is_said_again_after_minutes(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with speaking(MemoryStore()) as reporter:
            for number in range(24):
                advice = f"Trying again in {number + 1} s."
                reporter.picture(Condition(State.RECONNECTING, "The camera closed the connection.", advice))
                await asyncio.sleep(15)

    with caplog.at_level(logging.INFO):
        run(story())
    tries = [message.rpartition(". ")[2] for message in caplog.messages if "Trying again" in message]
    assert tries == ["Trying again in 1 s.", "Trying again in 21 s."]


def test_a_figure_that_is_another_all_the_time_is_written_with_the_beat() -> None:
    async def story() -> MemoryStore:
        store = MemoryStore()
        async with speaking(store) as reporter:
            reporter.picture(LIVE)
            reporter.published(0, now(), 0.3)
            for number in range(59):
                reporter.notice("uplink", Condition(State.LIVE, f"It takes {number / 10 + 2:.1f} s.", "Send less."))
                await asyncio.sleep(0.5)
            reporter.notice("uplink", None)
            await asyncio.sleep(0.1)
        return store

    documents = written(run(story()))
    assert [document["reason"] for document in documents] == [
        *("It takes 2.0 s.", "It takes 3.9 s.", "It takes 5.9 s."),
        *(None, "The worker was stopped."),
    ]


def test_two_things_to_know_that_are_told_again_and_again_do_not_take_turns() -> None:
    async def story() -> tuple[str | None, str | None]:
        store = MemoryStore()
        async with speaking(store) as reporter:
            reporter.picture(LIVE)
            reporter.published(0, now(), 0.3)
            for _ in range(20):
                for source in ("readback", "uplink"):
                    reporter.notice(source, Condition(State.LIVE, source))
                    await asyncio.sleep(0.1)
            first = reporter.status.condition.reason
            reporter.notice("readback", None)
            assert len(written(store)) == 1
            return first, reporter.status.condition.reason

    assert run(story()) == ("readback", "uplink")


def test_a_store_that_hangs_does_not_keep_the_worker() -> None:
    async def story() -> float:
        store = MemoryStore(delay=3600)
        async with speaking(store):
            await asyncio.sleep(5)
            began = asyncio.get_running_loop().time()
        return asyncio.get_running_loop().time() - began

    assert run(story()) <= 2
