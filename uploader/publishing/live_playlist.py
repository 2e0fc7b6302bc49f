"""The public playlist: the live window of segments that are stored, in the store.

Kept here: a playlist never names an object that is not stored (invariant 1), if only such are appended. One write in
flight, newest wins (5). Numbers go on from what is stored, whoever wrote it (2).
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageUnavailable
from uploader.hls.playlist import MediaPlaylist, Parts, Segment, parse
from uploader.hls.window import LiveWindow, resume, serial_of, target_duration
from uploader.publishing.doubt import Doubt
from uploader.publishing.writer import Sight, Writer
from uploader.reporting.status import Condition, State
from uploader.storage import PLAYLIST
from uploader.storage.retry import until

if TYPE_CHECKING:
    from collections.abc import Collection

    from uploader.configuration.cameras import LiveStreamSettings
    from uploader.publishing.object_names import ObjectNames
    from uploader.publishing.removals import Removals
    from uploader.publishing.store_trouble import StoreTrouble
    from uploader.reporting.reporter import Reporter
    from uploader.segments.segment import FinishedSegment
    from uploader.storage import ObjectStore

OBJECT_NAME = "stream.m3u8"
# Looking who else writes must not hold up a segment, and is not needed with each of many (s).
LOOK_DEADLINE = 2.0
LOOK_PERIOD = 1.5
# While an older playlist may land over the newest, that one is looked at so often (s).
MEND_PERIOD = 1.0

ALTERED = Condition(
    State.LIVE,
    "The store says that all is well, but keeps something else than the playlist it was sent.",
    "Check the store's disk, and proxies between this box and the store.",
)


class Superseded(Exception):
    """Another worker has gone on from this one's segments."""


def _parts(settings: LiveStreamSettings) -> Parts | None:
    if settings.part_duration is None:
        return None
    # Rounded up: no part may be longer than is said (rfc8216bis section 4.4.3.7).
    return Parts(math.ceil(settings.part_duration * 1e6) / 1e6, settings.keyframe_interval)


class LivePlaylist:
    """One camera's playlist in `folder`. Use it only after `go_on_from`."""

    def __init__(
        self,
        store: ObjectStore,
        folder: str,
        settings: LiveStreamSettings,
        names: ObjectNames,
        removals: Removals,
        reporter: Reporter,
        trouble: StoreTrouble,
    ) -> None:
        self._store = store
        self._path = f"{folder}/{OBJECT_NAME}"
        self._settings = settings
        self._parts = _parts(settings)
        self._names = names
        self._removals = removals
        self._reporter = reporter
        self._trouble = trouble
        self._doubt = Doubt(store, folder, names, removals)
        self._writer = Writer(names.generation)
        self._window = self._resumed(None, ())
        self._appended = asyncio.Event()
        self._looked = -math.inf
        self._acknowledged: str | None = None  # the newest text, from when it is stored until the next one is sent
        self._broken = False  # the next segment does not follow from the last one listed
        self._finished = 0.0  # when the newest segment of the window was finished, on the loop's clock

    def go_on_from(self, stored: str | None, names: Collection[str]) -> None:
        """Continue this playlist with what of it is still stored; `names` are the objects in the folder."""
        self._window = self._resumed(stored, names)
        self._broken = self._window.playlist.next_sequence > 0
        self._names.pass_over(self._window.playlist.next_sequence)
        if stored is not None:
            self._writer.wrote(stored)

    def _resumed(self, stored: str | None, names: Collection[str]) -> LiveWindow:
        return resume(
            stored,
            names,
            target_duration=target_duration(self._settings.segment_duration),
            length=self._settings.segments_to_keep * self._settings.parts_per_segment,
            parts=self._parts,
        )

    @property
    def is_in_doubt(self) -> bool:
        """Whether viewers may yet see an older playlist; a segment that is named now has to tell of it."""
        return self._doubt.holds

    def fits(self, duration: float) -> bool:
        """Whether a segment of so many seconds may be listed at all."""
        return self._window.fits(duration)

    def can_go_on_with(self, segment: FinishedSegment) -> bool:
        """Whether a player could show it after what is listed: after a break only a keyframe helps."""
        return segment.independent or not (self._broken or segment.discontinuity)

    def append(self, name: str, segment: FinishedSegment) -> int:
        """List a segment that is stored; gives its media sequence number."""
        first = self._window.playlist.next_sequence == 0
        discontinuity = not first and (self._broken or segment.discontinuity)
        listed = Segment(name, segment.duration, segment.program_date_time, discontinuity, segment.independent)
        self._window = self._window.append(listed)
        self._broken = False
        self._finished = segment.finished
        # Players find the parts in between by their names; the newest in a playlist is one to begin with.
        if (segment.independent or discontinuity) and self._can_be_begun_with:
            self._appended.set()
        return self._window.playlist.next_sequence - 1

    @property
    def _can_be_begun_with(self) -> bool:
        """Whether a plain player gets going. hls.js with one part alone runs dry, skips to a part without a keyframe,
        and then asks a hundred times a second for parts it cannot begin with, until they have left the playlist."""
        *before, _ = self._window.playlist.segments
        return self._parts is None or any(segment.independent for segment in before)

    def skip(self) -> None:
        """A segment is lost; the next one does not follow from the last."""
        self._broken = True

    async def look(self) -> None:
        """See who else writes: go on from another worker's playlist, or raise Superseded when it went on from ours."""
        now = asyncio.get_running_loop().time()
        if now - self._looked < LOOK_PERIOD:
            return
        self._looked = now
        acknowledged = self._acknowledged
        try:
            stored = await self._stored()
        except (StorageError, TimeoutError):
            return  # whoever cannot be seen cannot be minded
        sight = self._writer.look(stored)
        if acknowledged is not None and acknowledged is self._acknowledged and sight is Sight.OURS:
            self._reporter.notice("playlist", None if self._writer.has_written(stored) else ALTERED)
        match sight:
            case Sight.SUCCESSOR:
                raise Superseded
            case Sight.ANOTHER if stored is not None:
                found = parse(stored)
                # Not from an old copy out of a cache: that would make the numbers go back.
                if found.next_sequence > self._window.playlist.next_sequence:
                    self.go_on_from(stored, {segment.uri for segment in found.segments})
            case _:
                pass

    async def _stored(self) -> str | None:
        """What viewers get. Raises StorageError, TimeoutError."""
        async with asyncio.timeout(LOOK_DEADLINE):
            body = await self._store.get(self._path)
        return body.decode(errors="replace") if body is not None else None

    async def run(self) -> None:
        """Keep the newest playlist stored, for ever. Trouble is told, and tried again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write())
            tasks.create_task(self._mend())

    async def _mend(self) -> None:
        """An older playlist that lands late over the newest is replaced, without waiting for the next segment."""
        while True:
            await self._doubt.arisen()
            await asyncio.sleep(MEND_PERIOD)
            if self._acknowledged is not None and await self._is_overtaken(self._acknowledged):
                self._appended.set()

    async def _is_overtaken(self, newest: str) -> bool:
        try:
            stored = await self._stored()
        except (StorageError, TimeoutError):
            return False
        return self._acknowledged is newest and stored != newest and self._writer.has_written(stored)

    async def _write(self) -> None:
        """Write whenever a segment was appended."""
        while True:
            await self._appended.wait()
            try:
                await until(math.inf, self._trouble.say_if_lasting)(self._write_newest)
            except StorageError as error:
                self._appended.set()
                await self._trouble.sit_out(error)

    async def _write_newest(self) -> None:
        """Write the playlist as it is now: every try takes the newest."""
        await self._doubt.mark()
        self._appended.clear()
        playlist, finished = self._hinted(self._window.playlist), self._finished
        text = playlist.render()
        self._writer.wrote(text)
        self._acknowledged = None
        try:
            await self._store.put(self._path, text.encode(), PLAYLIST)
        except StorageUnavailable:
            self._doubt.arise()
            raise
        self._acknowledged = text
        self._reporter.feed.playlist(text)
        self._published(playlist, finished)

    def _hinted(self, playlist: MediaPlaylist) -> MediaPlaylist:
        """With the name that the part after the last one most likely has."""
        if self._parts is None:
            return playlist
        serial = serial_of(playlist.segments[-1].uri) if playlist.segments else None
        return replace(playlist, hint=self._names.after(serial, in_doubt=self.is_in_doubt))

    def _published(self, playlist: MediaPlaylist, finished: float) -> None:
        lag = asyncio.get_running_loop().time() - finished
        self._reporter.published(playlist.next_sequence - 1, playlist.segments[-1].end, lag)
        self._removals.keep_only({segment.uri for segment in (*playlist.segments, *self._window.playlist.segments)})
