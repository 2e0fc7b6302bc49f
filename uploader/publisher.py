"""From finished segments to a playlist that a viewer can trust.

Kept here: a playlist never names an object that is not stored (invariant 1): a segment is appended to the window only
when its upload was acknowledged. One playlist write in flight, newest wins (5). After an outage the newest goes first,
and what was given up is marked with a discontinuity (6). What left the playlist is removed from storage after a grace,
and what a killed worker left behind is swept at the start (7).
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from uploader.backlog import Backlog
from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.hls.playlist import MediaPlaylist, Segment, parse
from uploader.hls.window import LiveWindow, next_serial, resume, segment_name, serial_of, target_duration
from uploader.pace import Pace
from uploader.removals import Removals
from uploader.status import Condition, State
from uploader.storage import PLAYLIST, SEGMENT, STATUS
from uploader.storage.retry import until
from uploader.writer import Sight, Writer

if TYPE_CHECKING:
    from collections.abc import Collection

    from uploader.cameras import LiveStreamSettings
    from uploader.reporter import Reporter
    from uploader.storage import ObjectStore
    from uploader.watcher import FinishedSegment

log = logging.getLogger(__name__)

OBJECT_NAME = "stream.m3u8"
PREFLIGHT = "preflight.json"
# Uploads at a time. A second one starts only when the first takes longer than a segment lasts: then the round trip, not
# the bytes, may be what takes long.
PARALLEL = 2
# A store that says no is asked again this seldom, in seconds: nothing changes until somebody acts.
REFUSED_PAUSE = 30.0
# One refused segment is that segment's trouble; so many in a row are everybody's.
PERSISTENT = 2
# After this long without the store, a viewer has to be told.
PATIENCE = 5.0
# Looking who else writes must not hold up a segment.
LOOK_DEADLINE = 2.0
# A playlist write without an answer may still land within this time, over a newer one: the last to complete wins.
DOUBT = 60.0
# What is in the object that marks it: the smallest MPEG-TS there is.
NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184


class Superseded(Exception):
    """Another worker has gone on from this one's segments."""


@dataclass(frozen=True, slots=True)
class _Upload:
    segment: FinishedSegment
    name: str
    done: asyncio.Task[bool]


class Publisher:
    """Publishes one camera into `folder` ("location_1/cam_floor")."""

    def __init__(self, store: ObjectStore, folder: str, settings: LiveStreamSettings, reporter: Reporter) -> None:
        self._store = store
        self._folder = folder
        self._settings = settings
        self._reporter = reporter
        self._backlog = Backlog()
        self._slots = asyncio.Semaphore(PARALLEL)
        self._uploads: asyncio.Queue[_Upload] = asyncio.Queue(PARALLEL)
        self._appended = asyncio.Event()
        # Random, because neither the clock nor the disk of a box can be relied on.
        self._generation = secrets.token_hex(4)
        self._writer = Writer(self._generation)
        self._serial = 0
        self._broken = False  # the next segment does not follow from the last one listed
        self._finished = 0.0  # when the newest segment of the window was finished, on the loop's clock
        self._doubtful_until = 0.0
        self._is_doubt_marked = True
        self._refusals = 0  # segments refused in a row
        self._pace = Pace()
        self._window = self._resumed(None, ())
        viewable = settings.segment_duration * settings.segments_to_keep
        self._viewable = viewable  # how long after its end somebody may still want to see a segment, in seconds
        self._removals = Removals(store, folder, viewable, partial(reporter.notice, "removals"))

    def offer(self, segment: FinishedSegment) -> None:
        """Take a finished segment; when too many wait, only the newest is kept."""
        self._backlog.offer(segment)

    async def run(self) -> None:
        """Publish until cancelled. Trouble with the store is told to the reporter, and tried again.

        Raises Superseded, inside an exception group, when another worker has taken over.
        """
        await self._recover()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._upload_segments(tasks))
            tasks.create_task(self._list_segments())
            tasks.create_task(self._write_playlists())
            tasks.create_task(self._removals.run())

    async def _recover(self) -> None:
        """Go on where the worker before this one stopped: its numbers, and the segments that are still stored."""
        while True:
            try:
                await self._preflight()
                stored = await self._stored()
                names = {entry.name for entry in await self._store.list(self._folder)}
                break
            except StorageError as error:
                await self._trouble(error)
        self._go_on_from(stored, names)
        self._serial = max(self._serial, next_serial(names))
        self._removals.stored(name for name in names if serial_of(name) is not None)

    async def _preflight(self) -> None:
        """Find trouble with key, bucket and policies with a tiny object, before the first segment meets it."""
        await self._store.prepare()
        await self._store.put(self._path(PREFLIGHT), b"{}", STATUS)
        await self._removals.remove([PREFLIGHT])

    async def _stored(self) -> str | None:
        stored = await self._store.get(self._path(OBJECT_NAME))
        return stored.decode(errors="replace") if stored is not None else None

    def _go_on_from(self, stored: str | None, names: Collection[str]) -> None:
        self._window = self._resumed(stored, names)
        self._broken = self._window.playlist.next_sequence > 0
        self._serial = max(self._serial, self._window.playlist.next_sequence)
        if stored is not None:
            self._writer.wrote(stored)

    def _resumed(self, stored: str | None, names: Collection[str]) -> LiveWindow:
        return resume(
            stored,
            names,
            target_duration=target_duration(self._settings.segment_duration),
            length=self._settings.segments_to_keep,
        )

    async def _upload_segments(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await self._slots.acquire()
            if self._refusals >= PERSISTENT:
                await asyncio.sleep(REFUSED_PAUSE)
            segment = await self._backlog.next()
            in_doubt = asyncio.get_running_loop().time() < self._doubtful_until
            name = segment_name(self._serial, self._generation, in_doubt=in_doubt)
            self._serial += 1
            self._uploads.put_nowait(_Upload(segment, name, tasks.create_task(self._upload(segment, name))))

    async def _upload(self, segment: FinishedSegment, name: str) -> bool:
        """Store one segment, and see meanwhile who else writes here; False when it is given up."""
        if not self._window.fits(segment.duration):
            log.warning(
                "%s: a segment of %.1f s does not fit and is left out.", self._reporter.status.name, segment.duration
            )
            return False
        async with asyncio.TaskGroup() as both:
            both.create_task(self._look())
            storing = both.create_task(self._store_segment(segment, name))
        return storing.result()

    async def _store_segment(self, segment: FinishedSegment, name: str) -> bool:
        clock = asyncio.get_running_loop().time
        began = clock()
        deadline = segment.finished + self._viewable
        try:
            await until(deadline, self._say_if_lasting)(self._store.put, self._path(name), segment.body, SEGMENT)
        except StorageError as error:
            self._refusals += isinstance(error, StorageRefused)
            self._say(error)
            return False
        self._refusals = 0
        self._pace = self._pace.after(segment.duration, clock() - began)
        self._reporter.notice("uplink", self._pace.notice)
        return True

    async def _look(self) -> None:
        """Go on from another worker's playlist, or raise Superseded when it has gone on from ours."""
        try:
            async with asyncio.timeout(LOOK_DEADLINE):
                stored = await self._stored()
        except (StorageError, TimeoutError):
            return  # whoever cannot be seen cannot be minded
        match self._writer.look(stored):
            case Sight.SUCCESSOR:
                raise Superseded
            case Sight.ANOTHER if stored is not None:
                found = parse(stored)
                # Not from an old copy out of a cache: that would make the numbers go back.
                if found.next_sequence > self._window.playlist.next_sequence:
                    self._go_on_from(stored, {segment.uri for segment in found.segments})
            case _:
                pass

    async def _list_segments(self) -> None:
        """Append what was stored, in the order in which it was filmed."""
        lost = 0
        while True:
            upload = await self._uploads.get()
            stored = await upload.done
            self._slots.release()
            # Also after a failure: it may have been stored all the same, and then has to be removed.
            self._removals.stored([upload.name])
            if stored:
                self._append(upload)
            else:
                self._broken = True
                lost += 1
            self._reporter.count(lost=lost + self._backlog.lost, removed=self._removals.removed)

    def _append(self, upload: _Upload) -> None:
        segment = upload.segment
        first = self._window.playlist.next_sequence == 0
        discontinuity = not first and (self._broken or segment.discontinuity)
        self._window = self._window.append(
            Segment(upload.name, segment.duration, segment.program_date_time, discontinuity)
        )
        self._broken = False
        self._finished = segment.finished
        self._appended.set()

    async def _write_playlists(self) -> None:
        while True:
            await self._appended.wait()
            try:
                await until(math.inf, self._say_if_lasting)(self._write_newest)
            except StorageError as error:
                self._appended.set()
                await self._trouble(error)

    async def _write_newest(self) -> None:
        """Write the playlist as it is now: every try takes the newest."""
        await self._mark_doubt()
        self._appended.clear()
        playlist, finished = self._window.playlist, self._finished
        text = playlist.render()
        self._writer.wrote(text)
        try:
            await self._store.put(self._path(OBJECT_NAME), text.encode(), PLAYLIST)
        except StorageUnavailable:
            self._doubtful_until = asyncio.get_running_loop().time() + DOUBT
            self._is_doubt_marked = False
            raise
        self._published(playlist, finished)

    async def _mark_doubt(self) -> None:
        """Before a newer playlist than the one in doubt: leave a name behind that tells a restart of the doubt.

        Segments under way have their names already, so the mark is an object of its own, and is swept like them.
        """
        if self._is_doubt_marked:
            return
        name = segment_name(self._serial, self._generation, in_doubt=True)
        self._serial += 1
        await self._store.put(self._path(name), NULL_PACKET, SEGMENT)
        self._removals.stored([name])
        self._is_doubt_marked = True

    def _published(self, playlist: MediaPlaylist, finished: float) -> None:
        lag = asyncio.get_running_loop().time() - finished
        self._reporter.published(playlist.next_sequence - 1, playlist.segments[-1].end, lag)
        self._removals.keep_only({segment.uri for segment in (*playlist.segments, *self._window.playlist.segments)})

    def _say_if_lasting(self, error: StorageError, seconds: float) -> None:
        if seconds > PATIENCE:
            self._say(error)

    def _say(self, error: StorageError) -> None:
        self._reporter.upload(Condition(State.NOT_UPLOADING, error.what, error.advice or None))

    async def _trouble(self, error: StorageError) -> None:
        """Say it, and wait as long as makes sense before the next try."""
        self._say(error)
        if isinstance(error, StorageRefused):
            await asyncio.sleep(REFUSED_PAUSE)
        else:
            wish = error.retry_after if isinstance(error, StorageUnavailable) else None
            await asyncio.sleep(wish or 0.5)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"
