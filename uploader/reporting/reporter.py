"""Says what a camera is doing: a console line per change, status.json beside the playlist, `status` for the API."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from uploader.errors import StorageError
from uploader.reporting.feed import Feed
from uploader.reporting.journal import Journal
from uploader.reporting.status import HEARTBEAT, STOPPED, CameraStatus, Condition, State, sentence
from uploader.reporting.traffic import Traffic
from uploader.storage import STATUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from uploader.configuration.cameras import Camera
    from uploader.segments.segment import FinishedSegment
    from uploader.source.passthrough import Choice
    from uploader.storage import ObjectStore
    from uploader.supervision.course import Supervision

log = logging.getLogger(__name__)

OBJECT_NAME = "status.json"
# A store that hangs must not keep the worker from ending.
FAREWELL_DEADLINE = 2.0
# The console says the same again after this: a camera that is away for a night is tried a thousand times.
SILENCE = timedelta(minutes=5)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Reporter:
    """The voice of one camera. The supervisor and the publisher tell it; only `run` writes, one request at a time.

    `feed` is for those on this box who want to hear of everything at once, `journal` what became of
    each segment, `traffic` how much was uploaded since the start. `events_url` is where viewers hear of `feed`.
    """

    def __init__(
        self,
        camera: Camera,
        folder: str,
        store: ObjectStore,
        now: Callable[[], datetime],
        events_url: str | None = None,
    ) -> None:
        self._store = store
        self._path = f"{folder}/{OBJECT_NAME}"
        self._now = now
        self._changed = asyncio.Event()
        self._notices: dict[str, Condition] = {}
        self._said, self._said_at = "", now()
        self.frame_at: datetime | None = None  # when the newest dated frame was taken that is stored
        self.feed = Feed()
        self.journal = Journal()
        self.traffic = Traffic()
        self.status = CameraStatus(
            camera=camera.id,
            name=camera.name,
            profile=camera.settings.profile,
            segment_duration=float(camera.settings.segment_duration),
            part_duration=camera.settings.part_duration,
            events_url=events_url,
            since=now(),
            updated_at=now(),
        )

    def picture(self, condition: Condition) -> None:
        """Whether there is a picture, and why not."""
        self._tell(self.status.at(self._now(), picture=condition))

    def supervised(self, supervision: Supervision) -> None:
        """What the supervisor sees of the camera, and what the camera went through."""
        self._tell(self.status.at(self._now(), picture=supervision.condition, history=supervision.history))

    def video(self, choice: Choice) -> None:
        """How the video is made, and why."""
        self._tell(self.status.at(self._now(), video=choice))
        if choice.unwanted:
            reason = f"'video: copy' cannot be done. {choice.reason}"
            self.notice("video", Condition(State.LIVE, reason, choice.advice or None))
            return
        self.notice("video", None)
        if choice.camera:
            log.info("%s: %s", self.status.name, " ".join(filter(None, (choice.reason, choice.advice))))

    def upload(self, trouble: Condition | None) -> None:
        """What keeps objects from being stored; None when nothing does."""
        self._tell(self.status.at(self._now(), upload=trouble))

    def notice(self, source: str, condition: Condition | None) -> None:
        """Something to know while the picture is live, by where it comes from; None when it is over."""
        if condition is None:
            self._notices.pop(source, None)
        else:  # in its place: two that are told again and again must not take turns
            self._notices[source] = condition
        self._tell(self.status.at(self._now(), notice=next(iter(self._notices.values()), None)))

    def count(self, *, lost: int, removed: int) -> None:
        """So many segments were given up, and so many objects removed from storage, since the start."""
        self._tell(self.status.at(self._now(), lost=lost, removed=removed))

    def offered(self, segment: FinishedSegment | None) -> int:
        """The next segment is to be stored, `segment` when it is whole already; gives its number in the journal."""
        number = self.journal.next_number
        self.journal = self.journal.begun()
        if segment is not None:
            self._made(number, segment)
        return number

    def uploaded(self, number: int, segment: FinishedSegment, seconds: float, *, alone: bool) -> None:
        """This segment is stored, `seconds` after its end or after its turn came; `alone`: not while it was made."""
        self._made(number, segment)
        self.journal = self.journal.uploaded(number, seconds, alone=alone)
        self.traffic = self.traffic.after(len(segment.body), seconds)

    def _made(self, number: int, segment: FinishedSegment) -> None:
        ended_at = segment.program_date_time + timedelta(seconds=segment.duration)
        self.journal = self.journal.made(number, ended_at, segment.duration, len(segment.body), segment.finished)

    def listed(self, number: int, media_sequence: int) -> None:
        """This segment will be in the next playlist, under this media sequence number."""
        self.journal = self.journal.listed(number, media_sequence)

    def framed(self, taken_at: datetime) -> None:
        """A dated frame is stored."""
        self.frame_at = taken_at

    def lost(self, number: int) -> None:
        """This segment was given up."""
        self.journal = self.journal.lost(number, self._now())

    def stand_by(self, *, standing_by: bool) -> None:
        """Another worker speaks for this camera now, here nothing is written any more; or it has fallen silent."""
        self._tell(self.status.at(self._now(), standing_by=standing_by))

    def published(self, media_sequence: int, ended_at: datetime | None, lag: float) -> None:
        """A playlist whose newest segment is `media_sequence` (its last picture taken at `ended_at`) is stored."""
        self.journal = self.journal.published(media_sequence, lag)
        self._tell(
            self.status.at(
                self._now(), upload=None, media_sequence=media_sequence, last_segment_at=ended_at, publish_lag=lag
            )
        )

    def _tell(self, status: CameraStatus) -> None:
        before, self.status = self.status, status
        if status.condition == before.condition:
            return
        line = sentence(status.name, status.condition)
        self._say(line)
        # A figure may be another with every upload; the next beat has it.
        if _without_figures(line) != _without_figures(sentence(before.name, before.condition)):
            self._changed.set()

    def _say(self, line: str) -> None:
        """What differs from the line before only in its figures is not said again at once."""
        said, now = _without_figures(line), self._now()
        if said == self._said and timedelta(0) <= now - self._said_at < SILENCE:
            return
        self._said, self._said_at = said, now
        log.info("%s", line)

    async def run(self) -> None:
        """Write status.json at every change and every HEARTBEAT seconds. Another figure alone is no change."""
        self._say(sentence(self.status.name, self.status.condition))
        while True:
            self._changed.clear()
            await self._write()
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._changed.wait()
        except TimeoutError:
            return

    async def farewell(self, why: Condition = STOPPED) -> None:
        """Say why there will be no picture any more, so that nobody takes the last one for live."""
        if self.status.standing_by:
            return
        self._tell(self.status.at(self._now(), stopped=why))
        # Not asyncio.timeout: up to Python 3.11.2 it ends a task that is being cancelled instead (CPython gh-102780).
        writing = asyncio.create_task(self._write())
        await asyncio.wait({writing}, timeout=FAREWELL_DEADLINE)
        writing.cancel()

    async def _write(self) -> None:
        try:
            beat = await self._next_beat()
            self.status = self.status.at(self._now(), beat=beat)
            body = json.dumps(self.status.as_json(), ensure_ascii=False, separators=(",", ":")).encode()
            await self._store.put(self._path, body, STATUS)
        except StorageError as error:
            # The publisher meets the same trouble and says so; the next beat tries again.
            log.debug("%s: status not stored. %s", self.status.name, error)

    async def _next_beat(self) -> int:
        """One more than the last; the first goes on where the worker before this one stopped."""
        if self.status.beat:
            return self.status.beat + 1
        return beat_of(await self._store.get(self._path)) + 1


def _without_figures(line: str) -> str:
    return _NUMBER.sub("", line)


def beat_of(stored: bytes | None) -> int:
    """The `beat` in a stored status.json; 0 where there is none or it is not one of ours."""
    try:
        document = json.loads(stored or b"{}")
    except ValueError:
        return 0
    beat = document.get("beat") if isinstance(document, dict) else None
    return beat if isinstance(beat, int) and beat >= 0 else 0
