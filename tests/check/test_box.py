"""The box's clock and disk, looked at."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests.storage.scripted_store import answer, scripted_store
from uploader.check import box

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(days=-400)])
async def test_the_clock_is_held_against_the_stores(off: timedelta) -> None:
    date = format_datetime(datetime.now(UTC) - off, usegmt=True)
    async with scripted_store(then=answer(404, b"", date=date)) as store:
        assert await box.ahead_of(store.url) == pytest.approx(off.total_seconds(), abs=5)


async def test_a_store_that_tells_no_time_or_is_not_there_says_nothing() -> None:
    for headers in ({}, {"date": "yesterday"}):
        async with scripted_store(then=answer(200, b"", **headers)) as store:
            assert await box.ahead_of(store.url) is None
    assert await box.ahead_of("http://127.0.0.1:9") is None


@pytest.mark.parametrize(
    ("script", "said"), [("echo yes", True), ("echo no", False), ("exit 1", None), ("exec sleep 60", None)]
)
async def test_the_system_says_whether_its_clock_is_kept_right(script: str, said: bool | None, tmp_path: Path) -> None:
    program = tmp_path / "timedatectl"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    began = asyncio.get_running_loop().time()
    assert await box.synchronised(str(program)) is said
    assert asyncio.get_running_loop().time() - began < 15
    assert await box.synchronised(str(tmp_path / "nowhere")) is None


def test_the_room_for_a_directory_that_is_not_there_yet_is_that_around_it(tmp_path: Path) -> None:
    assert box.room(tmp_path / "not" / "yet") > 0
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NotADirectoryError):
        box.room(file)
    with pytest.raises(NotADirectoryError):
        box.room(file / "below")
