"""An FFmpeg never outlives its worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from uploader.configuration.cameras import Camera
from uploader.ffmpeg.causes import GONE, cause
from uploader.ffmpeg.child import PASSED_ON, dies_with_us, started, with_python
from uploader.ffmpeg.command import FFmpeg, command
from uploader.segments.scratch import scratch_directory

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = str(Path(__file__).parents[2])
# A worker that starts a child behind these guards, and says the child's process id.
WORKER = """
import subprocess, sys, time
from uploader.ffmpeg import child as guards
child = subprocess.Popen([*getattr(guards, sys.argv[1])(), "sleep", "60"])
print(child.pid, flush=True)
time.sleep(60)
"""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children() -> list[str]:
    """The processes that we have started and nobody has waited for."""
    threads = Path("/proc/self/task").glob("*/children")
    return [pid for thread in threads for pid in thread.read_text(encoding="ascii").split()]


def until(come: Callable[[], bool]) -> bool:
    limit = time.monotonic() + 10
    while not come() and time.monotonic() < limit:
        time.sleep(0.02)
    return come()


@pytest.mark.parametrize("guard", ["dies_with_us", "with_python"])
def test_row_5_when_the_worker_is_killed_its_ffmpeg_goes_with_it(guard: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WORKER, guard], stdout=subprocess.PIPE, text=True, cwd=ROOT) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        name = Path(f"/proc/{pid}/cmdline")
        assert until(lambda: name.read_bytes() == b"sleep\x0060\x00")  # the guard has become the program
        os.kill(worker.pid, signal.SIGKILL)
        assert until(lambda: not runs(pid))


@pytest.mark.parametrize("guard", [dies_with_us, with_python])
def test_the_guard_changes_nothing_else(guard: Callable[[], tuple[str, ...]]) -> None:
    script = "import os, sys; print(sys.argv[1:], sorted(os.environ))"
    made = subprocess.run(
        [*guard(), sys.executable, "-c", script, "a b", "--", "-x"],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == "['a b', '--', '-x'] ['LC_ALL', 'PATH']\n"


def test_row_5_what_outlived_its_worker_all_the_same_is_ended_at_the_next_start(tmp_path: Path) -> None:
    abandoned = tmp_path / "storefeed-abandoned"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    camera = Camera(id="cam-1", rtsp_url="testsrc://")
    written = command(FFmpeg("ffmpeg", "5.1", 59), camera, f"{abandoned}/cam-1")[-1]
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    with (
        subprocess.Popen([*sleeping, written]) as orphan,
        subprocess.Popen([*sleeping, f"{abandoned}/notes.txt"]) as bystander,
    ):
        with scratch_directory(tmp_path, Path("/nowhere")):
            assert orphan.wait(5) == -signal.SIGKILL
            assert bystander.poll() is None
        bystander.terminate()


async def test_one_that_is_stopped_at_any_moment_of_its_start_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    others = children()

    async def follow() -> None:
        async with started(["tail", "-f", str(file)]):
            await asyncio.Event().wait()

    for turns in range(12):
        task = asyncio.create_task(follow())
        for _ in range(turns):
            await asyncio.sleep(0)
        # Twice, as when a worker is stopped that is stopping a camera: then asyncio itself waits for nothing any more.
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(task, return_exceptions=True)
        assert set(children()) <= set(others)


# A worker whose FFmpeg says the variables that it was given.
TELLING = """
import asyncio
from uploader.ffmpeg.child import started
async def tell():
    async with started(["env"]) as process:
        print((await process.stdout.read()).decode())
asyncio.run(tell())
"""


def test_hardware_encoders_find_their_drivers_and_nothing_else_is_told() -> None:
    variables = dict.fromkeys(("LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "SUPABASE_KEY"), "x")
    environment = {"PATH": os.environ["PATH"], **variables}
    worker = [sys.executable, "-c", TELLING]
    said = subprocess.run(worker, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    told = {line.partition("=")[0] for line in said.split()}
    assert {"PATH", "LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH"} <= told <= PASSED_ON


@pytest.mark.parametrize("guard", [dies_with_us, with_python])
def test_an_ffmpeg_that_is_not_there_any_more_is_told_in_plain_words(guard: Callable[[], tuple[str, ...]]) -> None:
    ended = subprocess.run([*guard(), "/nowhere/ffmpeg"], capture_output=True, text=True, check=False)
    assert cause(ended.stderr.splitlines(), ended.returncode) == GONE
    assert "Traceback" not in ended.stderr


async def test_what_nobody_reads_does_not_keep_its_pipe_open() -> None:
    async with started(["yes"]) as process:
        assert process.stdout is not None
        await process.stdout.readexactly(10)
    # It is for more than one reader's buffer, so nobody heard the end of it.
    assert process.stdout.at_eof()
