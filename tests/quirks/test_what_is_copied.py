"""Quirks of cameras whose H.264 is copied where it fits, with every FFmpeg at hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tests.ffmpegs import by_version
from tests.quirks.test_what_keeps_going import QUIRKS, SMALL, Quirk, Report, filmed
from tests.quirks.watching import side_by_side
from tests.rtsp_camera import Freeze, Script
from uploader.reporting.status import State

COPIED, CONVERTED = "copy", "transcode"
LOSSY = "row 18, UDP that loses 10 %"
HICCUP = "a network that stands still for a moment"
FASTER = "twice as many pictures as the stream says"
OTHERS = {
    HICCUP: Quirk(script=Script(faults=((6.0, Freeze(1.2)),)), seconds=14),
    FASTER: Quirk(partial(SMALL, gop=30, rhythm=(0.5,)), seconds=8),
}
# How the video is made in the end; None: by chance.
QUIRKS_OF_COPIES = {
    "an ordinary camera": COPIED,
    "H.265": CONVERTED,
    "B-frames": CONVERTED,
    "row 20, G.711 sound that is wanted": COPIED,
    "one stray timestamp every 40 frames": COPIED,
    "row 16, the camera's clock jumps 20 s forward": COPIED,
    "row 17, the camera's clock jumps 20 s back": COPIED,
    LOSSY: None,
    HICCUP: COPIED,
    FASTER: COPIED,
}
# A keyframe that is lost, or comes late, costs a break; the second one ends the copying.
BREAKS = {LOSSY: 2, HICCUP: 1}
FFMPEGS = by_version()
ALL = [(version, name) for version in FFMPEGS for name in QUIRKS_OF_COPIES]
Reports = dict[tuple[str, str], Report]


@pytest.fixture(scope="module")
async def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """All of them, filmed."""

    async def film(version: str, name: str) -> Report:
        quirk = OTHERS.get(name) or QUIRKS[name]
        auto = replace(quirk, settings={**quirk.settings, "video": "auto"})
        return await filmed(auto, tmp_path_factory.mktemp("quirk"), FFMPEGS[version])

    return await side_by_side({each: partial(film, *each) for each in ALL})


@pytest.mark.parametrize(("version", "name"), ALL)
async def test_it_is_copied_where_it_fits_and_comes_through(version: str, name: str, reports: Reports) -> None:
    report, made = reports[version, name], QUIRKS_OF_COPIES[name]
    history = report.history
    assert set(history.states) <= {State.STARTING, State.LIVE, State.STOPPED}
    assert made in (None, history.status["video"]["mode"]), history.status["video"]
    assert history.breaks <= BREAKS.get(name, 0)
    # A camera's own keyframes decide: each is at most some packets' jitter away from a second.
    whole = history.durations if not history.breaks else []
    assert whole == pytest.approx([1.0] * len(whole), abs=0.35)
    assert len(history.durations) <= report.lasted + 3
    assert all(segment.content.starts_with_keyframe for segment in report.segments)


@pytest.mark.parametrize("version", FFMPEGS)
async def test_one_keyframe_that_comes_late_is_forgiven(version: str, reports: Reports) -> None:
    """It costs a break; an hour of converting would cost ten times the CPU."""
    history = reports[version, HICCUP].history
    assert history.breaks == 1
    assert max(history.durations) < 1.5
    assert len(history.published) >= 8
