"""Looks whether a camera is there, and asks a worker that runs on this box what it knows of its cameras."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from uploader.check.camera_verdict import Known
from uploader.ffmpeg.causes import Cause, cause
from uploader.source.camera_port import port_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uploader.configuration.camera import Camera
    from uploader.reporting.running_worker import RunningWorker

# Seconds: for a name to be found, for a port to answer, for a worker on this box to answer. Where none runs, that is
# known at once; one that is busy must not be taken for none.
NAME_LIMIT, PORT_LIMIT, WORKER_LIMIT = 5.0, 5.0, 10.0
# A name may stand for an address of either kind, and FFmpeg tries them all.
ADDRESSES = 4
NO_DEVICE = Cause("There is no such video device.", "Check the cable, and rtsp_url.")
LOCKED_DEVICE = Cause("This user may not open the video device.", "Add it to its group: 'sudo usermod -aG video USER'.")


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a camera answered, and after how many seconds."""

    where: str
    seconds: float


async def reach(camera: Camera) -> Reached | Cause | None:
    """Whether there is anything at the camera's address; None for the test picture, which has none."""
    if camera.source == "device":
        return _device(camera.rtsp_url)
    there = port_of(camera.rtsp_url)
    if there is None:
        return None
    host, port = there
    trouble = cause(["Failed to resolve hostname"], None)
    try:
        # Not asyncio.wait_for, here and below: before Python 3.12 it loses a cancellation that comes with the answer
        # (gh-86296), and the look would go on after its time.
        async with asyncio.timeout(NAME_LIMIT):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return trouble
    for address in dict.fromkeys(str(entry[4][0]) for entry in found[:ADDRESSES]):
        answered = await _call(address, port)
        if not isinstance(answered, Cause):
            return Reached(f"{host}:{port}", answered)
        trouble = answered
    return trouble


async def _call(address: str, port: int) -> float | Cause:
    """After how many seconds the port took a call, which is hung up at once; or why it did not."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(PORT_LIMIT):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return cause(["Connection timed out"], None)
    except OSError as error:
        return cause([os.strerror(error.errno or errno.ETIMEDOUT)], None)
    writer.transport.abort()
    return loop.time() - began


def _device(path: str) -> Reached | Cause:
    if not os.path.exists(path):  # noqa: PTH110  (a name, as it stands)
        return NO_DEVICE
    return Reached(path, 0.0) if os.access(path, os.R_OK | os.W_OK) else LOCKED_DEVICE


async def known_to_worker(worker: RunningWorker) -> Mapping[str, Known]:
    """What a worker that runs on this box knows of its cameras, by id; nothing when none runs."""
    try:
        async with worker.client(WORKER_LIMIT) as client:
            answer = (await client.get("/api/cameras")).json()
    except (httpx.HTTPError, ValueError):
        return {}
    shown = answer.get("cameras") if isinstance(answer, dict) else None
    entries = shown if isinstance(shown, list) else []
    return {
        entry["id"]: _known(entry)
        for entry in entries
        if isinstance(entry, dict) and "id" in entry and "state" in entry
    }


def _known(entry: Mapping[str, object]) -> Known:
    video = entry.get("video")
    made = video if isinstance(video, dict) else {}

    def word(values: Mapping[str, object], key: str) -> str:
        return str(values.get(key) or "")

    return Known(
        word(entry, "state"),
        word(entry, "reason"),
        word(entry, "advice"),
        *(word(made, key) for key in ("mode", "reason", "advice", "camera")),
    )
