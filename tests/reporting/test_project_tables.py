"""The tables of the project's database are a courtesy: whatever it answers is worth a line to who looks for faults."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.storage.scripted_store import answer, hang, lose_reply, reset_mid_body, scripted_store
from uploader.pictures.shot import Shot
from uploader.pictures.still import WEBP
from uploader.reporting.cameras_table import CamerasTable, Entry
from uploader.reporting.frames_table import FrameRows
from uploader.reporting.status import CameraStatus
from uploader.storage.identity import GivenToken
from uploader.storage.project_api import project_api
from uploader.storage.project_table import ProjectTable, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.storage.scripted_store import Act
    from uploader.storage.project_api import API

FLOOR = "location_1/cam_floor"
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
IDENTITY = GivenToken("sb_publishable_0123456789", "eyJ.a.b")
QUICK = httpx.Timeout(0.5)


async def keep_a_camera(api: API) -> None:
    status = CameraStatus("cam_floor", "Floor Camera", 2.0, NOON, NOON)
    await CamerasTable(api, IDENTITY, lambda: [Entry(FLOOR, "https://abc", lambda: status)]).run()


async def add_a_frame(api: API) -> None:
    path, shot = f"{FLOOR}/frames/2026/11/20/20261120T120000Z.webp", Shot(b"F", WEBP, NOON, 854, 480)
    await FrameRows(ProjectTable(api, IDENTITY), FLOOR).add(path, f"https://abc/{path}", shot)


async def forget_frames(api: API) -> None:
    await FrameRows(ProjectTable(api, IDENTITY), FLOOR).forget(NOON)


ANSWERS = (
    answer(404, {"code": "PGRST205", "message": "Could not find the table 'public.cameras' in the schema cache"}),
    answer(403, {"code": "42501", "message": "new row violates row-level security policy"}),
    answer(401, {"code": "PGRST303", "message": "JWT expired"}),
    answer(200, b"<html>Welcome", content_type="text/html"),
    answer(200, b"no JSON at all"),
    answer(500, b"odd"),
    lose_reply,
    reset_mid_body,
    hang,
)
ASKED = (keep_a_camera, add_a_frame, forget_frames)


@pytest.mark.parametrize(
    ("ask", "act"), [*((ask, act) for ask in ASKED for act in ANSWERS), (keep_a_camera, answer(200, []))]
)
async def test_whatever_it_answers_is_one_line_and_asked_once(
    ask: Callable[[API], Coroutine[object, object, None]], act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "uploader")

    def said() -> list[int]:
        return [record.levelno for record in caplog.records if record.name.startswith("uploader")]

    async with (
        scripted_store(then=act) as server,
        project_api(f"{server.url}/rest/v1/a_table", IDENTITY.key, partial(meaning, "a_table"), QUICK) as api,
    ):
        asking = asyncio.create_task(ask(api))
        async with asyncio.timeout(20):
            while not said():  # noqa: ASYNC110  (a log offers nothing to wait on)
                await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert said() == [logging.DEBUG]
    assert "eyJ.a.b" not in caplog.text
    assert len(server.requests) == 1
