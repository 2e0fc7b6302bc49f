"""The quirks that FFmpeg's versions take differently, with every FFmpeg at hand, transcoded and copied."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import ffmpegs
from tests.quirks.test_what_keeps_going import QUIRKS, TOGETHER, Report, filmed
from tests.quirks.watching import in_real_time
from uploader.reporting.status import State

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

LOSSY = "row 18, UDP that loses 10 %"
NAMES = (
    "H.265",
    "B-frames",
    "row 20, G.711 sound that is wanted",
    "one stray timestamp every 40 frames",
    "row 16, the camera's clock jumps 20 s forward",
    "row 17, the camera's clock jumps 20 s back",
    LOSSY,
)


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
@pytest.mark.parametrize("video", ["transcode", "auto"])
async def test_every_ffmpeg_comes_through_the_quirks(ffmpeg: FFmpeg, video: str, tmp_path: Path) -> None:
    free = asyncio.Semaphore(TOGETHER)

    async def film(name: str) -> Report:
        quirk = replace(QUIRKS[name], settings={**QUIRKS[name].settings, "video": video})
        async with free:
            return await in_real_time(lambda: filmed(quirk, tmp_path / str(NAMES.index(name)), ffmpeg))

    for name, report in zip(NAMES, await asyncio.gather(*map(film, NAMES)), strict=True):
        history = report.history
        assert set(history.states) <= {State.STARTING, State.LIVE, State.STOPPED}, name
        # A copied stream that loses its keyframes stops fitting, and is transcoded from then on.
        assert history.breaks <= (video == "auto" and name == LOSSY), name
        # Copied, a camera's keyframes decide: each is at most some packets' jitter away from a second.
        whole = history.durations if not history.breaks else []
        assert whole == pytest.approx([1.0] * len(whole), abs=0.35), name
        assert len(history.durations) <= report.lasted + 3, name
        assert all(segment.content.starts_with_keyframe for segment in report.segments), name
