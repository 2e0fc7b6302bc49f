"""snapshot.jpg and preview.mjpeg over real HTTP."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.pictures.test_preview import age, filming
from tests.rtsp_camera import RtspCamera
from tests.test_network_camera import streamed
from uploader.ffmpeg import binary
from uploader.pictures.preview import VIEWERS, Preview
from uploader.pictures.tail import Tail
from uploader.server.app import create_app
from uploader.server.serving import listen, serving

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
    async with filming(tmp_path, binary.find()) as (preview, _), worker(preview) as client:
        snapshot = await client.get(SNAPSHOT)
        assert (snapshot.status_code, snapshot.headers["content-type"]) == (200, "image/jpeg")
        assert snapshot.headers["cache-control"] == "no-store"
        said = datetime.now(UTC) - parsedate_to_datetime(snapshot.headers["last-modified"])
        # To the second, as HTTP has it; a busy machine may need another one between the two clocks.
        assert said.total_seconds() == pytest.approx(await age(snapshot.content), abs=2)
        assert len(set(await seen(client, 5))) >= 4  # the first may be the snapshot again


async def test_what_a_slow_page_has_not_read_is_not_kept_for_it(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (preview, _), worker(preview) as client:
        with socket.socket() as page:
            page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
            page.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(page, (client.base_url.host, client.base_url.port))
            await loop.sock_sendall(page, f"GET {PREVIEW} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            await asyncio.sleep(5)  # in which 15 pictures a second are made
            came = await asyncio.to_thread(drained, page)
        snapshot = await preview.snapshot()
        assert snapshot is not None
        assert 1 < len(came) / len(snapshot) < 20, "of 75 pictures"


def drained(page: socket.socket) -> bytes:
    """What lies ready, read faster than new pictures are made."""
    came = b""
    with suppress(BlockingIOError):
        while len(came) < 10_000_000:
            came += page.recv(1024 * 1024)
            time.sleep(0.005)  # the sender's system hands on what it kept
    return came


async def test_without_a_camera_or_a_picture_it_is_said_in_words() -> None:
    async with worker(Preview(binary.find(), Tail())) as client:
        for path in (SNAPSHOT, PREVIEW):
            nothing = await client.get(path)
            assert nothing.status_code == 503
            assert nothing.json() == {"error": "There is no picture from this camera at the moment."}
            other = await client.get(path.replace("cam_floor", "cam_door"))
            assert other.status_code == 404


async def test_one_viewer_too_many_is_told(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (preview, _), worker(preview) as client:
        viewers = [preview.pictures() for _ in range(VIEWERS)]
        for viewer in viewers:
            await anext(viewer)
        refused = await client.get(PREVIEW)
        assert (refused.status_code, refused.json()) == (503, {"error": "Too many look already."})
        for viewer in viewers:
            await viewer.aclose()


async def test_pages_that_have_left_take_nobodys_place(tmp_path: Path) -> None:
    async with filming(tmp_path, binary.find()) as (preview, _), worker(preview) as client:
        for _ in range(VIEWERS + 4):
            assert len(await seen(client, 1)) == 1


async def test_a_network_camera_is_looked_at_over_the_one_session_it_is_streamed_over(tmp_path: Path) -> None:
    async with RtspCamera() as camera, streamed(camera.url, tmp_path) as stream:
        await stream.until(lambda: stream.pipeline.preview.has_picture)
        async with worker(stream.pipeline.preview) as client:
            assert (await client.get(SNAPSHOT)).status_code == 200
            assert len(await seen(client, 5)) == 5
        assert camera.opened == 1
