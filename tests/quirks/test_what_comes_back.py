"""Quirks that cost some seconds: the stream stops, says why, and is back by itself within the budget, with every
FFmpeg at hand."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import by_version
from tests.processes import processes_in
from tests.quirks.mpegts import H264
from tests.quirks.pictures import Examined, examine
from tests.quirks.watching import History, side_by_side, watching
from tests.rtsp_camera import (
    H265,
    Away,
    Change,
    Drop,
    Freeze,
    HalfOpen,
    Hush,
    Noise,
    PowerCut,
    Reset,
    RtspCamera,
    Script,
    encoded,
)
from uploader.reporting.status import State
from uploader.source.media import Media
from uploader.source.sound import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.rtsp_camera import Clip, Fault
    from uploader.ffmpeg.command import FFmpeg
    from uploader.reporting.status import Condition

# The fault comes so long after the first PLAY (s).
MOMENT = 3.0
# Budgets are for a machine that is not busy; the tests run on one that is.
BUSY = 4.0


SMALL = partial(encoded, size="320x180")


@dataclass(frozen=True, slots=True)
class Killed:
    """Somebody kills FFmpeg (kill -9)."""

    scratch: Path

    async def happen(self, camera: RtspCamera) -> None:
        for process in processes_in(self.scratch):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Quirk:
    """`budget` (s): from the fault's end to the first segment in the playlist again. `says` is in what is told."""

    fault: Callable[[Path], Fault]
    state: State
    budget: float
    says: str
    script: Script = field(default_factory=Script)
    film: Callable[[], Clip] = SMALL
    settings: Mapping[str, object] = field(default_factory=dict)


def _always(fault: Fault) -> Callable[[Path], Fault]:
    return lambda _: fault


# What a start takes: FFmpeg, its first look at the stream, and the first segment of 1 s.
START = 2.5
HUNG_UP = "The camera closed the connection."
NO_PICTURE = "No picture for 3 s"
ANOTHER_SIZE = "row 19, another size"
QUIRKS = {
    "row 1, FFmpeg is killed": Quirk(Killed, State.RECONNECTING, 5.0, "signal 9"),
    "row 9, a freeze": Quirk(_always(Freeze(6.0)), State.STALLED, 6.0, NO_PICTURE),
    "row 10, a restart": Quirk(_always(Away(5.0)), State.RECONNECTING, 3.0 + START, HUNG_UP),
    "row 11, a power cut": Quirk(_always(PowerCut(5.0)), State.STALLED, 6.0, NO_PICTURE),
    "a connection that is half open": Quirk(_always(HalfOpen()), State.STALLED, 7.0 + START, NO_PICTURE),
    "a drop": Quirk(_always(Drop()), State.RECONNECTING, 1.2 + START, HUNG_UP),
    # FFmpeg 5 does not tell it from a camera that hung up.
    "a reset": Quirk(_always(Reset()), State.RECONNECTING, 1.2 + START, "the connection"),
    "noise in the connection": Quirk(_always(Noise()), State.RECONNECTING, 7.0 + START, ""),
    "one session that is forgotten late": Quirk(
        _always(Drop()),
        State.RECONNECTING,
        16.0 + START,
        "refuses another viewer",
        Script(max_clients=1, forgets_after=8.0),
    ),
    ANOTHER_SIZE: Quirk(lambda _: Change(encoded(size="240x180")), State.LIVE, 2.0 + START, ""),
    "a microphone that is switched off": Quirk(
        _always(Hush()),
        State.STALLED,
        5.0 + START,
        STOPPED.reason,
        settings={"audio": True},
        film=partial(SMALL, sound=True),
    ),
    "row 19, another codec": Quirk(lambda _: Change(SMALL(codec=H265)), State.STALLED, 7.0 + START, NO_PICTURE),
}
FFMPEGS = by_version()
ALL = [(version, name) for version in FFMPEGS for name in QUIRKS]
every = pytest.mark.parametrize(("version", "name"), ALL)
Reports = dict[tuple[str, str], "Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a quirk. `outage` is from the fault's end to the first new segment (s); None: it never came.

    `condition` is what was told a moment later.
    """

    history: History
    segments: list[Examined]
    outage: float | None
    condition: Condition

    @property
    def lateness(self) -> float:
        return self.history.lateness


@pytest.fixture(scope="module")
async def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """All quirks, filmed."""
    return await side_by_side(
        {(version, name): partial(filmed, QUIRKS[name], tmp_path_factory, FFMPEGS[version]) for version, name in ALL}
    )


async def filmed(quirk: Quirk, directories: pytest.TempPathFactory, ffmpeg: FFmpeg) -> Report:
    """One quirk through the whole pipeline, until it is over."""
    scratch = directories.mktemp("quirk")
    clip, fault = await asyncio.to_thread(lambda: (quirk.film(), quirk.fault(scratch)))
    async with RtspCamera(clip, script=replace(quirk.script, faults=((MOMENT, fault),))) as camera:
        async with watching(camera.url, ffmpeg, scratch, {"video": "transcode", **quirk.settings}) as history:
            await history.until(lambda _: bool(camera.happened), limit=30)
            over = camera.happened[0][1]
            try:
                back = await history.until(lambda seen: seen.is_back(over), limit=quirk.budget + 20)
                outage = back - over
            except TimeoutError:
                outage = None
            await asyncio.sleep(1.5)
            condition = history.condition
        segments = [await examine(published, ffmpeg) for published in history.published]
    return Report(history, segments, outage, condition)


@every
async def test_it_comes_back_within_its_budget(version: str, name: str, reports: Reports) -> None:
    report, quirk = reports[version, name], QUIRKS[name]
    assert report.outage is not None, report.history.told
    assert report.outage <= quirk.budget + BUSY


@every
async def test_it_is_told_in_plain_words(version: str, name: str, reports: Reports) -> None:
    report, quirk = reports[version, name], QUIRKS[name]
    assert {quirk.state, State.LIVE} <= set(report.history.states)
    assert report.condition.state is State.LIVE
    assert not quirk.says or any(quirk.says in reason for reason in report.history.reasons), report.history.reasons


@every
async def test_no_segment_is_longer_than_it_should_be_and_none_is_broken(
    version: str, name: str, reports: Reports
) -> None:
    for segment in reports[version, name].segments:
        # Shorter ones are the last words of an FFmpeg that was cut off.
        assert 0 < segment.published.segment.duration <= 1.07
        assert segment.content.starts_with_keyframe
        assert H264 in segment.content.kinds
    dates = [segment.published.segment.program_date_time for segment in reports[version, name].segments]
    assert dates == sorted(date for date in dates if date is not None)


@pytest.mark.parametrize("version", FFMPEGS)
async def test_a_picture_of_another_size_is_shown_in_its_own_shape(version: str, reports: Reports) -> None:
    segments, ffmpeg = reports[version, ANOTHER_SIZE].segments, FFMPEGS[version]
    assert await _size(segments[0].published.body, ffmpeg) == (320, 180)
    assert await _size(segments[-1].published.body, ffmpeg) == (240, 180)


async def _size(body: bytes, ffmpeg: FFmpeg) -> tuple[int, int]:
    process = await asyncio.create_subprocess_exec(
        *(ffmpeg.path, "-hide_banner", "-i", "pipe:0"), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate(body)
    media = Media()
    for line in said.decode().splitlines():
        media = media.read(line)
    assert media.video is not None, said
    return media.video.width, media.video.height
