"""What a technician goes through: a wrong address, path and password, then a picture. Saving is all it takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.rtsp_camera import Login, RtspCamera
from tests.worker_process import running

if TYPE_CHECKING:
    from pathlib import Path


def entry(url: str) -> str:
    small = "settings: {target_width: 320, segment_duration: 1}"
    login = "  username: admin\n  password: ${FLOOR}\n"
    return f"- id: cam_floor\n  rtsp_url: {url}\n{login}  {small}\n"


def journey(directory: Path, good: str) -> None:
    def save(cameras: str, password: str) -> None:
        (directory / "cameras.yaml").write_text(cameras, encoding="utf-8")
        (directory / ".env").write_text(f"FLOOR='{password}'\n", encoding="utf-8")

    save(entry("rtsp://127.0.0.1:9/live"), "wrong")
    with running(directory, "--camera", "cam_floor") as worker:

        def told(words: str) -> None:
            worker.until(lambda: words in str(worker.status().get("reason")), limit=30)

        told("A device answers at that address, but not on that port.")
        save(entry(good.replace("rtsp", "rstp")), "wrong")
        worker.until(lambda: "did you mean 'rtsp://'?" in worker.output())
        save(entry(good.replace("/live", "/nowhere")), "p@ss/w#rd")
        told("The camera answers, but the path in rtsp_url does not exist (404).")
        save(entry(good), "wrong")
        told("The camera refused the login (401).")
        save(entry(good), "p@ss/w#rd")
        worker.until_segments(1)
        # A refused login is tried again after minutes; a new one at once.
        assert worker.status()["state"] == "live"
        assert "p@ss" not in worker.output()


async def test_from_a_wrong_address_to_a_picture(tmp_path: Path) -> None:
    async with RtspCamera(login=Login("admin", "p@ss/w#rd")) as camera:
        await asyncio.to_thread(journey, tmp_path, camera.address())
