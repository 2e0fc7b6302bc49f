"""A box whose worker and FFmpeg are killed at times, and whose growth is watched."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from scripts.bench.growth import Size
from scripts.bench.publish import children
from scripts.bench.worker import publishing_to
from tests.worker_process import PROGRAM, free_port

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = "cam_soak"


@dataclass(slots=True)
class Box:
    """The worker, killed and started again. `lost` are the segments that it says it gave up."""

    directory: Path
    url: str
    key: str
    sizes: list[Size] = field(default_factory=list)
    lost: int = 0
    _lost_before: int = 0
    _port: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The newest worker's."""
        if self._process is None:
            raise RuntimeError("no worker was started yet")
        return self._process

    @property
    def output(self) -> Path:
        return self.directory / "output"

    async def start(self) -> None:
        """A worker begins."""
        self._port = free_port()
        cameras = f'- {{id: "{CAMERA}", rtsp_url: "testsrc://"}}\n'
        (self.directory / "cameras.yaml").write_text(cameras, encoding="utf-8")
        with self.output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(str(PROGRAM), "--all", "--config", str(self.directory / "cameras.yaml")),
                stdout=output,
                stderr=output,
                env=publishing_to(self.url, self.key, self.directory, self._port),
            )

    async def end(self, number: signal.Signals) -> None:
        """End the worker by this signal."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        await self.process.wait()
        self._lost_before = self.lost

    def kill_encoder(self) -> None:
        """SIGKILL for its FFmpeg, if it runs at the moment."""
        for child in children(self.process.pid):
            with suppress(ProcessLookupError):  # ended just now
                os.kill(child, signal.SIGKILL)

    async def watch(self) -> None:
        """Take its measure every second, for ever."""
        async with httpx.AsyncClient(timeout=5) as http:
            while True:
                await asyncio.sleep(1)
                try:
                    answer = await http.get(f"http://127.0.0.1:{self._port}/api/cameras/{CAMERA}")
                    self.sizes.append(Size.of(self.process.pid))
                    self.lost = self._lost_before + answer.raise_for_status().json()["lost"]
                except (httpx.HTTPError, OSError, IndexError):
                    continue  # it is just being killed or started
