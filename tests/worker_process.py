"""The real worker as its users start it: `python live_stream.py`, in a directory of its own, on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "live_stream.py"
CAMERAS = '- id: "cam_floor"\n  name: "Floor Camera"\n  rtsp_url: "testsrc://"\n'


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(directory: Path, **variables: str) -> dict[str, str]:
    """What the worker sees: nothing of ours but what is given here."""
    ours = ("SUPABASE_", "STOREFEED_", "LOCATION_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "STOREFEED_DATA": str(directory / "data"), "PYTHONWARNINGS": "default", **variables}


def command(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in `directory`."""
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        cwd=directory,
        env=environment(directory, **variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class Worker:
    """A running worker: its page, its store, its output so far."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process = process
        self.address = f"http://127.0.0.1:{port}"
        self.folder = f"{self.address}/storage/v1/object/public/streams/location_1"
        self._output = output

    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def get(self, url: str) -> httpx.Response | None:
        try:
            return httpx.get(url, timeout=2)
        except httpx.TransportError:
            return None

    def playlist(self, camera: str = "cam_floor") -> str:
        response = self.get(f"{self.folder}/{camera}/stream.m3u8")
        return response.text if response is not None and response.status_code == 200 else ""

    def status(self, camera: str = "cam_floor") -> dict[str, Any]:
        response = self.get(f"{self.address}/api/cameras/{camera}")
        return response.json() if response is not None and response.status_code == 200 else {}

    def until(self, come: Callable[[], bool], limit: float = 60.0) -> float:
        """Wait for something to come true; how long it took, in seconds."""
        began = time.monotonic()
        while not come():
            assert time.monotonic() - began < limit, f"it did not come within {limit} s:\n{self.output()}"
            assert self.process.poll() is None, f"the worker has ended:\n{self.output()}"
            time.sleep(0.05)
        return time.monotonic() - began

    def until_segments(self, count: int, camera: str = "cam_floor") -> float:
        return self.until(lambda: self.playlist(camera).count("#EXTINF") >= count)

    def encoders(self) -> list[int]:
        """The FFmpegs it runs."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text(encoding="ascii").split()]


@contextmanager
def running(directory: Path, *arguments: str, **variables: str) -> Iterator[Worker]:
    """The worker with these arguments, in `directory`; ended at the end of the block, however it got there."""
    port = free_port()
    output = directory / f"output-{time.monotonic_ns()}"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), *arguments],
            cwd=directory,
            env=environment(directory, STOREFEED_PORT=str(port), **variables),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Worker(process, port, output)
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()
