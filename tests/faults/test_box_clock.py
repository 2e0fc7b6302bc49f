"""Row 42 with every FFmpeg at hand: somebody sets the clock of the box while a camera is filmed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import astuple, dataclass, field
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.set_clock import believing, environment
from tests.ffmpegs import by_version
from tests.quirks.pictures import numbers
from tests.quirks.watching import TOO_LATE, punctuality, side_by_side
from tests.rtsp_camera import RtspCamera, encoded
from tests.worker_process import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

FPS = 15
HOUR = 3600.0
SINCE_1970 = time.time() - 60
SMALL = partial(encoded, size="320x180")
# What is made of the camera's pictures, by the ways they come in; cut from a pipe; copied.
WAYS: dict[str, dict[str, object]] = {
    "files": {"video": "transcode"},
    "a pipe": {"video": "transcode", "profile": "low"},
    "parts": {"video": "transcode", "profile": "realtime"},
    "copied": {"video": "copy"},
}


@dataclass(frozen=True, slots=True)
class Step:
    """The clock is `offset` seconds off at first, then `later`."""

    offset: float
    later: float


# A story is over in half a minute; on a busy machine it has more than twice that for each of its two waits (s).
DEADLINE = 150.0
STEPS = {
    "3 s forward": Step(0, 3),
    "3 s back": Step(0, -3),
    "20 s forward": Step(0, 20),
    "an hour forward": Step(0, HOUR),
    "an hour back": Step(0, -HOUR),
    "from 1970 to now": Step(-SINCE_1970, 0),
}
FFMPEGS = by_version()
TOLD = [(step, "files") for step in STEPS] + [("3 s forward", way) for way in WAYS if way != "files"]
ALL = [(version, *each) for version in FFMPEGS for each in TOLD]
every = pytest.mark.parametrize("story", ALL, ids=" by ".join)


@dataclass(slots=True)
class Seen:
    """What a viewer and a technician could have seen. `numbers` are the pictures in each segment; `taken` is when the
    camera had sent which. `lateness` is how late (s) the process that saw it, or the camera's, woke up at worst."""

    step: float
    segments: Sequence[dict[str, Any]]
    reasons: Sequence[str]
    video: Mapping[str, Any]
    lateness: float
    taken: Mapping[int, Sequence[float]]
    numbers: dict[int, tuple[int, ...]] = field(default_factory=dict)

    @property
    def starved(self) -> bool:
        """Whether the machine was too busy each time: then a stream breaks for that, too."""
        return self.lateness >= TOO_LATE


Stories = dict[tuple[str, str, str], Seen]


async def told(ffmpeg: FFmpeg, step: Step, settings: dict[str, object], directories: pytest.TempPathFactory) -> Seen:
    """What came of it."""
    directory: Path = directories.mktemp("clock")
    clip = await asyncio.to_thread(SMALL)
    async with RtspCamera(clip) as camera, punctuality() as ours:
        faked = believing(ffmpeg, directory, step.offset)
        story = {"directory": str(directory), "url": camera.url, "ffmpeg": astuple(faked), "later": step.later}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.set_clock", json.dumps({**story, "settings": settings})),
            env={**os.environ, **environment(directory, step.offset)},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(DEADLINE):
                answer, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    seen = Seen(**json.loads(answer), taken=camera.taken)
    seen.lateness = max(seen.lateness, ours.lateness)
    for number in (segment["sequence"] for segment in seen.segments):
        seen.numbers[number] = await numbers((directory / f"{number}.ts").read_bytes(), ffmpeg)
    return seen


@pytest.fixture(scope="module")
async def stories(tmp_path_factory: pytest.TempPathFactory) -> Stories:
    """All of them."""
    return await side_by_side(
        {
            (version, step, way): partial(told, FFMPEGS[version], STEPS[step], WAYS[way], tmp_path_factory)
            for version, step, way in ALL
        }
    )


@every
async def test_row_42_nothing_is_published_that_was_made_up_to_fill_the_step(
    story: tuple[str, str, str], stories: Stories
) -> None:
    seen = stories[story]
    segments = seen.segments
    longest_still = max(len(list(same)) for shown in seen.numbers.values() for _, same in groupby(shown))
    assert longest_still <= 0.8 * FPS  # on a quiet machine: 3
    length = sum(segment["duration"] for segment in segments)
    assert length <= segments[-1]["at"] - segments[0]["at"] + segments[0]["duration"] + 1


@every
async def test_row_42_it_goes_on_within_seconds_and_says_why(story: tuple[str, str, str], stories: Stories) -> None:
    seen = stories[story]
    moments = [segment["at"] for segment in seen.segments]
    assert max(later - earlier for earlier, later in pairwise(moments)) < 10  # on a quiet machine: below 5 s
    assert any("clock was set" in reason for reason in seen.reasons)


@every
async def test_row_42_numbers_go_on_and_the_dates_step_where_it_is_marked(
    story: tuple[str, str, str], stories: Stories
) -> None:
    seen, step = stories[story], STEPS[story[1]]
    segments = seen.segments
    assert [segment["sequence"] for segment in segments] == [segments[0]["sequence"] + n for n in range(len(segments))]
    breaks = [segment["discontinuity"] for segment in segments[1:]].count(True)
    assert breaks == 1 or (breaks > 1 and seen.starved)
    for before, after in pairwise(segments):
        follows = abs(after["date"] - before["date"] - before["duration"]) < 1.5
        assert follows or after["discontinuity"]
    for segment in (segments[0], segments[-1]):
        offset = step.offset if segment is segments[0] else step.later
        moments = seen.taken.get(seen.numbers[segment["sequence"]][0], ())
        assert min(abs(segment["date"] - offset - moment) for moment in moments) < 1.5


@pytest.mark.parametrize("version", FFMPEGS)
async def test_row_42_a_copied_stream_stays_one(version: str, stories: Stories) -> None:
    """A step of the clock is no keyframe that does not come."""
    seen = stories[version, "3 s forward", "copied"]
    assert seen.video["mode"] == "copy" or seen.starved
