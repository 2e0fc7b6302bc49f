"""The rows of frames: each once, and never anybody's burden."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.storage.scripted_store import Exchange, answer, hang, lose_reply, scripted_store
from tests.virtual_time import run
from uploader.errors import StorageRefused, StorageUnavailable
from uploader.pictures.shot import Shot
from uploader.pictures.still import WEBP
from uploader.reporting.frames_table import (
    AT_ONCE,
    MISSING_PAUSE,
    TABLE,
    UNAVAILABLE_PAUSE,
    WAITING,
    FrameRows,
    frames_table,
)
from uploader.storage.identity import GivenToken
from uploader.storage.project_api import project_api
from uploader.storage.project_table import ProjectTable, meaning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.storage.scripted_store import Act
    from uploader.errors import StorageError
    from uploader.storage.project_api import Body

FLOOR = "location_1/cam_floor"
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
KEY = "sb_publishable_0123456789"
QUICK = httpx.Timeout(0.5)


@dataclass(slots=True, eq=False)
class FramesAPI:
    """PostgREST with a camera_frames table. `failures` are raised by the next requests, one by one."""

    rows: dict[str, Mapping[str, object]] = field(default_factory=dict)
    failures: deque[StorageError] = field(default_factory=deque)
    requests: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        self.requests.append(asyncio.get_running_loop().time())
        if self.failures:
            raise self.failures.popleft()
        if method == "DELETE":
            return self._delete(params)
        assert isinstance(body, list)
        self.sizes.append(len(body))
        added = [row for row in body if row["path"] not in self.rows]
        self.rows |= {str(row["path"]): row for row in added}
        return [{"path": row["path"]} for row in added]

    def _delete(self, params: Mapping[str, str]) -> object:
        assert params["stream_path"] == f"eq.{FLOOR}"
        before = params.get("taken_at", "lt.9").removeprefix("lt.")
        gone = [path for path, row in self.rows.items() if str(row["taken_at"]) < before]
        for path in gone:
            del self.rows[path]
        return [{"id": number} for number, _ in enumerate(gone)]


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


# Over a real socket


async def test_what_goes_out_is_an_insert_that_may_be_repeated_and_a_delete_of_one_camera() -> None:
    bodies: list[bytes] = []

    async def take(exchange: Exchange) -> None:
        bodies.append(await exchange.body())
        await exchange.reply_json(200, [])

    async with (
        scripted_store(then=take) as server,
        frames_table(server.url, GivenToken(KEY, "eyJ.a.b")) as table,
    ):
        rows = FrameRows(table, FLOOR)
        await rows.add(*frame(1))
        await rows.forget(NOON)
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


@pytest.mark.parametrize(
    "act",
    [
        answer(404, {"code": "PGRST205", "message": "Could not find the table 'public.camera_frames'"}),
        answer(403, {"code": "42501", "message": "new row violates row-level security policy"}),
        answer(401, {"code": "PGRST303", "message": "JWT expired"}),
        answer(200, b"<html>Welcome", content_type="text/html"),
        answer(500, b"odd"),
        lose_reply,
        hang,
    ],
)
async def test_whatever_it_answers_is_worth_one_line_for_those_who_look_for_faults(
    act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "uploader")
    async with (
        scripted_store(then=act) as server,
        project_api(f"{server.url}/rest/v1/{TABLE}", KEY, partial(meaning, TABLE), QUICK) as api,
    ):
        rows = FrameRows(ProjectTable(api, GivenToken(KEY, "eyJ.a.b")), FLOOR)
        await rows.add(*frame(1))
        await rows.forget(NOON)
    ours = [record.levelno for record in caplog.records if record.name.startswith("uploader")]
    assert ours == [logging.DEBUG]
    assert "eyJ.a.b" not in caplog.text
    assert len(server.requests) == 1
