"""One FFmpeg per camera, kept running: stand-ins for its bad days, the real one for the good ones."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import processes_in
from tests.rtsp_camera import RtspCamera
from tests.stand_in import stand_in
from tests.supervision.observed import CAMERA, supervised
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.ffmpeg.causes import GONE
from uploader.reporting.status import State
from uploader.source.video_mode import VideoMode
from uploader.supervision.course import Supervision
from uploader.supervision.history import Phase
from uploader.supervision.liveness import TIME_JUMPED
from uploader.supervision.supervisor import WAYS

if TYPE_CHECKING:
    from collections.abc import Sequence


async def test_the_real_ffmpeg_gives_exact_segments_of_the_test_picture(tmp_path: Path) -> None:
    async with supervised(binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 3)
        assert observed.phases == [Phase.START, Phase.FIRST_FRAME, Phase.LIVE]
        assert [segment.duration for segment in observed.segments[:3]] == pytest.approx([1.0] * 3, abs=0.07)
        assert [segment.discontinuity for segment in observed.segments[:3]] == [True, False, False]
    assert processes_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


async def test_row_1_a_killed_ffmpeg_is_live_again_within_seconds(tmp_path: Path) -> None:
    async with supervised(binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 1)
        (pid,) = processes_in(tmp_path)
        os.kill(pid, signal.SIGKILL)
        killed = asyncio.get_running_loop().time()
        await observed.until(lambda: observed.states == [State.LIVE, State.RECONNECTING, State.LIVE])
        assert asyncio.get_running_loop().time() - killed < 12  # on a quiet machine: below 3 s
        assert observed.segments[-1].discontinuity
        assert observed.conditions[1].reason == "FFmpeg was ended by signal 9."


async def test_row_2_an_ffmpeg_that_crashes_at_once_is_told_and_tried_again(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: observed.phases.count(Phase.START) == 2)
        assert observed.conditions[0].reason == "FFmpeg was ended by signal 11."


async def test_row_4_a_stopped_ffmpeg_is_noticed_killed_and_replaced(tmp_path: Path) -> None:
    async with supervised(binary.find(), tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) >= 1)
        (pid,) = processes_in(tmp_path)
        os.kill(pid, signal.SIGSTOP)
        await observed.until(lambda: observed.states == [State.LIVE, State.STALLED, State.LIVE])
        assert not Path(f"/proc/{pid}").exists()


async def test_a_clean_exit_is_no_success_and_its_last_segment_is_not_lost(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "time.sleep(1); segment(1.0); segment(0.3); sys.exit(0)")
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


async def test_a_flood_of_media_time_is_cut_off_and_nothing_of_it_handed_on(tmp_path: Path) -> None:
    good = "for _ in range(4): time.sleep(0.5); segment(0.5)"
    flood = "for _ in range(100): segment(1.0, b'flood'); time.sleep(0.03)"
    async with supervised(stand_in(tmp_path, f"{good}\n{flood}\ntime.sleep(60)"), tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert observed.conditions[-1].reason == TIME_JUMPED.reason
        assert 3 <= len(observed.segments) <= 4, "a busy machine sees the last good one together with the flood"
        assert not any(b"flood" in segment.body for segment in observed.segments)


async def test_row_3_an_ffmpeg_that_ignores_sigterm_is_killed_and_reaped(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsegment(1.0)\nfilm(60)")
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) == 1)
        ending = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - ending < 8  # on a quiet machine: below 3 s
    assert processes_in(tmp_path) == []


async def test_a_supervisor_stopped_while_it_ends_a_stalled_ffmpeg_leaves_none_behind(tmp_path: Path) -> None:
    frozen = "for _ in range(300): progress(1.0); time.sleep(0.1)"
    story = f"signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsegment(1.0)\nfilm(1)\n{frozen}"
    async with supervised(stand_in(tmp_path, story), tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert processes_in(tmp_path) != []
    assert processes_in(tmp_path) == []


async def test_row_50_a_flood_on_stderr_neither_stops_ffmpeg_nor_costs_much(tmp_path: Path) -> None:
    """10 MB/s for two seconds, in short lines: the most work for whoever reads them."""
    write = r"os.write(2, (b'x' * 63 + b'\n') * 8192); film(0.05, 0.05)"
    ffmpeg = stand_in(
        tmp_path, f"for _ in range(40): {write}\nsegment(1.0)\nsys.stderr.write('the end\\n'); sys.exit(1)"
    )
    async with supervised(ffmpeg, tmp_path) as observed:
        began = time.process_time()
        await observed.until(lambda: State.RECONNECTING in observed.states)
        assert time.process_time() - began < 1.0  # on a quiet machine: 0.05 s
        assert len(observed.segments) == 1
        assert observed.supervisor.ffmpeg_lines[-1] == "the end"


async def test_a_report_without_end_does_not_stop_ffmpeg(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, 'sys.stdout.write("y" * 5_000_000 + "\\n"); segment(1.0)\nfilm(60)')
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: len(observed.segments) == 1)


async def test_half_segments_are_not_handed_on_and_are_a_stall(tmp_path: Path) -> None:
    story = "segment(1.0)\nwhile True: film(1); segment(1.0, whole=False)"
    async with supervised(stand_in(tmp_path, story), tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert len(observed.segments) == 1
        assert observed.conditions[-1].reason == "Pictures arrive, but no segment gets finished."


async def test_doubts_about_every_stamp_are_a_clock_that_was_set(tmp_path: Path) -> None:
    """What the real FFmpeg says, twice a picture and without end, after the box's clock was set by an hour."""
    doubt = "'[warning] DTS 325781896, next:19798859 st:0 invalid dropping\\n'"
    story = f"segment(1.0)\nwhile True: sys.stderr.write({doubt}); sys.stderr.flush(); film(0.1, 0.05)"
    async with supervised(stand_in(tmp_path, story), tmp_path) as observed:
        await observed.until(lambda: State.STALLED in observed.states)
        assert observed.conditions[-1].reason == TIME_JUMPED.reason


async def test_what_ffmpeg_said_is_logged_once_for_each_failure_without_secrets(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    camera = Camera.model_validate({"id": "cam_floor", "rtsp_url": "rtsp://admin:Blue-Door-7@10.0.0.5/live"})
    said = "".join(f"sys.stderr.write('rtsp://admin:Blue-Door-7@10.0.0.5/live: riddle {n}\\n');" for n in (1, 2))
    ffmpeg = stand_in(tmp_path, f"{said} sys.exit(7)")
    with caplog.at_level(logging.INFO):
        async with supervised(ffmpeg, tmp_path, camera) as observed:
            await observed.until(lambda: observed.phases.count(Phase.BACKING_OFF) == 2)
            assert observed.supervisor.ffmpeg_lines == ["rtsp://***@10.0.0.5/live: riddle 2 (2 times)"] * 2
    assert caplog.messages == ["cam_floor: what FFmpeg said:\n    rtsp://***@10.0.0.5/live: riddle 2 (2 times)"]


async def test_row_10_a_camera_that_is_back_is_called_at_once_however_long_it_was_away(tmp_path: Path) -> None:
    async with RtspCamera() as network_camera:
        camera = CAMERA.model_copy(update={"rtsp_url": network_camera.url})
        network_camera.close()
        long_away = Supervision(failures=20)
        async with supervised(binary.find(), tmp_path, camera, long_away) as observed:
            await observed.until(lambda: Phase.BACKING_OFF in observed.phases)
            assert "Trying again in 30 s." in str(observed.conditions[-1].advice)
            await asyncio.sleep(1.5)
            await network_camera.listen()
            await observed.until(lambda: observed.states[-1] is State.LIVE, 20)


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
    ffmpeg = stand_in(tmp_path, "time.sleep(1); segment(1.0); time.sleep(0.3); sys.exit(0)")
    async with supervised(ffmpeg, scratch) as observed:
        await observed.until(lambda: len(observed.segments) == 1)
        await observed.until(lambda: State.RECONNECTING in observed.states)
        shutil.rmtree(scratch)
        await observed.until(lambda: len(observed.segments) == 2)


async def test_a_box_without_room_for_ffmpeg_says_so_and_goes_on_when_there_is_some(tmp_path: Path) -> None:
    place = tmp_path / "place"
    async with supervised(stand_in(tmp_path, "segment(1.0); film(60)"), place / "scratch") as observed:
        await observed.until(lambda: bool(observed.conditions))
        assert observed.conditions[0].state is State.RECONNECTING
        assert observed.conditions[0].reason == "FFmpeg cannot be started: No such file or directory."
        place.mkdir()
        await observed.until(lambda: State.LIVE in observed.states)


async def test_an_ffmpeg_that_was_removed_is_told_and_used_again_when_it_is_back(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "segment(1.0); film(60)")
    program, removed = Path(ffmpeg.path), tmp_path / "removed"
    program.rename(removed)
    async with supervised(ffmpeg, tmp_path) as observed:
        await observed.until(lambda: bool(observed.conditions))
        assert observed.conditions[0].reason == GONE.reason
        removed.rename(program)
        await observed.until(lambda: State.LIVE in observed.states)


async def test_a_segment_of_which_nobody_knows_how_long_it_is_is_not_shown(tmp_path: Path) -> None:
    """A camera that is copied hangs up after the first picture of a segment."""
    camera = CAMERA.model_copy(update={"rtsp_url": "rtsp://10.0.0.5/live"})
    ffmpeg = stand_in(tmp_path, "time.sleep(1); segment(1.0); segment(0.0); sys.exit(0)")
    async with supervised(ffmpeg, tmp_path, camera) as observed:
        await observed.until(lambda: observed.phases.count(Phase.START) == 2)
        assert [segment.duration for segment in observed.segments] == [1.0]


class Undecided(VideoMode):
    """Wants the video made in another way after each FFmpeg."""

    def ended(self, lines: Sequence[str]) -> None:
        self.otherwise.set()


async def test_ffmpeg_is_not_started_anew_without_end_to_make_the_video_in_another_way(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, f"open({str(tmp_path / 'starts')!r}, 'a').write('x')")
    async with supervised(ffmpeg, tmp_path, mode=Undecided(CAMERA, None)) as observed:
        await observed.until(lambda: Phase.BACKING_OFF in observed.phases)
        assert (tmp_path / "starts").read_text(encoding="ascii") == "x" * WAYS


class Deaf(VideoMode):
    """Has a fault: it cannot hear what FFmpeg says."""

    def heard(self, line: str) -> None:
        raise RuntimeError("a fault of ours")


async def test_a_fault_of_ours_does_not_pass_for_a_camera_that_is_silent(tmp_path: Path) -> None:
    ffmpeg = stand_in(tmp_path, "sys.stderr.write('hello\\n'); sys.stderr.flush(); time.sleep(0.5); sys.exit(0)")
    async with supervised(ffmpeg, tmp_path, mode=Deaf(CAMERA, None)) as observed:
        with pytest.raises(RuntimeError, match="a fault of ours"):
            await asyncio.wait_for(observed.task, 20)
