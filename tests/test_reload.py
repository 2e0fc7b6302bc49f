"""cameras.yaml and .env are followed: what is right in them is done, what is wrong is told once and changes nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.boats import Harbour
from uploader.configuration.environment import Supabase
from uploader.configuration.files import Sources
from uploader.edit import Edit
from uploader.redaction import Redaction
from uploader.reload import Reload
from uploader.storage.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from uploader.fleet import Fleet

TWO = "- {id: floor, rtsp_url: 'testsrc://'}\n- {id: door, rtsp_url: 'testsrc://'}\n"
PROJECT = "SUPABASE_URL=https://abc.supabase.co\nSUPABASE_KEY=sb_publishable_1\n"


@dataclass(slots=True)
class Box:
    """A box whose files are edited."""

    directory: Path
    fleet: Fleet
    reload: Reload
    credentials: Credentials
    redaction: Redaction

    async def save(self, text: str, name: str = "cameras.yaml") -> None:
        (self.directory / name).write_text(text, encoding="utf-8")
        await self.reload.reload()

    @property
    def running(self) -> dict[str, str]:
        return {camera.id: camera.rtsp_url for camera in self.fleet.cameras}


@asynccontextmanager
async def box(directory: Path, cameras: str = TWO, dotenv: str = PROJECT) -> AsyncIterator[Box]:
    (directory / "cameras.yaml").write_text(cameras, encoding="utf-8")
    (directory / ".env").write_text(dotenv, encoding="utf-8")
    sources = Sources(directory / "cameras.yaml", {})
    read = sources.read()
    credentials = Credentials(read.environment().supabase or Supabase("http://127.0.0.1", "key"), "location_1")
    redaction = Redaction()
    async with Harbour(ending=0).fleet().sailing() as fleet:
        fleet.apply(Edit(read.file.cameras))
        yield Box(directory, fleet, Reload(sources, read, None, fleet, credentials, redaction), credentials, redaction)


async def test_what_is_saved_is_done(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with box(tmp_path) as this:
        await this.save("- {id: door, rtsp_url: 'testsrc://'}\n- {id: yard, rtsp_url: 'rtsp://a:hunter2@10.0.0.5/'}\n")
        assert this.running == {"door": "testsrc://", "yard": "rtsp://a:hunter2@10.0.0.5/"}
        assert this.redaction("hunter2") == "***"
        assert [camera.id for camera in this.reload.cameras] == ["door", "yard"]
        assert "cameras.yaml was saved: starting yard; stopping floor." in caplog.messages


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- [", "cameras.yaml:1: the bracket that opens here is not closed."),
        (TWO.replace("id: floor", "nmae: F, id: floor"),
         "cameras.yaml:1: camera 'floor': nmae is not a key; did you mean 'name'?"),
    ],
)  # fmt: skip
async def test_a_mistake_is_told_once_and_changes_nothing(
    text: str, why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with box(tmp_path) as this:
        for _ in range(3):
            await this.save(text)
        assert set(this.running) == {"floor", "door"}
        assert list(this.reload.problems) == [why]
        assert caplog.messages.count(why) == 1
        await this.save(TWO)
        assert not this.reload.problems
        assert caplog.messages[-1] == "cameras.yaml is in order again."


async def test_a_file_that_is_gone_or_unreadable_changes_nothing(tmp_path: Path) -> None:
    async with box(tmp_path) as this:
        (tmp_path / "cameras.yaml").unlink()
        await this.reload.reload()
        assert set(this.running) == {"floor", "door"}
        assert this.reload.problems[0].startswith(f"There is no {tmp_path}/cameras.yaml.")
        said = [pipeline.reporter.status.notice for pipeline in this.fleet.pipelines]
        assert all(notice is not None and "cannot be used as it is" in str(notice.reason) for notice in said)
        assert str(tmp_path) not in str(said)
        (tmp_path / "cameras.yaml").mkdir()
        await this.reload.reload()
        assert "is not a file" in this.reload.problems[0]


async def test_a_new_password_in_the_other_file_starts_its_camera_again(tmp_path: Path) -> None:
    door = "- {id: floor, rtsp_url: 'testsrc://'}\n- {id: door, rtsp_url: 'rtsp://a:${PASS}@10.0.0.5/'}\n"
    async with box(tmp_path, door, "PASS=one1\n") as this:
        await this.save("PASS=two2\n", ".env")
        assert this.running == {"floor": "testsrc://", "door": "rtsp://a:two2@10.0.0.5/"}
        await this.save("", ".env")  # not set any more: a mistake, so it stays
        assert this.running["door"] == "rtsp://a:two2@10.0.0.5/"
        assert "uses PASS, which is not set" in this.reload.problems[0]


async def test_a_new_key_is_used_at_once(tmp_path: Path) -> None:
    async with box(tmp_path) as this:
        await this.save(PROJECT.replace("_1", "_2"), ".env")
        assert this.credentials.key == "sb_publishable_2"
        assert not this.reload.problems
        assert this.redaction("sb_publishable_2") == "***"


async def test_what_needs_another_start_is_said(tmp_path: Path) -> None:
    async with box(tmp_path) as this:
        await this.save(PROJECT.replace("_1", "_2") + "LOCATION_ID=shop_7\nSTOREFEED_PORT=8123\n", ".env")
        said = "LOCATION_ID, STOREFEED_PORT changed in .env; start the worker again to use it."
        assert list(this.reload.problems) == [said]
        await this.save(PROJECT, ".env")
        assert not this.reload.problems


async def test_a_mistake_in_the_other_file_changes_nothing(tmp_path: Path) -> None:
    async with box(tmp_path) as this:
        await this.save("SUPABASE_URL=https://abc.supabase.co\n", ".env")
        assert this.reload.problems[0].startswith("SUPABASE_URL is set but SUPABASE_KEY is not.")
        assert this.credentials.key == "sb_publishable_1"
        assert set(this.running) == {"floor", "door"}
