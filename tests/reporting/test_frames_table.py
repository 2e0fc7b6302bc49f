"""The rows of frames: each once, and never anybody's burden."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from tests.postgrest import FramesAPI
from tests.storage.scripted_store import Exchange, scripted_store
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.pictures.shot import Shot
from uploader.pictures.still import WEBP
from uploader.reporting.frames_table import (
    AT_ONCE,
    MISSING_PAUSE,
    UNAVAILABLE_PAUSE,
    WAITING,
    FrameRows,
    frames_table,
)
from uploader.storage.identity import GivenToken
from uploader.storage.project_table import ProjectTable

FLOOR = "location_1/cam_floor"
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
KEY = "sb_publishable_0123456789"


def frame(minute: int) -> tuple[str, str, Shot]:
    """The path and address of a frame, and the frame."""
    path = f"{FLOOR}/frames/2026/11/21/{minute}.webp"
    return path, f"https://abc/{path}", Shot(b"F" * 17, WEBP, NOON + timedelta(minutes=minute), 854, 480)


def rows_of(api: FramesAPI) -> FrameRows:
    return FrameRows(ProjectTable(api, GivenToken(KEY, "eyJ.a.b")), FLOOR)


def test_a_row_says_where_and_when_and_how_large() -> None:
    async def story() -> FramesAPI:
        api = FramesAPI()
        await rows_of(api).add(*frame(3))
        return api

    path = frame(3)[0]
    assert run(story()).rows[path] == {
        "location": "location_1",
        "camera_id": "cam_floor",
        "path": path,
        "url": f"https://abc/{path}",
        "taken_at": "2026-11-21T12:03:00.000Z",
        "width": 854,
        "height": 480,
        "bytes": 17,
    }


def test_rows_that_found_no_database_come_with_the_next_ones_each_once() -> None:
    async def story() -> FramesAPI:
        api = FramesAPI()
        rows = rows_of(api)
        api.failures.append(StorageUnavailable("Nothing answers."))
        for minute in range(AT_ONCE + 20):
            await rows.add(*frame(minute))
            assert len(api.requests) <= 1  # left alone, and nobody waited for it
        await asyncio.sleep(UNAVAILABLE_PAUSE)
        await rows.add(*frame(500))
        await rows.add(*frame(501))
        return api

    api = run(story())
    assert api.sizes == [AT_ONCE, 22]
    assert len(api.rows) == AT_ONCE + 22


def test_without_a_table_it_is_looked_for_every_ten_minutes_and_what_waits_is_bounded() -> None:
    async def story() -> FramesAPI:
        api = FramesAPI()
        rows = rows_of(api)
        api.failures.extend([StorageRefused("There is no such table.", status=404)] * 1000)
        for minute in range(2 * WAITING):
            await rows.add(*frame(minute))
            await asyncio.sleep(60)
        api.failures.clear()
        await asyncio.sleep(MISSING_PAUSE)
        for _ in range(WAITING // AT_ONCE + 1):
            await rows.add(*frame(9999))
        return api

    api = run(story())
    assert len(api.requests) <= 2 * WAITING * 60 / MISSING_PAUSE + WAITING // AT_ONCE + 2
    newest = range(WAITING + WAITING // AT_ONCE + 1, 2 * WAITING)
    assert set(api.rows) >= {frame(minute)[0] for minute in newest}
    assert len(api.rows) <= WAITING


def test_rows_of_frames_that_are_over_are_forgotten_or_all_of_them() -> None:
    async def story() -> None:
        api = FramesAPI()
        rows = rows_of(api)
        for minute in range(5):
            await rows.add(*frame(minute))
        await rows.forget(NOON + timedelta(minutes=3))
        assert list(api.rows) == [frame(3)[0], frame(4)[0]]
        await rows.forget(None)
        assert api.rows == {}

    run(story())


def test_rows_that_wait_are_forgotten_with_their_frames() -> None:
    async def story() -> FramesAPI:
        api = FramesAPI()
        rows = rows_of(api)
        api.failures.append(StorageUnavailable("Nothing answers."))
        for minute in range(5):
            await rows.add(*frame(minute))
        await rows.forget(NOON + timedelta(minutes=3))
        await asyncio.sleep(UNAVAILABLE_PAUSE)
        await rows.add(*frame(9))
        return api

    assert list(run(story()).rows) == [frame(minute)[0] for minute in (3, 4, 9)]


def test_a_database_that_was_away_a_moment_ago_is_told_all_the_same_what_goes() -> None:
    async def story() -> FramesAPI:
        api = FramesAPI()
        rows = rows_of(api)
        await rows.add(*frame(0))
        api.failures.append(StorageUnavailable("Nothing answers."))
        await rows.add(*frame(1))
        await rows.forget(None)  # of a camera that is gone: nobody will ask again
        return api

    assert run(story()).rows == {}


# Over a real socket


async def test_a_camera_that_starts_again_finds_the_rows_that_wait() -> None:
    async with frames_table("http://127.0.0.1:9", GivenToken(KEY, "eyJ.a.b")) as rows_of_camera:
        assert rows_of_camera(FLOOR) is rows_of_camera(FLOOR)
        assert rows_of_camera(FLOOR) is not rows_of_camera("location_1/cam_door")


async def test_what_goes_out_is_an_insert_that_may_be_repeated_and_a_delete_of_one_camera() -> None:
    bodies: list[bytes] = []

    async def take(exchange: Exchange) -> None:
        bodies.append(await exchange.body())
        await exchange.reply_json(200, [])

    async with (
        scripted_store(then=take) as server,
        frames_table(server.url, GivenToken(KEY, "eyJ.a.b")) as rows_of_camera,
    ):
        await rows_of_camera(FLOOR).add(*frame(1))
        await rows_of_camera(FLOOR).forget(NOON)
    insert, delete = server.requests
    assert (insert.method, insert.path) == ("POST", "/rest/v1/camera_frames?on_conflict=path&select=path")
    assert insert.headers["prefer"] == "resolution=ignore-duplicates,return=representation"
    assert (insert.headers["apikey"], insert.headers["authorization"]) == (KEY, "Bearer eyJ.a.b")
    assert [row["path"] for row in json.loads(bodies[0])] == [frame(1)[0]]
    assert delete.method == "DELETE"
    assert delete.path == (
        "/rest/v1/camera_frames?stream_path=eq.location_1%2Fcam_floor&select=id&taken_at=lt.2026-11-21T12%3A00%3A00.000Z"
    )
    assert bodies[1] == b""
