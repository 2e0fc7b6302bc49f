"""Quirks that a viewer never notices: the stream goes on as if the camera were a good one, with every FFmpeg at hand.

Each is filmed for some seconds, several at a time, and then looked at from the viewer's side: every playlist that was
published, every segment in it, decoded.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import by_version
from tests.quirks.mpegts import AAC, H264
from tests.quirks.pictures import Examined, examine
from tests.quirks.watching import History, side_by_side, watching
from tests.rtsp_camera import (
    H265,
    Clip,
    Clockwork,
    Freeze,
    Jump,
    Login,
    Network,
    RtspCamera,
    Script,
    encoded,
)
from uploader.reporting.status import State
from uploader.source.packet_loss import LOSSY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg

FPS = 15
# A busy machine may look at the camera late by this (s), now and then.
BUSY = 2.0


SMALL = partial(encoded, size="320x180")


@dataclass(frozen=True, slots=True)
class Quirk:
    """`seconds` to film after the first segment; dates may be `late` (s) at most: what the camera holds a picture back
    (reordering, a slow rate) or the network damages. `readable`: pictures arrive undamaged."""

    film: Callable[[], Clip] = SMALL
    script: Script = field(default_factory=Script)
    settings: Mapping[str, object] = field(default_factory=dict)
    login: Login | None = None
    seconds: float = 6.0
    late: float = 0.3
    readable: bool = True

    @property
    def sound(self) -> bool:
        """Whether there is sound in the segments."""
        return bool(self.settings.get("audio") and self.film().sound)


def _jump(seconds: float) -> Script:
    return Script(faults=((3.0, Jump(seconds)),))


def _over_udp(network: Network) -> Script:
    return Script(tcp=False, network=network)


WITH_SOUND = partial(SMALL, sound=True)
SELDOM = partial(SMALL, fps=1, gop=1, seconds=12)
QUIRKS = {
    "an ordinary camera": Quirk(),
    "H.265": Quirk(partial(SMALL, codec=H265)),
    "B-frames": Quirk(partial(SMALL, bframes=2)),
    "a keyframe every 10 s": Quirk(partial(SMALL, gop=150, seconds=10), seconds=9),
    "no keyframe for the first 5 s": Quirk(partial(SMALL, gop=75, seconds=10), Script(joins_at=0.2), seconds=3),
    "row 21, a variable frame rate": Quirk(partial(SMALL, rhythm=(1.0, 3.0, 0.5, 2.0))),
    "5 frames per second": Quirk(partial(SMALL, fps=5, gop=5), late=0.6),
    "1 frame per second": Quirk(partial(SMALL, fps=1, gop=2, seconds=20), late=2.2, seconds=8),
    "1 picture in 2 s": Quirk(partial(SELDOM, rhythm=(2.0,)), late=2.3, seconds=10),
    "1 picture in 4 s": Quirk(partial(SELDOM, rhythm=(4.0,)), late=4.3, seconds=12),
    "1 picture in 5 s": Quirk(partial(SELDOM, rhythm=(5.0,)), late=5.3, seconds=16),
    "4:3": Quirk(partial(SMALL, size="704x576")),
    "portrait": Quirk(partial(SMALL, size="360x640")),
    "sides that are no multiple of 16": Quirk(partial(SMALL, size="426x242")),
    "row 20, G.711 sound that is wanted": Quirk(WITH_SOUND, settings={"audio": True}),
    "row 20, G.711 sound that is not wanted": Quirk(WITH_SOUND),
    "sound announced, never sent, and not wanted": Quirk(WITH_SOUND, Script(mute=True)),
    "row 22, no sound although it is wanted": Quirk(settings={"audio": True}),
    "an RTP clock at half speed": Quirk(script=Script(clock=Clockwork(rate=0.5))),
    "an RTP clock at double speed": Quirk(script=Script(clock=Clockwork(rate=2.0))),
    "a clock that drifts": Quirk(script=Script(clock=Clockwork(rate=1.01))),
    "one stray timestamp every 40 frames": Quirk(script=Script(clock=Clockwork(stray_every=40)), seconds=8),
    "the camera's clock jumps an hour forward": Quirk(script=_jump(3600)),
    "the camera's clock jumps an hour back": Quirk(script=_jump(-3600)),
    "row 16, the camera's clock jumps 20 s forward": Quirk(script=_jump(20)),
    "row 17, the camera's clock jumps 20 s back": Quirk(script=_jump(-20)),
    "a clock that jumps, with sound": Quirk(WITH_SOUND, _jump(3600), {"audio": True}),
    "461: UDP only": Quirk(script=Script(tcp=False)),
    "UDP with packets in the wrong order": Quirk(script=_over_udp(Network(reorder=0.1))),
    "UDP that loses 2 %": Quirk(script=_over_udp(Network(loss=0.02)), readable=False),
    "row 18, UDP that loses 10 %": Quirk(script=_over_udp(Network(loss=0.1)), readable=False, late=0.6, seconds=8),
    "row 18, damaged packets": Quirk(script=Script(network=Network(corrupt=0.1)), readable=False, late=0.6),
    "a slow start": Quirk(script=Script(delays={"DESCRIBE": 1.0}, packets_after=2.0), seconds=3),
    "a freeze of a second": Quirk(script=Script(faults=((2.5, Freeze(1.0)),)), seconds=7, late=0.6),
    "Basic authentication": Quirk(login=Login("admin", "p@ss/w?rd#%41", "Basic"), seconds=3),
    "Digest authentication": Quirk(login=Login("admin", "p@ss/w?rd#%41", "Digest"), seconds=3),
}
# More seldom than anything that is waited for at once: it takes a second try, or a third.
SLOWEST, SLOWEST_QUIRK = "1 picture in 10 s", Quirk(partial(SELDOM, rhythm=(10.0,)), late=10.3, seconds=21)
FFMPEGS = by_version()
ALL = [(version, name) for version in FFMPEGS for name in QUIRKS]
every = pytest.mark.parametrize(("version", "name"), ALL)
Reports = dict[tuple[str, str], "Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a quirk. `lasted` is from the first segment to the end (s)."""

    history: History
    camera: RtspCamera
    segments: list[Examined]
    lasted: float

    @property
    def lateness(self) -> float:
        return self.history.lateness


@pytest.fixture(scope="module")
async def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """All quirks, filmed."""
    scratch = tmp_path_factory.mktemp("quirks")
    # What takes longest begins first.
    slowest = {
        (version, SLOWEST): partial(filmed, SLOWEST_QUIRK, scratch / version, FFMPEGS[version]) for version in FFMPEGS
    }
    return await side_by_side(
        slowest
        | {
            (version, name): partial(filmed, QUIRKS[name], scratch / str(number), FFMPEGS[version])
            for number, (version, name) in enumerate(ALL)
        }
    )


async def filmed(quirk: Quirk, scratch: Path, ffmpeg: FFmpeg) -> Report:
    """One quirk through the whole pipeline, by this FFmpeg."""
    clock = asyncio.get_running_loop().time
    clip = await asyncio.to_thread(quirk.film)
    async with RtspCamera(clip, script=quirk.script, login=quirk.login) as camera:
        settings = {"video": "transcode", **quirk.settings}
        async with watching(camera.url, ffmpeg, scratch, settings) as history:
            started = await history.until(lambda seen: bool(seen.published), limit=60)
            await asyncio.sleep(quirk.seconds)
            lasted = clock() - started
        segments = [await examine(published, ffmpeg) for published in history.published]
    return Report(history, camera, segments, lasted)


@every
async def test_it_keeps_going(version: str, name: str, reports: Reports) -> None:
    report = reports[version, name]
    assert report.history.states[:2] == [State.STARTING, State.LIVE]
    assert set(report.history.states[1:]) <= {State.LIVE, State.STOPPED}
    assert report.history.breaks == 0
    assert report.camera.opened == 1


@every
async def test_its_segments_are_of_their_nominal_duration_and_no_more_than_time_has_passed(
    version: str, name: str, reports: Reports
) -> None:
    report = reports[version, name]
    # A segment begins with the first frame that is due: one frame early or late.
    assert report.history.durations == pytest.approx([1.0] * len(report.segments), abs=1 / FPS + 0.001)
    slack = 1 + BUSY + QUIRKS[name].late
    assert report.lasted - slack <= len(report.segments) <= report.lasted + slack


@every
async def test_its_segments_are_whole_and_playable(version: str, name: str, reports: Reports) -> None:
    kinds = {H264, AAC} if QUIRKS[name].sound else {H264}
    for segment in reports[version, name].segments:
        assert segment.content.starts_with_keyframe
        assert segment.content.kinds >= kinds
        assert len(segment.content.pictures) == len(segment.numbers) == pytest.approx(FPS, abs=1)
        gaps = [later - earlier for earlier, later in pairwise(segment.content.pictures)]
        assert gaps == pytest.approx([1 / FPS] * len(gaps), abs=0.001)
        assert bool(segment.content.sounds) == QUIRKS[name].sound


@every
async def test_its_dates_are_when_the_pictures_were_taken(version: str, name: str, reports: Reports) -> None:
    report, quirk = reports[version, name], QUIRKS[name]
    errors = [segment.date_error(report.camera.taken) for segment in report.segments]
    recognised = [error for error in errors if error is not None]
    if quirk.readable:
        assert len(recognised) == len(errors)
        true = [error for error in recognised if -0.4 <= error <= quirk.late]
        # A starved FFmpeg takes pictures for younger than they are, now and then.
        assert len(true) >= len(errors) / 3, errors
    dates = [segment.published.segment.program_date_time for segment in report.segments]
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(dates) if earlier and later]
    assert steps == pytest.approx(report.history.durations[:-1], abs=quirk.late + BUSY), "as far apart as they are long"


@pytest.mark.parametrize(("version", "name"), [each for each in ALL if "loses 10 %" in each[1]])
async def test_packet_loss_is_told(version: str, name: str, reports: Reports) -> None:
    assert LOSSY.reason in reports[version, name].history.reasons


@pytest.mark.parametrize("version", FFMPEGS)
async def test_a_camera_that_sends_a_picture_in_ten_seconds_is_streamed_when_it_is_waited_for_longer(
    version: str, reports: Reports
) -> None:
    report = reports[version, SLOWEST]
    live = report.history.states.index(State.LIVE)
    assert set(report.history.states[:live]) == {State.STARTING, State.STALLED}
    assert set(report.history.states[live + 1 :]) <= {State.STOPPED}
    assert 2 <= report.camera.opened <= 3
    errors = [segment.date_error(report.camera.taken) for segment in report.segments]
    assert all(error is not None and -0.4 <= error <= SLOWEST_QUIRK.late for error in errors), errors
    assert len(report.segments) >= 10
