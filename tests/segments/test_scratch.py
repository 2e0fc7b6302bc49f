"""The directory between FFmpeg and the bucket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from uploader.errors import InputError
from uploader.segments.scratch import LOCK, MEMORY, scratch_directory

NO_MEMORY = Path("/nowhere")


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_directory(tmp_path, NO_MEMORY) as directory:
        assert directory.parent == tmp_path
        assert directory.stat().st_mode & 0o777 == 0o700
        (directory / "0.ts").write_bytes(b"x")
    assert list(tmp_path.iterdir()) == []


def test_it_lies_in_memory_where_there_is_a_tmpfs(tmp_path: Path) -> None:
    mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    with scratch_directory(tmp_path) as directory:
        in_memory = directory.parent == MEMORY
    assert in_memory == (f" {MEMORY} tmpfs " in mounts)


def test_every_run_has_its_own(tmp_path: Path) -> None:
    with scratch_directory(tmp_path, NO_MEMORY) as one, scratch_directory(tmp_path, NO_MEMORY) as other:
        assert one != other
        assert one.is_dir()


def test_what_a_killed_worker_left_is_swept_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from pathlib import Path; from uploader.segments.scratch import scratch_directory\n"
        "with scratch_directory(Path(sys.argv[1]), Path('/nowhere')) as directory:\n"
        "    (directory / '0.ts').write_bytes(b'x'); print(directory, flush=True); time.sleep(60)\n"
    )
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as worker:
        assert worker.stdout is not None
        theirs = Path(worker.stdout.readline().strip())
        with scratch_directory(tmp_path, NO_MEMORY):
            assert (theirs / "0.ts").exists()
        os.kill(worker.pid, signal.SIGKILL)
    with scratch_directory(tmp_path, NO_MEMORY) as ours:
        assert [path for path in tmp_path.iterdir() if path != ours] == []


def test_workers_that_start_at_the_same_time_leave_each_other_alone(tmp_path: Path) -> None:
    def start_again_and_again() -> int:
        alive = 0
        for _ in range(100):
            with scratch_directory(tmp_path, NO_MEMORY) as directory:
                alive += (directory / LOCK).exists()
        return alive

    with ThreadPoolExecutor(4) as workers:
        assert [worker.result() for worker in [workers.submit(start_again_and_again) for _ in range(4)]] == [100] * 4


def test_a_place_that_cannot_be_written_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="directory for segments"), scratch_directory(tmp_path / "missing", NO_MEMORY):
        pass
