"""One FFmpeg per camera, kept running: stand-ins for its bad days, the real one for the good ones."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stand_in import stand_in
from uploader import ffmpeg_binary
from uploader.cameras import Camera
from uploader.causes import TIME_JUMPED
from uploader.history import History, Phase
from uploader.segments import FinishedSegment, GrowingSegment
from uploader.status import STARTING, Condition, State
from uploader.supervisor import Supervisor
from uploader.watcher import DirectoryEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from uploader.ffmpeg import FFmpeg
    from uploader.supervision import Supervision

CAMERA = Camera.model_validate({"id": "cam_floor", "rtsp_url": "testsrc://", "settings": {"segment_duration": 1}})


class Observed:
    """A supervisor at work, and what it has said and handed on."""

    def __init__(self, ffmpeg: FFmpeg, scratch: Path, events: DirectoryEvents) -> None:
        self.conditions: list[Condition] = []
        self.history = History()
        self.segments: list[FinishedSegment] = []
        self.heard = asyncio.Event()
        self.scratch = scratch
        self.supervisor = Supervisor(CAMERA, ffmpeg, scratch, events, self._take, self._hear)
        self.task = asyncio.create_task(self.supervisor.run())

    def _take(self, segment: FinishedSegment | GrowingSegment) -> None:
        assert isinstance(segment, FinishedSegment)
        self.segments.append(segment)
        self.heard.set()

    def _hear(self, supervision: Supervision) -> None:
        self.history = supervision.history
        if supervision.condition != (self.conditions or [STARTING])[-1]:
            self.conditions.append(supervision.condition)
        self.heard.set()

    async def until(self, come: Callable[[], bool], limit: float = 15.0) -> None:
        async with asyncio.timeout(limit):
            while not come():
                self.heard.clear()
                await self.heard.wait()

    @property
    def phases(self) -> list[Phase]:
        return [step.phase for step in self.history.steps]

    @property
    def states(self) -> list[State]:
        return [condition.state for condition in self.conditions]


@asynccontextmanager
async def supervised(ffmpeg: FFmpeg, scratch: Path) -> AsyncIterator[Observed]:
    with DirectoryEvents().running() as events:
        observed = Observed(ffmpeg, scratch, events)
        try:
            yield observed
        finally:
            observed.task.cancel()
            await asyncio.gather(observed.task, return_exceptions=True)


def processes_in(scratch: Path) -> list[int]:
    """The processes whose command line names this directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(scratch).encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


async def test_the_real_ffmpeg_gives_exact_segments_of_the_test_picture(tmp_path: Path) -> None:
    async with supervised(ffmpeg_binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 3)
        assert observed.phases == [Phase.START, Phase.FIRST_FRAME, Phase.LIVE]
        assert [segment.duration for segment in observed.segments[:3]] == pytest.approx([1.0] * 3, abs=0.07)
        assert [segment.discontinuity for segment in observed.segments[:3]] == [True, False, False]
    assert processes_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


async def test_a_killed_ffmpeg_is_started_again(tmp_path: Path) -> None:
    async with supervised(ffmpeg_binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 1)
        (pid,) = processes_in(tmp_path)
        os.kill(pid, signal.SIGKILL)
        await observed.until(lambda: observed.states == [State.LIVE, State.RECONNECTING, State.LIVE])
        assert observed.segments[-1].discontinuity
        assert observed.conditions[1].reason == "FFmpeg was ended by signal 9."


async def test_a_clean_exit_is_no_success_and_its_last_segment_is_not_lost(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "time.sleep(0.2); segment(1.0); segment(0.3); sys.exit(0)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: State.RECONNECTING in observed.states)
        assert [segment.duration for segment in observed.segments] == [1.0, 0.3]
        assert observed.conditions[-1].reason == "The camera closed the connection."
        assert observed.conditions[-1].advice is not None
        assert "Trying again in 1 s." in observed.conditions[-1].advice


async def test_media_time_that_stands_still_is_a_stall_although_the_process_lives(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "film(1); segment(1.0)\nwhile True: progress(1.0); time.sleep(0.2)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert observed.states == [State.LIVE, State.STALLED]


async def test_progress_without_segments_is_a_stall(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "segment(1.0); film(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert observed.conditions[-1].reason == "Pictures arrive, but no segment gets finished."


async def test_a_flood_of_media_time_is_cut_off_and_not_handed_on(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "for _ in range(100): segment(1.0)\ntime.sleep(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert observed.conditions[-1].reason == TIME_JUMPED.reason
        assert len(observed.segments) <= 3


async def test_an_ffmpeg_that_ignores_sigterm_is_killed_and_reaped(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsegment(1.0)\nfilm(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) == 1)
        ending = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - ending < 4
    assert processes_in(tmp_path) == []


async def test_a_flood_on_stderr_neither_stops_ffmpeg_nor_fills_the_memory(tmp_path: Path) -> None:
    flood = 'for _ in range(400): sys.stderr.write("x" * 9999 + "\\n")\nsys.stderr.write("y" * 500000)\n'
    ffmpeg = stand_in(tmp_path, f"{flood}segment(1.0)\nfilm(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) == 1)


async def test_a_refused_login_is_said_and_not_hammered(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, 'sys.stderr.write("[rtsp] method DESCRIBE failed: 401 Unauthorized\\n"); sys.exit(1)')
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.conditions) == 3)
        assert set(observed.states) == {State.REFUSED}
        assert observed.conditions[-1].advice is not None
        assert "Trying again in 5 minutes." in observed.conditions[-1].advice


async def test_a_scratch_directory_that_was_tidied_away_is_made_again(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    ffmpeg = stand_in(tmp_path, "segment(1.0); time.sleep(0.3); sys.exit(0)")
    async with supervised(ffmpeg, scratch) as observed:
        await observed.until(lambda: len(observed.segments) == 1)
        await observed.until(lambda: State.RECONNECTING in observed.states)
        shutil.rmtree(scratch)
        await observed.until(lambda: len(observed.segments) == 2)


async def test_ffmpeg_gets_no_secrets_of_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_KEY", "sb_secret_0123456789")
    report = tmp_path / "environment"
    ffmpeg = stand_in(tmp_path, f"open({str(report)!r}, 'w').write(' '.join(os.environ)); segment(1.0); film(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) == 1)
    assert "PATH" in report.read_text(encoding="utf-8").split()
    assert "SUPABASE" not in report.read_text(encoding="utf-8")
