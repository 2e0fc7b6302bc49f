"""FFmpeg of any age, 4.2 to 9.0: each comes through the same day.

All cameras of the day run at once; STOREFEED_TEST_FFMPEGS=/old/ffmpeg:/new/ffmpeg tells it with others.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import ffmpegs
from tests.rtsp_camera import Drop, Freeze, Login, RtspCamera, Script
from tests.worker_process import free_port
from uploader.configuration.cameras import Camera
from uploader.ffmpeg.causes import CRASHES_ON_NAMES, WRONG_LOGIN
from uploader.segments.watcher import DirectoryEvents
from uploader.supervision.course import Supervision
from uploader.supervision.history import Phase
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uploader.ffmpeg.command import FFmpeg
    from uploader.segments.segment import FinishedSegment, GrowingSegment

LIMIT = 60.0
LOGIN = Login("admin", "p@ss#w/or?d:%")


@dataclass
class Day:
    """What one camera went through."""

    supervision: Supervision = field(default_factory=Supervision)
    durations: list[float] = field(default_factory=list)
    ending_took: float = 0.0

    @property
    def phases(self) -> list[Phase]:
        return [step.phase for step in self.supervision.history.steps]

    @property
    def reasons(self) -> set[str | None]:
        return {step.reason for step in self.supervision.history.steps} - {None}

    def take(self, segment: FinishedSegment | GrowingSegment) -> None:
        self.durations.append(getattr(segment, "duration", 0.0))

    def tell(self, supervision: Supervision) -> None:
        self.supervision = supervision


async def lived(ffmpeg: FFmpeg, url: str, scratch: Path, enough: Callable[[Day], bool]) -> Day:
    """A camera at this address, until it has seen enough."""
    video = {"segment_duration": 1, "video": "transcode", "encoder": "libx264"}
    camera = Camera.model_validate({"id": "cam", "rtsp_url": url, "settings": video})
    day = Day()
    with DirectoryEvents().running() as events:
        task = asyncio.create_task(Supervisor(camera, ffmpeg, scratch, events, day.take, day.tell).run())
        clock = asyncio.get_running_loop().time
        began = clock()
        while not enough(day) and not task.done() and clock() - began < LIMIT:  # noqa: ASYNC110  (told from two sides)
            await asyncio.sleep(0.05)
        ending = clock()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        day.ending_took = clock() - ending
    return day


def filmed(day: Day) -> bool:
    return len(day.durations) >= 4


def failed(day: Day) -> bool:
    return bool({Phase.BACKING_OFF, Phase.REFUSED} & set(day.phases))


def came_back(day: Day) -> bool:
    return day.phases.count(Phase.LIVE) == 2


def either(day: Day) -> bool:
    return filmed(day) or failed(day)


@pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)
async def test_the_same_day_with_every_ffmpeg(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:

        async def camera(script: Script | None = None) -> RtspCamera:
            return await stack.enter_async_context(RtspCamera(login=LOGIN, script=script))

        good, udp = await camera(), await camera(Script(tcp=False))
        drops = await camera(Script(faults=((2.0, Drop()),)))
        freezes = await camera(Script(faults=((2.0, Freeze(6.0)),)))
        stories = {
            "test picture": ("testsrc://", filmed),
            "camera": (good.url, filmed),
            "camera over UDP": (udp.url, filmed),
            "hangs up": (drops.url, came_back),
            "freezes": (freezes.url, came_back),
            "wrong password": (good.address(user="admin", password="wrong"), failed),
            "wrong path": (good.address(path="/nothing", user=LOGIN.user, password=LOGIN.password), failed),
            "nobody there": (f"rtsp://127.0.0.1:{free_port()}/live", failed),
            "by name": (good.url.replace("127.0.0.1", "localhost"), either),
        }
        days = await asyncio.gather(*(lived(ffmpeg, url, tmp_path, enough) for url, enough in stories.values()))
        day = dict(zip(stories, days, strict=True))

        for name in ("test picture", "camera", "camera over UDP"):
            assert filmed(day[name]), name
            assert day[name].durations == pytest.approx([1.0] * len(day[name].durations), abs=0.1), name
        assert day["hangs up"].reasons == {"The camera closed the connection."}
        assert day["freezes"].phases.count(Phase.LIVE) == day["freezes"].phases.count(Phase.STALLED) + 1 == 2
        assert day["wrong password"].reasons == {WRONG_LOGIN.reason}
        assert day["wrong path"].reasons == {"The camera answers, but the path in rtsp_url does not exist (404)."}
        assert day["nobody there"].reasons == {"A device answers at that address, but not on that port."}
        assert day["by name"].reasons <= {CRASHES_ON_NAMES.reason}
        assert max(day.ending_took for day in days) < 5
        # SIGTERM lets it say goodbye, so no camera counts a viewer who is gone.
        assert (good.lost, udp.lost) == (0, 0)
        assert list(tmp_path.iterdir()) == []
