"""The least a box needs, end to end: the real worker signs in as a user of its own, and never sees a key to all."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.storage.live_store import served
from tests.worker_process import CAMERAS, running
from uploader.pictures import frame_names, still
from uploader.server.objects import ObjectFiles
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

KEY, EMAIL, PASSWORD = "sb_publishable_0123456789", "box-1@boxes.example", "correct-horse-battery"
REFUSAL = {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}
PATH = "location_1/cam_floor/stream.m3u8"


@dataclass(slots=True)
class Project:
    """A Supabase project with Auth for one user, Storage that opens to that user's token, and one camera's row."""

    url: str
    token: str
    patches: list[dict[str, object]] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    async def sign_in(self, request: Request) -> JSONResponse:
        body = await request.json()
        if request.headers["apikey"] != KEY or body != {"email": EMAIL, "password": PASSWORD}:
            return JSONResponse(REFUSAL, 400)
        user = {"app_metadata": {"location": "location_1"}}
        return JSONResponse({"access_token": self.token, "refresh_token": "r1", "expires_in": 3600, "user": user})

    async def patch(self, request: Request) -> JSONResponse:
        if request.headers["authorization"] != f"Bearer {self.token}":
            return JSONResponse({"code": "PGRST301", "message": "JWT invalid"}, 401)
        self.patches.append(await request.json())
        return JSONResponse([{"stream_path": request.query_params["stream_path"].removeprefix("eq.")}])

    async def change_frames(self, request: Request) -> JSONResponse:
        if request.headers["authorization"] != f"Bearer {self.token}":
            return JSONResponse({"code": "PGRST301", "message": "JWT invalid"}, 401)
        if request.method == "DELETE":
            self.forgotten.append(request.query_params["taken_at"])
            return JSONResponse([])
        rows = await request.json()
        self.frames += rows
        return JSONResponse([{"path": row["path"]} for row in rows], 201)

    @property
    def box(self) -> dict[str, str]:
        """What the box is told."""
        return {"SUPABASE_URL": self.url, "SUPABASE_KEY": KEY, "SUPABASE_EMAIL": EMAIL, "SUPABASE_PASSWORD": PASSWORD}

    def put(self, path: str, body: bytes) -> None:
        headers = {"apikey": self.token, "authorization": f"Bearer {self.token}"}
        httpx.post(f"{self.url}/storage/v1/bucket", json={"name": "streams", "public": True}, headers=headers)
        httpx.post(f"{self.url}/storage/v1/object/streams/{path}", content=body, headers=headers).raise_for_status()

    def see(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}/storage/v1/object/public/streams/{path}")

    def read(self, route: str, **headers: str) -> httpx.Response:
        return httpx.get(f"{self.url}/storage/v1/object/{route}/streams/{PATH}", headers=headers)


@contextmanager
def a_project(directory: Path) -> Iterator[Project]:
    project = Project("", store_key(directory))
    routes = [
        *storage_routes(ObjectFiles(directory / "objects"), project.token),
        Route("/auth/v1/token", project.sign_in, methods=["POST"]),
        Route("/rest/v1/cameras", project.patch, methods=["PATCH"]),
        Route("/rest/v1/camera_frames", project.change_frames, methods=["POST", "DELETE"]),
    ]
    with served(Starlette(routes=routes)) as project.url:
        yield project


def test_a_box_streams_and_keeps_its_row_with_nothing_but_its_own_password(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    with a_project(tmp_path / "project") as project:
        with running(tmp_path, "--camera", "cam_floor", **project.box) as worker:
            worker.until(lambda: "#EXTINF" in project.read("public").text)
            worker.until(lambda: bool(project.patches) and project.patches[-1]["status"] == "active")
        told = worker.output()
        assert project.patches[-2:] == [
            {
                "stream_url": f"{project.url}/storage/v1/object/public/streams/{PATH}",
                "status": "active",
                "is_active": True,
                "last_seen_at": "now",
            },
            {
                "stream_url": f"{project.url}/storage/v1/object/public/streams/{PATH}",
                "status": "inactive",
                "is_active": False,
            },
        ]
    assert f"Signed in to Supabase as {EMAIL}." in told
    assert not any(secret in told for secret in (PASSWORD, KEY, project.token))


def test_in_a_private_bucket_only_a_viewers_token_opens_the_stream(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    with a_project(tmp_path / "project") as project:
        box = {**project.box, "SUPABASE_BUCKET_PRIVATE": "true"}
        with running(tmp_path, "--camera", "cam_floor", **box) as worker:
            worker.until(
                lambda: "#EXTINF" in project.read("authenticated", authorization=f"Bearer {project.token}").text
            )
            assert worker.status()["stream_url"] == f"{project.url}/storage/v1/object/authenticated/streams/{PATH}"
        assert project.read("public").status_code == 400
        assert project.read("authenticated").status_code == 400


def test_a_wrong_password_is_told_where_a_technician_looks(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    with a_project(tmp_path / "project") as project:
        box = {**project.box, "SUPABASE_PASSWORD": "wrong-horse"}
        with running(tmp_path, "--camera", "cam_floor", **box) as worker:
            worker.until(lambda: worker.status().get("state") == "not_uploading")
            assert worker.status()["reason"] == "Supabase does not know this e-mail address with this password."
        assert "Check SUPABASE_EMAIL and SUPABASE_PASSWORD" in worker.output()
        assert "wrong-horse" not in worker.output()


def test_frames_are_stored_for_good_have_a_row_and_go_when_their_days_are_over(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(
        CAMERAS + "  settings: {frames_every: 10, frames_keep_days: 3}\n", encoding="utf-8"
    )
    with a_project(tmp_path / "project") as project:
        now = datetime.now(UTC)
        old, young = (f"location_1/cam_floor/{frame_names.path(now - timedelta(days=age), '.webp')}" for age in (4, 2))
        others = f"location_1/cam_of_another_box/{frame_names.path(now - timedelta(days=40), '.webp')}"
        for path in (old, young, others):
            project.put(path, b"an earlier worker's")
        with running(tmp_path, "--camera", "cam_floor", **project.box) as worker:
            worker.until(lambda: len(project.frames) >= 2, limit=60)
            worker.until(lambda: project.see(old).status_code == 400)
            assert worker.status()["figures"]["frame_age"] < 60
        assert project.see(young).content == project.see(others).content == b"an earlier worker's"
        assert "error" not in worker.output()
        assert len(project.forgotten) == 1
        first, second = project.frames[:2]
        # Every ten seconds the newest keyframe, and those are two apart.
        assert timedelta(seconds=7.5) < _taken_at(second) - _taken_at(first) < timedelta(seconds=60)
        seen = httpx.get(first["url"])
        assert (seen.headers["content-type"], seen.headers["cache-control"]) == (
            "image/webp",
            "max-age=31536000, immutable",
        )
        assert still.size(seen.content, still.WEBP) == (first["width"], first["height"])
        assert first["bytes"] == len(seen.content)
        assert frame_names.path(_taken_at(first), ".webp") == first["path"].removeprefix("location_1/cam_floor/")


def _taken_at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["taken_at"])
