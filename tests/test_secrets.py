"""No password leaves the worker: not in its output with --verbose, not in its API, not in what it stores.

The real command against a camera that refuses every login, with passwords as people choose them.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import httpx

from tests.rtsp_camera import Login, RtspCamera
from tests.worker_process import Worker, command, running

if TYPE_CHECKING:
    from pathlib import Path

PASSWORDS = ("p@ss/w0rd?#1", "sp ace%41&+=", "quo\"te'\\back", "ünïcöde:1", "${literal}$x", "[br]{ac}<e>;|`")
# Two of them stand in the address, in .env, and in keys of their own each.
IN_ADDRESS, IN_DOTENV, IN_KEYS = PASSWORDS[:2], PASSWORDS[2:4], PASSWORDS[4:]


def forms(password: str) -> set[str]:
    """How a password may turn up."""
    encoded = {quote(password, safe=""), quote(password), quote_plus(password)}
    basic = b64encode(f"admin:{password}".encode()).decode()
    escaped = {json.dumps(password)[1:-1], repr(password)[1:-1]}
    return {password, *encoded, *(form.lower() for form in encoded), *escaped, basic}


def write(directory: Path, address: str) -> None:
    host = address.removeprefix("rtsp://")
    cameras = [{"rtsp_url": f"rtsp://admin:{quote(password, safe='')}@{host}"} for password in IN_ADDRESS]
    cameras += [{"rtsp_url": address, "username": "admin", "password": f"${{P{n}}}"} for n in range(len(IN_DOTENV))]
    cameras += [{"rtsp_url": address, "username": "admin", "password": p.replace("${", "$${")} for p in IN_KEYS]
    entries = [{"id": f"cam{n}", **camera} for n, camera in enumerate(cameras)]
    (directory / "cameras.yaml").write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
    escaped = [password.replace("\\", "\\\\").replace('"', '\\"') for password in IN_DOTENV]
    lines = (f'P{n}="{password}"\n' for n, password in enumerate(escaped))
    (directory / ".env").write_text("".join(lines), encoding="utf-8")


def seen(directory: Path) -> str:
    """All that the worker says and stores until every camera has refused it."""
    ids = [f"cam{n}" for n in range(len(PASSWORDS))]
    with running(directory, "--all", "--verbose") as worker:
        worker.until(lambda: all(worker.status(camera).get("state") == "refused" for camera in ids), limit=60)
        api = [httpx.get(f"{worker.address}/api/cameras").text]
        api += [httpx.get(f"{worker.address}/api/cameras/{camera}").text for camera in ids]
        stored = [httpx.get(f"{worker.folder}/{camera}/status.json").text for camera in ids]
        _edit(directory, worker)
        output = worker.output()
    return "\n".join([output, *api, *stored])


def printed(directory: Path) -> str:
    """Every camera's command, and what is found out about each."""
    results = [command(directory, "print-command", "--camera", f"cam{n}", "--verbose") for n in range(len(PASSWORDS))]
    assert all("-f rtsp -i " in result.stdout for result in results)
    results.append(command(directory, "check", "--verbose"))
    assert results[-1].stdout.count("The camera refused the login (401).") == len(PASSWORDS)
    return "\n".join(result.stdout + result.stderr for result in results)


def _edit(directory: Path, worker: Worker) -> None:
    """What is told of a mistake shows nothing either."""
    file = directory / "cameras.yaml"
    file.write_text(file.read_text("utf-8").replace("rtsp://", "rstp://"), encoding="utf-8")
    worker.until(lambda: "did you mean 'rtsp://'?" in worker.output())


async def test_no_password_is_ever_shown(tmp_path: Path) -> None:
    async with RtspCamera(login=Login("admin", "another one", "Basic")) as camera:
        write(tmp_path, camera.address())
        everything = await asyncio.to_thread(printed, tmp_path) + await asyncio.to_thread(seen, tmp_path)
    shown = {password for password in PASSWORDS if any(form in everything for form in forms(password))}
    assert not shown
