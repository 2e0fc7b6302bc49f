"""Rows of the fault matrix with the real FFmpeg, a real disk, the real worker, or real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.processes import processes_in
from tests.storage.scripted_store import Exchange, accept, hang, refuse, scripted_store
from tests.supervision.observed import supervised
from tests.worker_process import CAMERAS, ROOT, running
from uploader.configuration.cameras import Camera
from uploader.configuration.settings import LiveStreamSettings
from uploader.ffmpeg import binary
from uploader.publishing.publisher import Publisher
from uploader.reporting.reporter import Reporter
from uploader.reporting.status import State
from uploader.segments.segment import FinishedSegment
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from pathlib import Path


async def test_row_4_an_encoder_that_is_stopped_is_replaced(tmp_path: Path) -> None:
    """The real FFmpeg, and SIGSTOP."""
    async with supervised(binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 1)
        (pid,) = processes_in(tmp_path)
        os.kill(pid, signal.SIGSTOP)
        stopped, count = time.monotonic(), len(observed.segments)
        await observed.until(lambda: State.STALLED in observed.states)
        assert time.monotonic() - stopped < 14  # on a quiet machine: 7 s at most
        await observed.until(lambda: len(observed.segments) > count)
        assert time.monotonic() - stopped < 20  # on a quiet machine: 10 s at most
        assert observed.segments[count].discontinuity
        assert pid not in processes_in(tmp_path)


# Its own mounts for a process; some systems allow them to the administrator only.
ALONE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.mark.skipif(subprocess.run((*ALONE, "true"), check=False).returncode != 0, reason="no mounts of its own here")
def test_row_37_the_disk_is_full(tmp_path: Path) -> None:
    """The real FFmpeg on a file system of 400 KiB. Nothing that is cut is handed on, and it is told."""
    small = 'mount -t tmpfs -o size=400k none "$1" && exec "$2" -m tests.faults.full_disk "$1"'
    told = subprocess.run(
        (*ALONE, "sh", "-c", small, "sh", str(tmp_path), sys.executable),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    came = json.loads(told.stdout)
    assert came["handed_on"] == 0
    assert any("is its disk or memory full?" in advice for _, advice in came["conditions"])
    assert came["recovered"] < 15  # on a quiet machine: 4 s
    assert came["marked"]


@pytest.mark.parametrize("moved", [False, True], ids=["removed", "moved"])
async def test_row_38_the_directory_of_the_segments_is_taken_away(moved: bool, tmp_path: Path) -> None:
    """The real FFmpeg."""
    async with supervised(binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 1)
        (directory,) = tmp_path.glob("cam_floor-*")
        shutil.move(directory, tmp_path / "elsewhere") if moved else shutil.rmtree(directory)
        gone, count = time.monotonic(), len(observed.segments)
        await observed.until(lambda: len(observed.segments) >= count + 2)
        assert time.monotonic() - gone < 15  # on a quiet machine: below 6 s
        assert any(segment.discontinuity for segment in observed.segments[count:])


async def test_row_7_and_row_49_a_store_that_refuses_and_repeats_the_key_over_real_sockets(tmp_path: Path) -> None:
    """The real worker: no secret is said, and SIGTERM ends it in time although nothing could be stored."""
    key, password = "sb_secret_3141592653589793", "hunter2-hunter2"
    echoed = f"new row violates row-level security policy for Bearer {key} of rtsp://admin:{password}@10.0.0.5/"
    (tmp_path / "cameras.yaml").write_text(
        CAMERAS.replace("testsrc://", f"rtsp://admin:{password}@127.0.0.1:9/live"), encoding="utf-8"
    )

    async def refusal(exchange: Exchange) -> None:
        if exchange.method == "POST" and "/object/list/" not in exchange.path:
            await refuse(403, "AccessDenied", echoed)(exchange)
        else:
            await accept(exchange)

    async with scripted_store(then=refusal) as store:
        project = {"SUPABASE_URL": store.url, "SUPABASE_KEY": key}
        with running(tmp_path, "--camera", "cam_floor", "--verbose", **project) as worker:
            await store.arrival(3)
            await asyncio.to_thread(worker.until, lambda: "policies" in worker.output())
            told = str(await asyncio.to_thread(worker.status)) + worker.output()
            began = time.monotonic()
            worker.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.process.wait, 10) == 0
            assert time.monotonic() - began < 5
            told += worker.output()
    assert "Traceback" not in told
    assert key not in told
    assert password not in told


async def test_row_51_seven_cameras_do_not_notice_that_an_eighth_hangs() -> None:
    """Over real sockets, through one client. The store takes what the eighth sends and never answers."""
    settings = LiveStreamSettings(segment_duration=1)
    clock = asyncio.get_running_loop().time

    async def reply(exchange: Exchange) -> None:
        await (hang if "/cam_8/" in exchange.path else accept)(exchange)

    async with (
        scripted_store(then=reply) as server,
        supabase_store(url=server.url, bucket="streams", identity=GivenToken("eyJ.a.b")) as store,
    ):
        cameras = [Camera(id=f"cam_{number}", rtsp_url="testsrc://", settings=settings) for number in range(1, 9)]
        reporters = [
            Reporter(camera, f"location_1/{camera.id}", store, lambda: datetime.now(UTC)) for camera in cameras
        ]
        publishers = [Publisher(store, f"location_1/{r.status.camera}", settings, r) for r in reporters]
        publishing = [asyncio.create_task(publisher.run()) for publisher in publishers]
        lags = []
        for _ in range(6):
            await asyncio.sleep(1)
            for publisher in publishers:
                publisher.offer(FinishedSegment(b"G" * 18_800, 1.0, datetime.now(UTC), clock(), discontinuity=False))
            await asyncio.sleep(0)
            lags += [reporter.status.publish_lag for reporter in reporters[:7]]
        for task in publishing:
            task.cancel()
        await asyncio.gather(*publishing, return_exceptions=True)
    assert min(reporter.status.media_sequence or 0 for reporter in reporters[:7]) >= 3
    assert reporters[7].status.media_sequence is None
    assert max(lag for lag in lags if lag is not None) < 3  # on a quiet machine: 0.1 s; a wait for the other one: 5 s
