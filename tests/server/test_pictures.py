"""snapshot.jpg and preview.mjpeg over real HTTP."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from tests.rtsp_camera import RtspCamera
from tests.test_network_camera import streamed
from tests.test_preview import filming
from uploader import ffmpeg_binary
from uploader.preview import VIEWERS, Preview
from uploader.server.app import create_app
from uploader.server.serving import listen, serving
from uploader.tail import Tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SNAPSHOT, PREVIEW = "/api/cameras/cam_floor/snapshot.jpg", "/api/cameras/cam_floor/preview.mjpeg"
PART = re.compile(rb"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n\r\n")


@asynccontextmanager
async def worker(preview: Preview) -> AsyncIterator[httpx.AsyncClient]:
    listener = listen(0)
    app = create_app(tuple, (), "http://127.0.0.1", previews=lambda camera: preview if camera == "cam_floor" else None)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with serving(app, listener), httpx.AsyncClient(base_url=address, timeout=15) as client:
        yield client


async def seen(client: httpx.AsyncClient, count: int) -> list[bytes]:
    """The first so many pictures, as a browser takes them apart."""
    received = b""
    async with client.stream("GET", PREVIEW) as response:
        assert response.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
        assert response.headers["cache-control"] == "no-store"
        async for data in response.aiter_bytes():
            received += data
            if len(PART.findall(received)) > count:
                break
    parts = list(PART.finditer(received))[:count]
    pictures = [received[part.end() : part.end() + int(part[1])] for part in parts]
    assert all(picture[:2] == b"\xff\xd8" and picture[-2:] == b"\xff\xd9" for picture in pictures)
    return pictures


async def test_a_browser_gets_a_snapshot_and_a_moving_picture(tmp_path: Path) -> None:
    async with filming(tmp_path, ffmpeg_binary.find()) as (preview, _), worker(preview) as client:
        snapshot = await client.get(SNAPSHOT)
        assert (snapshot.status_code, snapshot.headers["content-type"]) == (200, "image/jpeg")
        assert snapshot.headers["cache-control"] == "no-store"
        assert len(set(await seen(client, 5))) >= 4  # the first may be the snapshot again


async def test_without_a_camera_or_a_picture_it_is_said_in_words() -> None:
    async with worker(Preview(ffmpeg_binary.find(), Tail())) as client:
        for path in (SNAPSHOT, PREVIEW):
            nothing = await client.get(path)
            assert nothing.status_code == 503
            assert nothing.json() == {"error": "There is no picture from this camera at the moment."}
            other = await client.get(path.replace("cam_floor", "cam_door"))
            assert other.status_code == 404


async def test_one_viewer_too_many_is_told(tmp_path: Path) -> None:
    async with filming(tmp_path, ffmpeg_binary.find()) as (preview, _), worker(preview) as client:
        viewers = [preview.pictures() for _ in range(VIEWERS)]
        for viewer in viewers:
            await anext(viewer)
        refused = await client.get(PREVIEW)
        assert (refused.status_code, refused.json()) == (503, {"error": "Too many look already."})
        for viewer in viewers:
            await viewer.aclose()


async def test_a_network_camera_is_looked_at_over_the_one_session_it_is_streamed_over(tmp_path: Path) -> None:
    async with RtspCamera() as camera, streamed(camera.url, tmp_path) as stream:
        await stream.until(lambda: stream.pipeline.preview.has_picture)
        async with worker(stream.pipeline.preview) as client:
            assert (await client.get(SNAPSHOT)).status_code == 200
            assert len(await seen(client, 5)) == 5
        assert camera.opened == 1
