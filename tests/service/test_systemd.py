"""What systemd hears, on a socket like its own."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.worker_process import CAMERAS, running
from uploader.reporting.status import State
from uploader.service.systemd import PERIOD, period, summary, told

if TYPE_CHECKING:
    from pathlib import Path

    from tests.worker_process import Worker


def listening(address: str) -> socket.socket:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(address)
    ear.settimeout(10)
    return ear


def heard(ear: socket.socket) -> str:
    return ear.recv(4096).decode()


@pytest.mark.parametrize("name", ["notify", "@"])
async def test_it_is_told_ready_then_signs_of_life_then_the_end(name: str, tmp_path: Path) -> None:
    # A leading @ stands for the NUL of Linux's abstract namespace.
    mark = f"@storefeed-test-{os.getpid()}" if name == "@" else str(tmp_path / name)
    with listening(mark.replace("@", "\0") if name == "@" else mark) as ear:
        async with told({"NOTIFY_SOCKET": mark, "WATCHDOG_USEC": "100000"}, lambda: "1 of 2 cameras live"):
            said = [await asyncio.to_thread(heard, ear) for _ in range(4)]
        ear.setblocking(False)
        while not (last := heard(ear)).startswith("STOPPING"):
            assert last == said[1]
    assert said[0] == "READY=1"
    assert said[1:] == ["WATCHDOG=1\nSTATUS=1 of 2 cameras live"] * 3
    assert last == "STOPPING=1"


async def test_without_a_systemd_nothing_happens(tmp_path: Path) -> None:
    for variables in ({}, {"NOTIFY_SOCKET": "vsock:2:1"}, {"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
        async with told(variables, lambda: ""):
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("variables", "seconds"),
    [
        ({"WATCHDOG_USEC": "6000000"}, 3.0),
        ({"WATCHDOG_USEC": "6000000", "WATCHDOG_PID": "1"}, PERIOD),
        ({"WATCHDOG_USEC": "600000000"}, PERIOD),
        ({"WATCHDOG_USEC": "0"}, PERIOD),
        ({"WATCHDOG_USEC": "often"}, PERIOD),
        ({}, PERIOD),
    ],
)
def test_signs_of_life_come_twice_as_often_as_they_must(variables: dict[str, str], seconds: float) -> None:
    assert period(variables) == seconds


def test_the_cameras_stand_in_one_line() -> None:
    assert summary([State.LIVE]) == "1 of 1 camera live"
    assert summary([State.LIVE, State.OFFLINE, State.NOT_UPLOADING, State.LIVE]) == (
        "2 of 4 cameras live; 1 offline; 1 not uploading"
    )


def test_the_worker_tells_it_all(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")

    def until(ear: socket.socket, worker: Worker, words: str) -> list[str]:
        said: list[str] = []
        deadline = time.monotonic() + 30
        while not (said and words in said[-1]):
            assert time.monotonic() < deadline, (said, worker.output())
            said.append(heard(ear))
        return said

    address = str(tmp_path / "notify")
    started = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"}
    with listening(address) as ear, running(tmp_path, "--all", **started) as worker:
        said = until(ear, worker, "STATUS=1 of 1 camera live")
        assert said[0] == "READY=1"
        worker.process.terminate()
        until(ear, worker, "STOPPING=1")
