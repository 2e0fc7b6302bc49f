"""Row 42 with the real FFmpeg: somebody sets the clock of the box while a camera is filmed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import astuple, dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.set_clock import believing, environment
from tests.quirks.pictures import numbers
from tests.rtsp_camera import RtspCamera, encoded
from tests.worker_process import ROOT
from uploader.ffmpeg import binary

if TYPE_CHECKING:
    from pathlib import Path

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


STEPS = {
    "3 s forward": Step(0, 3),
    "3 s back": Step(0, -3),
    "20 s forward": Step(0, 20),
    "an hour forward": Step(0, HOUR),
    "an hour back": Step(0, -HOUR),
    "from 1970 to now": Step(-SINCE_1970, 0),
}
TOLD = [(step, "files") for step in STEPS] + [("3 s forward", way) for way in WAYS if way != "files"]


async def told(step: Step, settings: dict[str, object], directory: Path) -> dict[str, Any]:
    """What came of it, with the numbers of the pictures in each segment and when the camera had sent which."""
    ffmpeg = binary.find()
    clip = await asyncio.to_thread(SMALL)
    async with RtspCamera(clip) as camera:
        faked = believing(ffmpeg, directory, step.offset)
        story = {"directory": str(directory), "url": camera.url, "ffmpeg": astuple(faked), "later": step.later}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.set_clock", json.dumps({**story, "settings": settings})),
            env={**os.environ, **environment(directory, step.offset)},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate()
        seen: dict[str, Any] = json.loads(answer)
        seen["taken"] = dict(camera.taken)
    for segment in seen["segments"]:
        body = (directory / f"{segment['sequence']}.ts").read_bytes()
        segment["numbers"] = await numbers(body, ffmpeg.path)
    return seen


@pytest.fixture(scope="module")
async def stories(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    """All of them, four at a time."""
    free = asyncio.Semaphore(4)

    async def live(step: str, way: str) -> dict[str, Any]:
        async with free:
            return await told(STEPS[step], WAYS[way], tmp_path_factory.mktemp("clock"))

    return dict(zip(TOLD, await asyncio.gather(*(live(*each) for each in TOLD)), strict=True))


@pytest.mark.parametrize("story", TOLD, ids=" by ".join)
async def test_row_42_nothing_is_published_that_was_made_up_to_fill_the_step(
    story: tuple[str, str], stories: dict[tuple[str, str], dict[str, Any]]
) -> None:
    segments = stories[story]["segments"]
    longest_still = max(len(list(same)) for segment in segments for _, same in groupby(segment["numbers"]))
    assert longest_still <= 0.8 * FPS  # on a quiet machine: 3
    length = sum(segment["duration"] for segment in segments)
    assert length <= segments[-1]["at"] - segments[0]["at"] + segments[0]["duration"] + 1


@pytest.mark.parametrize("story", TOLD, ids=" by ".join)
async def test_row_42_it_goes_on_within_seconds_and_says_why(
    story: tuple[str, str], stories: dict[tuple[str, str], dict[str, Any]]
) -> None:
    seen = stories[story]
    moments = [segment["at"] for segment in seen["segments"]]
    assert max(later - earlier for earlier, later in pairwise(moments)) < 10  # on a quiet machine: below 5 s
    assert any("clock was set" in reason for reason in seen["reasons"])


@pytest.mark.parametrize("story", TOLD, ids=" by ".join)
async def test_row_42_numbers_go_on_and_the_dates_step_where_it_is_marked(
    story: tuple[str, str], stories: dict[tuple[str, str], dict[str, Any]]
) -> None:
    seen, step = stories[story], STEPS[story[0]]
    segments = seen["segments"]
    assert [segment["sequence"] for segment in segments] == [segments[0]["sequence"] + n for n in range(len(segments))]
    assert [segment["discontinuity"] for segment in segments[1:]].count(True) == 1
    for before, after in pairwise(segments):
        follows = abs(after["date"] - before["date"] - before["duration"]) < 1.5
        assert follows or after["discontinuity"]
    for segment in (segments[0], segments[-1]):
        offset = step.offset if segment is segments[0] else step.later
        moments = seen["taken"].get(segment["numbers"][0], ())
        assert min(abs(segment["date"] - offset - moment) for moment in moments) < 1.5


async def test_row_42_a_copied_stream_stays_one(stories: dict[tuple[str, str], dict[str, Any]]) -> None:
    """A step of the clock is no keyframe that does not come."""
    assert stories["3 s forward", "copied"]["video"]["mode"] == "copy"
