"""Cameras whose H.264 is copied and cameras whose is not: real RTSP, the real FFmpeg, all at the same time."""

from __future__ import annotations

import asyncio
import re
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.rtsp_camera import H265, Change, Clip, Jump, RtspCamera, Script, encoded
from uploader.configuration.cameras import Camera
from uploader.ffmpeg import binary
from uploader.segments.segment import FinishedSegment, GrowingSegment
from uploader.segments.transport_stream import elementary_stream
from uploader.segments.watcher import DirectoryEvents
from uploader.source.video_mode import VideoMode
from uploader.supervision.history import Phase
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.source.passthrough import Choice
    from uploader.supervision.course import Supervision

FFMPEG = binary.find()
GOOD = {"fps": 15, "gop": 15, "size": "320x180"}


class Filmed:
    """One camera, and what its supervisor made of it until there were so many `segments`, and so many ways of making
    the video were told of."""

    def __init__(
        self, clip: Clip, *faults: Change | Jump, segments: int = 3, ways: int = 1, **settings: object
    ) -> None:
        self.wanted = segments, ways
        self.camera = RtspCamera(clip, script=Script(faults=tuple((3.5, fault) for fault in faults)))
        self.settings = settings
        self.begun: list[FinishedSegment | GrowingSegment] = []
        self.choices: list[Choice] = []
        self.supervision: Supervision | None = None

    async def film(self, scratch: Path, events: DirectoryEvents) -> None:
        async with self.camera:
            entry = {"id": "cam_floor", "rtsp_url": self.camera.url, "settings": self.settings}
            camera = Camera.model_validate(entry)
            supervisor = Supervisor(
                camera,
                FFMPEG,
                scratch,
                events,
                self._take,
                self._hear,
                mode=VideoMode(camera, None, self.choices.append),
            )
            task = asyncio.create_task(supervisor.run())
            async with asyncio.timeout(60):
                while len(self.segments) < self.wanted[0] or len(self.choices) < self.wanted[1]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _take(self, segment: FinishedSegment | GrowingSegment) -> None:
        self.begun.append(segment)

    def _hear(self, supervision: Supervision) -> None:
        self.supervision = supervision

    @property
    def phases(self) -> list[Phase]:
        return [step.phase for step in self.supervision.history.steps] if self.supervision else []

    @property
    def segments(self) -> list[FinishedSegment]:
        finished = (item if isinstance(item, FinishedSegment) else item.finished for item in self.begun)
        return [segment for segment in finished if segment]

    @property
    def durations(self) -> list[float]:
        return [segment.duration for segment in self.segments]

    @property
    def modes(self) -> list[object]:
        return [choice.as_json()["mode"] for choice in self.choices]


async def filmed(scratch: Path, **cameras: Filmed) -> None:
    """Film all of them at the same time."""
    with DirectoryEvents().running() as events:
        async with asyncio.TaskGroup() as group:
            for name, camera in cameras.items():
                group.create_task(camera.film(scratch / name, events))


async def test_what_fits_is_copied_and_what_does_not_is_converted_without_a_failure(tmp_path: Path) -> None:
    cameras = {
        "fits": Filmed(encoded(**GOOD)),
        "cut_finer": Filmed(encoded(fps=15, gop=5, size="320x180")),
        "with_sound": Filmed(encoded(**GOOD, sound=True), audio=True),
        "h265": Filmed(encoded(**GOOD, codec=H265)),
        "bframes": Filmed(encoded(**GOOD, bframes=2)),
        "smart_codec": Filmed(encoded(fps=15, gop=120, size="320x180", seconds=8)),
        "wide": Filmed(encoded(fps=15, gop=15, size="640x360"), target_width=320),
    }
    await filmed(tmp_path, **cameras)
    reasons = {name: camera.choices[-1].reason for name, camera in cameras.items()}
    assert {name: words.split(";")[0] for name, words in reasons.items()} == {
        "fits": "The camera's own H.264 fits and is sent as it is.",
        "cut_finer": "The camera's own H.264 fits and is sent as it is.",
        "with_sound": "The camera's own H.264 fits and is sent as it is.",
        "h265": "The camera sends H.265",
        "bframes": "The camera's H.264 has B-frames",
        "smart_codec": "The camera sends a keyframe less often than every 2 s",
        "wide": "The camera's picture is 640 pixels wide, 320 are asked for",
    }
    for name, camera in cameras.items():
        # From the first connection to the end: nothing failed, and nothing was told twice.
        assert camera.phases == [Phase.START, Phase.FIRST_FRAME, Phase.LIVE, Phase.STOPPED], name
        assert len(camera.choices) == 1, name
        assert max(camera.durations) < 2.5, name
        assert [segment.discontinuity for segment in camera.segments] == [True] + [False] * (len(camera.segments) - 1)
        assert camera.camera.opened == (1 if "fits" in reasons[name] else 2), name
        assert all(has_no_gap(segment.body) for segment in camera.segments), name
    # A keyframe each second, or three of them: put together to segments of two.
    assert cameras["fits"].durations[1] == pytest.approx(2.0, abs=0.3)
    assert cameras["cut_finer"].durations[1] == pytest.approx(2.0, abs=0.35)


def has_no_gap(body: bytes) -> bool:
    """Whether the packets of each stream are numbered in turn (ISO/IEC 13818-1 2.4.3.3), across joints too."""
    last: dict[int, int] = {}
    for packet in (body[at : at + 188] for at in range(0, len(body), 188)):
        pid, counter = (packet[1] & 0x1F) << 8 | packet[2], packet[3] & 0x0F
        has_payload = packet[3] & 0x10
        if has_payload and pid in last and counter != (last[pid] + 1) % 16:
            return False
        last[pid] = counter
    return True


async def test_a_copied_stream_follows_the_boxs_clock_and_is_judged_again_when_it_changes(tmp_path: Path) -> None:
    cameras = {
        "clock_jumps": Filmed(encoded(**GOOD), Jump(3600.0), segments=6),
        "clock_jumps_back": Filmed(encoded(**GOOD), Jump(-20.0), segments=6),
        "size_changes": Filmed(encoded(**GOOD), Change(encoded(fps=15, gop=15, size="240x136")), ways=2),
        "smart_codec_begins": Filmed(
            encoded(**GOOD), Change(encoded(fps=15, gop=120, size="320x180", seconds=8)), ways=2
        ),
    }
    await filmed(tmp_path, **cameras)
    for name in ("clock_jumps", "clock_jumps_back"):
        assert cameras[name].camera.opened == 1
    assert cameras["size_changes"].modes == ["copy", "copy"]
    assert [choice.camera.rpartition(" ")[2] for choice in cameras["size_changes"].choices] == ["320x180", "240x136"]
    assert cameras["smart_codec_begins"].modes == ["copy", "transcode"]
    for camera in cameras.values():
        assert max(camera.durations) < 2.5
        assert Phase.BACKING_OFF not in camera.phases
        dates = [segment.program_date_time for segment in camera.segments]
        assert dates == sorted(dates)


async def test_a_copied_stream_is_sent_while_the_camera_makes_it(tmp_path: Path) -> None:
    """Profile `low`: the camera's own pictures, to the byte, in segments that are handed on with their first frame."""
    cameras = {
        "each_second": Filmed(encoded(**GOOD), segments=4, profile="low"),
        "cut_finer": Filmed(encoded(fps=15, gop=5, size="320x180"), segments=4, profile="low", video="copy"),
        "with_sound": Filmed(encoded(**GOOD, sound=True), segments=4, profile="low", audio=True),
    }
    await filmed(tmp_path, **cameras)
    for name, camera in cameras.items():
        assert camera.modes == ["copy"], name
        assert camera.phases == [Phase.START, Phase.FIRST_FRAME, Phase.LIVE, Phase.STOPPED], name
        assert [segment.discontinuity for segment in camera.segments] == [True] + [False] * (len(camera.segments) - 1)
        assert all(segment.independent and has_no_gap(segment.body) for segment in camera.segments), name
        assert has_no_gap(b"".join(segment.body for segment in camera.segments)), name
        assert max(camera.durations) < 1.5, name
        filmed_by_it = {nal for frame in camera.camera.clip.frames for nal in frame.nals}
        for segment in camera.segments:
            shown = {nal for nal in nals(segment.body) if nal[0] & 0x1F in SLICES}
            # Of a picture's slices the first one begins with macroblock 0, which is written as a single 1.
            assert sum(nal[1] >> 7 for nal in shown) == pytest.approx(15 * segment.duration, abs=4)
            assert shown <= filmed_by_it, name
        ways = [item for item in camera.begun[1:4] if isinstance(item, GrowingSegment) and item.finished]
        assert len(ways) >= 2
        assert all(way.finished.finished - way.began > way.finished.duration / 2 for way in ways if way.finished)
    assert cameras["each_second"].durations[1] == pytest.approx(1.0, abs=0.3)


# Kinds of NAL units that are pictures: of others and with which others begin (ITU-T H.264 table 7-1).
SLICES = (1, 5)


def nals(body: bytes) -> list[bytes]:
    stripped = (nal.rstrip(b"\0") for nal in re.split(rb"\x00\x00\x01", elementary_stream(body)))
    return [nal for nal in stripped if nal]


async def test_what_cannot_be_copied_while_it_is_made_is_converted_and_nothing_of_it_was_shown(tmp_path: Path) -> None:
    cameras = {
        "low": Filmed(encoded(fps=15, gop=30, size="320x180"), segments=3, profile="low", video="copy"),
        "realtime": Filmed(encoded(**GOOD), segments=14, profile="realtime", video="copy"),
    }
    await filmed(tmp_path, **cameras)
    for name, reason in (
        ("low", "The camera sends a keyframe "),
        ("realtime", "The realtime profile cuts finer than a camera's keyframes."),
    ):
        camera = cameras[name]
        assert [choice.reason.startswith(reason) for choice in camera.choices] == [True], name
        # Somebody asked for a copy, and is told that there is none.
        assert [choice.unwanted for choice in camera.choices] == [True], name
        assert camera.modes == ["transcode"], name
        assert Phase.BACKING_OFF not in camera.phases, name
    # The box may be too busy to encode every picture.
    assert median(cameras["low"].durations) == pytest.approx(1.0, abs=0.1)
    assert median(cameras["realtime"].durations) == pytest.approx(1 / 3, abs=0.07)
    assert [part.independent for part in cameras["realtime"].segments[:2]] == [True, False]
