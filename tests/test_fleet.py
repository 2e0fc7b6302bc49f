"""Cameras start, start again and end while the others go on. On virtual time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tests.boats import Boat, Harbour
from tests.virtual_time import run
from uploader.configuration.camera import Camera
from uploader.edit import MOVED, REMOVED, Edit
from uploader.fleet import Fleet
from uploader.reporting.status import LIVE, Condition, State

if TYPE_CHECKING:
    import pytest


def camera(name: str, title: str = "", **more: str) -> Camera:
    return Camera(id=name, name=title or name, rtsp_url="testsrc://", **more)


def told(harbour: Harbour, folder: str) -> tuple[str, str]:
    document = json.loads(harbour.store.objects[f"{folder}/status.json"])
    return document["state"], document["reason"]


def test_a_changed_camera_starts_again_without_a_goodbye_and_the_other_notices_nothing() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"), camera("b"))))
            await asyncio.sleep(2.5)
            fleet.apply(Edit((camera("a", "A"), camera("b"))))
            await asyncio.sleep(5.2)
            assert [pipeline.camera.name for pipeline in fleet.pipelines] == ["A", "b"]
        return harbour

    harbour = run(story())
    assert harbour.book["here/a"] == ["begins", "a", "a", "ends", "begins", "A", "A", "A", "ends"]
    assert harbour.book["here/b"] == ["begins", *["b"] * 7, "ends"]
    assert harbour.cleared == []
    said = [body for path, body in harbour.store.history if path == "here/a/status.json"]
    assert said[:2] == [b"{}", b"{}"]  # each pipeline's own beginning
    assert len(said) == 3
    assert told(harbour, "here/a") == ("stopped", "The worker was stopped.")


def test_who_hears_what_a_camera_stores_is_sent_on_when_it_starts_again() -> None:
    async def story() -> None:
        async with Harbour().fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(2.5)
            old = fleet.pipelines[0].reporter.feed
            with old.listening() as heard:
                fleet.apply(Edit((camera("a", "A"),)))
                await asyncio.sleep(5)
                assert heard.get_nowait() is None
            assert fleet.pipelines[0].reporter.feed is not old

    run(story())


def test_a_removed_camera_says_why_and_its_place_is_cleared() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"), camera("b"))))
            await asyncio.sleep(1)
            fleet.apply(Edit((camera("b"),), gone={"a": REMOVED}))
            await asyncio.sleep(10)
            assert [pipeline.camera.id for pipeline in fleet.pipelines] == ["b"]
            assert [pipeline.camera.id for pipeline in fleet.leaving] == ["a"]
            await asyncio.sleep(100.5)
            assert fleet.leaving == []
            assert harbour.cleared == [("here/a", False)]
        return harbour

    harbour = run(story())
    assert told(harbour, "here/a") == ("stopped", REMOVED.reason)
    assert len(harbour.book["here/b"]) == 2 + 111


def test_a_worker_that_ends_while_a_camera_starts_again_leaves_no_picture_that_looks_live() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(2.5)
            fleet.apply(Edit((camera("a", "A"),)))
            await asyncio.sleep(harbour.ending / 2)
        return harbour

    harbour = run(story())
    assert "A" not in harbour.book["here/a"]
    assert told(harbour, "here/a") == ("stopped", "The worker was stopped.")


def test_a_camera_that_comes_back_in_time_keeps_what_is_stored() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(2.5)
            fleet.apply(Edit((), gone={"a": REMOVED}))
            await asyncio.sleep(20)
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(1.5)
        return harbour

    harbour = run(story())
    assert harbour.book["here/a"] == ["begins", "a", "a", "ends", "begins", "a", "ends"]
    assert harbour.cleared == []


def test_many_edits_while_it_ends_lead_to_the_last_one() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            for title in ("one", "two", "three", "a", "four"):
                fleet.apply(Edit((camera("a", title),)))
                await asyncio.sleep(0.2)
            await asyncio.sleep(4.5)
        return harbour

    assert run(story()).book["here/a"][-3:] == ["four", "four", "ends"]


def test_another_location_is_another_place() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(1.5)
            fleet.apply(Edit((camera("a", location="there"),)))
            await asyncio.sleep(100.5)
        return harbour

    harbour = run(story())
    assert told(harbour, "here/a") == ("stopped", MOVED.reason)
    assert harbour.cleared == [("here/a", False)]
    assert len(harbour.book["there/a"]) == 2 + 100


def test_whose_place_is_anothers_by_now_is_not_cleared() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(1)
            fleet.pipelines[0].reporter.stand_by(standing_by=True)
            fleet.apply(Edit((), gone={"a": REMOVED}))
            await asyncio.sleep(100)
            assert fleet.leaving == []
        return harbour

    assert run(story()).cleared == []


def test_a_worker_that_ends_clears_what_was_removed_at_once() -> None:
    async def story() -> tuple[Harbour, float]:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"), camera("b"))))
            await asyncio.sleep(1)
            fleet.apply(Edit((camera("b"),), gone={"a": REMOVED}))
            await asyncio.sleep(10)
            began = asyncio.get_running_loop().time()
        return harbour, asyncio.get_running_loop().time() - began

    harbour, took = run(story())
    assert harbour.cleared == [("here/a", True)]
    assert took < 5


class Clumsy(Harbour):
    """A harbour where clearing a place fails in a way that nobody thought of."""

    async def clear(self, folder: str, hurry: asyncio.Event) -> None:
        raise ZeroDivisionError


def test_a_fault_of_ours_is_told_and_costs_no_other_camera(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> Harbour:
        harbour = Clumsy()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"), camera("b"))))
            await asyncio.sleep(1.5)
            fleet.apply(Edit((camera("b"),), gone={"a": REMOVED}))
            await asyncio.sleep(20)
            assert fleet.leaving == []
            fleet.apply(Edit((camera("a"), camera("b"))))
            await asyncio.sleep(1.5)
        return harbour

    harbour = run(story())
    assert "here/a: an internal error; going on." in caplog.messages
    assert harbour.book["here/a"] == ["begins", "a", "ends", "begins", "a", "ends"]
    assert harbour.book["here/b"] == ["begins", *["b"] * 23, "ends"]


class Adrift(Boat):
    """Ends once as if it had been cancelled."""

    async def run_once(self) -> None:
        if not self.ticks:
            self.ticks.append("ends")
            raise asyncio.CancelledError
        await super().run_once()


def test_a_cancellation_that_nobody_asked_for_is_a_fault_of_ours_too() -> None:
    harbour = Harbour()

    async def story() -> None:
        fleet = Fleet(
            lambda camera: f"here/{camera.id}",
            lambda camera, folder: Adrift(camera, folder, harbour.store, harbour.book, harbour.ending),
            harbour.clear,
        )
        async with fleet.sailing():
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(10)

    run(story())
    assert harbour.book["here/a"][:3] == ["ends", "begins", "a"]


def test_what_is_wrong_in_the_file_is_told_with_the_live_picture_until_it_is_mended() -> None:
    notice = Condition(State.LIVE, "cameras.yaml:3: mistake.", "Mend it.")

    async def story() -> list[Condition]:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"),)))
            await asyncio.sleep(1)
            (pipeline,) = fleet.pipelines
            pipeline.reporter.picture(LIVE)
            pipeline.reporter.published(1, None, 0.1)
            pipeline.reporter.status = pipeline.reporter.status.at(
                pipeline.reporter.status.since, last_segment_at=pipeline.reporter.status.since
            )
            said = []
            for kept in ({"a": notice}, {}):
                fleet.apply(Edit((camera("a"),), kept=kept))
                said.append(pipeline.reporter.status.condition)
        return said

    assert run(story()) == [notice, LIVE]


def test_fifty_edits_in_a_minute_cost_the_other_camera_no_picture() -> None:
    async def story() -> Harbour:
        harbour = Harbour()
        async with harbour.fleet().sailing() as fleet:
            fleet.apply(Edit((camera("a"), camera("b"), camera("c"))))
            await asyncio.sleep(0.1)
            for number in range(50):
                shown = [camera("a", f"{number}"), camera("b")] + ([camera("c")] if number % 2 else [])
                fleet.apply(Edit(tuple(shown), gone={} if number % 2 else {"c": REMOVED}))
                await asyncio.sleep(1.2)
        return harbour

    assert run(story()).book["here/b"] == ["begins", *["b"] * 60, "ends"]
