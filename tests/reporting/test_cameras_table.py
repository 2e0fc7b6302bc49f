"""The rows of the cameras table: true, seldom written, and never a burden."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.postgrest import CamerasAPI
from tests.storage.scripted_store import Exchange, scripted_store
from tests.storage.test_box_access import Passport
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.reporting.cameras_table import (
    MISSING_PAUSE,
    PERIOD,
    UNAVAILABLE_PAUSE,
    WORDS,
    CamerasTable,
    Entry,
    cameras_table,
    row_of,
)
from uploader.reporting.status import LIVE, STOPPED, CameraStatus, Condition, State
from uploader.storage.answers import NotAccepted
from uploader.storage.identity import GivenToken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.storage.identity import Identity

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
FLOOR, DOOR = "location_1/cam_floor", "location_1/cam_door"
ROW: dict[str, object] = {"stream_url": "https://old/stream.m3u8", "status": "active", "is_active": True}

KEY = "sb_publishable_0123456789"
IDENTITY = GivenToken(KEY, "eyJ.a.b")


class Camera:
    """A camera that does what the test says."""

    def __init__(self, path: str = FLOOR, state: State = State.LIVE) -> None:
        self.path = path
        self.status = CameraStatus(path, path, 2.0, NOON, NOON, last_segment_at=NOON)
        self.show(state)

    def show(self, state: State) -> None:
        picture = LIVE if state is State.LIVE else Condition(state)
        self.status = replace(self.status, picture=picture)

    @property
    def url(self) -> str:
        return f"https://abc/{self.path}/stream.m3u8"

    @property
    def entry(self) -> Entry:
        return Entry(self.path, self.url, lambda: self.status)


@asynccontextmanager
async def keeping(api: CamerasAPI, *cameras: Camera, identity: Identity = IDENTITY) -> AsyncIterator[None]:
    table = CamerasTable(api, identity, lambda: [camera.entry for camera in cameras])
    task = asyncio.create_task(table.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


# What a row says


def test_every_state_has_a_word_and_only_a_stopped_camera_is_not_active() -> None:
    assert set(WORDS) == set(State)
    for state, word in WORDS.items():
        row = row_of("https://abc", replace(Camera(state=state).status))
        assert (row.status, row.is_active) == (word, state is not State.STOPPED)


def test_a_camera_was_last_seen_when_there_was_a_picture() -> None:
    assert row_of("https://abc", Camera().status).as_json()["last_seen_at"] == "now"
    for state in set(State) - {State.LIVE, State.IDLE}:
        assert "last_seen_at" not in row_of("https://abc", Camera(state=state).status).as_json()


def test_a_row_is_made_true_at_once_with_the_boxs_own_token() -> None:
    async def story() -> CamerasAPI:
        api = CamerasAPI({FLOOR: dict(ROW)})
        async with keeping(api, Camera(state=State.STARTING)):
            await asyncio.sleep(0.5)
            assert api.rows[FLOOR] == {"stream_url": Camera().url, "status": "connecting", "is_active": True}
        return api

    assert run(story()).tokens == {"Bearer eyJ.a.b"}


# How often


def test_it_is_written_at_every_change_and_else_once_a_minute() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI({FLOOR: dict(ROW)}), Camera()
        async with keeping(api, camera):
            await asyncio.sleep(150)
            camera.show(State.OFFLINE)
            await asyncio.sleep(100)
        return api

    api = run(story())
    assert api.times(FLOOR) == pytest.approx([0, 60, 120, 150, 210], abs=2)
    assert [body["status"] for _, _, body in api.requests] == ["active"] * 3 + ["error"] * 2


def test_states_with_the_same_word_are_no_change() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI({FLOOR: dict(ROW)}), Camera()
        async with keeping(api, camera):
            for state in (State.OFFLINE, State.REFUSED, State.STALLED) * 5:
                camera.show(state)
                await asyncio.sleep(2)
        return api

    assert len(run(story()).requests) <= 2


def test_the_newest_wins_and_one_request_is_under_way_at_a_time() -> None:
    async def story() -> CamerasAPI:
        api, camera, door = CamerasAPI({FLOOR: dict(ROW), DOOR: dict(ROW)}, delay=10.0), Camera(), Camera(DOOR)
        async with keeping(api, camera, door):
            for second in range(100):
                camera.show(State.LIVE if second % 2 else State.RECONNECTING)
                await asyncio.sleep(1)
            await asyncio.sleep(60)
            assert api.rows[FLOOR]["status"] == "active"
        return api

    api = run(story())
    assert api.most_writing == 1
    assert len(api.requests) <= 16 + 2


def test_the_time_of_a_row_that_is_active_is_never_old() -> None:
    async def story() -> None:
        api = CamerasAPI({FLOOR: dict(ROW)})
        async with keeping(api, Camera()):
            await asyncio.sleep(1)
            for _ in range(500):
                seen = api.rows[FLOOR]["last_seen_at"]
                assert isinstance(seen, float)
                assert asyncio.get_running_loop().time() - seen <= PERIOD + 2
                await asyncio.sleep(7)

    run(story())


# At the end


def test_a_camera_that_was_stopped_is_inactive() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI({FLOOR: dict(ROW)}), Camera()
        async with keeping(api, camera):
            await asyncio.sleep(5)
            camera.status = camera.status.at(NOON, stopped=STOPPED)
        return api

    row = run(story()).rows[FLOOR]
    assert (row["status"], row["is_active"]) == ("inactive", False)


def test_while_another_worker_has_the_camera_its_row_is_left_alone() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI({FLOOR: dict(ROW), DOOR: dict(ROW)}), Camera()
        camera.status = camera.status.at(NOON, standing_by=True)
        async with keeping(api, camera, Camera(DOOR)):
            await asyncio.sleep(200)
        return api

    assert {path for _, path, _ in run(story()).requests} == {DOOR}


def test_a_database_that_hangs_does_not_keep_the_worker_from_ending(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> float:
        api, camera = CamerasAPI({FLOOR: dict(ROW)}), Camera()
        async with keeping(api, camera):
            await asyncio.sleep(5)
            api.delay = 1000.0
            camera.status = camera.status.at(NOON, stopped=STOPPED)
        return asyncio.get_running_loop().time()

    caplog.set_level(logging.DEBUG, "uploader")
    assert run(story()) <= 5 + 2
    assert caplog.messages == ["The cameras table was not told in time that the worker ends."]


# What is missing


def test_without_a_row_it_is_looked_for_every_ten_minutes_and_other_rows_are_kept() -> None:
    async def story() -> CamerasAPI:
        api = CamerasAPI({DOOR: dict(ROW)})
        async with keeping(api, Camera(), Camera(DOOR)):
            await asyncio.sleep(1000)
            api.rows[FLOOR] = dict(ROW)
            await asyncio.sleep(400)
        return api

    api = run(story())
    assert api.times(FLOOR)[:3] == pytest.approx([0, MISSING_PAUSE, 2 * MISSING_PAUSE], abs=3)
    assert api.rows[FLOOR]["stream_url"] == Camera().url
    assert len(api.times(DOOR)) >= 1400 / PERIOD - 1


def test_without_the_table_nobody_asks_more_than_once_in_ten_minutes() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI(), Camera()
        api.failures.extend([StorageRefused("There is no cameras table.", status=404)] * 100)
        async with keeping(api, camera, Camera(DOOR)):
            for second in range(3590):
                camera.show(State.LIVE if second % 2 else State.RECONNECTING)
                await asyncio.sleep(1)
        return api

    assert len(run(story()).requests) == 3600 / MISSING_PAUSE


def test_a_database_that_is_away_is_left_alone_and_then_told_the_newest() -> None:
    async def story() -> CamerasAPI:
        api, camera = CamerasAPI({FLOOR: dict(ROW)}), Camera()
        async with keeping(api, camera, Camera(DOOR)):
            await asyncio.sleep(5)
            api.failures.extend([StorageUnavailable("Nothing answers.", retry_after=90.0)] * 2)
            camera.show(State.RECONNECTING)
            await asyncio.sleep(30)
            camera.show(State.OFFLINE)
            await asyncio.sleep(200)
        return api

    api = run(story())
    assert api.rows[FLOOR]["status"] == "error"
    assert api.times(FLOOR)[:4] == pytest.approx([0, 5, 95, 185], abs=3)


def test_a_token_that_is_not_accepted_is_renewed_not_given_up() -> None:
    async def story() -> None:
        api, identity, camera = CamerasAPI({FLOOR: dict(ROW)}), Passport(), Camera()
        api.failures.append(NotAccepted("The key for the store has expired.", status=401))
        async with keeping(api, camera, identity=identity):
            await asyncio.sleep(UNAVAILABLE_PAUSE - 1)
            assert (identity.rejections, len(api.requests)) == (1, 1)
            await asyncio.sleep(2)
            assert api.rows[FLOOR]["stream_url"] == camera.url

    run(story())


# Over a real socket


async def test_what_goes_out_is_a_patch_of_one_row() -> None:
    bodies: list[object] = []

    async def take(exchange: Exchange) -> None:
        bodies.append(json.loads(await exchange.body()))
        await exchange.reply_json(200, [{"stream_path": FLOOR}])

    async with (
        scripted_store(then=take) as server,
        cameras_table(server.url, IDENTITY, lambda: [Camera().entry]),
    ):
        await server.arrival(1)
    request = server.requests[0]
    assert request.method == "PATCH"
    assert request.path == "/rest/v1/cameras?stream_path=eq.location_1%2Fcam_floor&select=stream_path"
    assert (request.headers["apikey"], request.headers["authorization"]) == (KEY, "Bearer eyJ.a.b")
    assert request.headers["prefer"] == "return=representation"
    expected = {"stream_url": Camera().url, "status": "active", "is_active": True, "last_seen_at": "now"}
    assert bodies[0] == expected
