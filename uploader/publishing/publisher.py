"""From finished segments to a playlist that a viewer can trust.

Kept here: a segment is listed only when its upload was acknowledged (invariant 1), in the order in which it was filmed.
After an outage the newest goes first, and what was given up is marked with a discontinuity (6). What left the playlist
is removed from storage after a grace, and what a killed worker left behind is swept at the start (7).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from uploader.hls.window import next_serial, serial_of
from uploader.pictures.snapshots import OBJECT_NAME as SNAPSHOT_NAME
from uploader.publishing.backlog import Backlog
from uploader.publishing.live_playlist import LivePlaylist
from uploader.publishing.object_names import ObjectNames
from uploader.publishing.recovery import recover
from uploader.publishing.removals import Removals
from uploader.publishing.stock import Stock
from uploader.publishing.store_trouble import StoreTrouble
from uploader.publishing.uplink import PARALLEL, PARALLEL_PARTS, Outcome, Uplink
from uploader.segments.segment import FinishedSegment, GrowingSegment

if TYPE_CHECKING:
    from uploader.configuration.cameras import LiveStreamSettings
    from uploader.reporting.reporter import Reporter
    from uploader.storage import ObjectStore

log = logging.getLogger(__name__)

# Uploads of one segment to a store that keeps something else than it is given.
TRIES = 2


@dataclass(frozen=True, slots=True)
class _Upload:
    """What came of a segment: the names that may be stored now. Under the last one it is, unless it was given up."""

    number: int
    names: tuple[str, ...] = ()
    segment: FinishedSegment | None = None


class Publisher:
    """Publishes one camera into `folder` ("location_1/cam_floor")."""

    def __init__(self, store: ObjectStore, folder: str, settings: LiveStreamSettings, reporter: Reporter) -> None:
        self._store = store
        self._folder = folder
        self._reporter = reporter
        self._has_snapshots = settings.snapshot_every is not None
        self._sends_parts = settings.part_duration is not None
        parallel, parts = PARALLEL_PARTS if self._sends_parts else PARALLEL, settings.parts_per_segment
        self._uploads: asyncio.Queue[asyncio.Task[_Upload]] = asyncio.Queue(parallel)
        viewable = settings.segment_duration * settings.segments_to_keep
        self._backlog = Backlog(viewable, parts)
        self._trouble = StoreTrouble(store, reporter)
        self._names = ObjectNames(parts=self._sends_parts)
        self._removals = Removals(store, folder, viewable, partial(reporter.notice, "removals"))
        self._stock = Stock(store, folder, viewable, partial(reporter.notice, "stock"))
        self._uplink = Uplink(
            *(store, folder, viewable, self._stock, reporter, self._trouble), parallel=parallel, parts=parts
        )
        self._playlist = LivePlaylist(store, folder, settings, self._names, self._removals, reporter, self._trouble)

    def offer(self, segment: FinishedSegment | GrowingSegment) -> None:
        """Take a segment, finished or just begun; when too many wait, only the newest is kept."""
        lost = self._backlog.lost
        growing = GrowingSegment.whole(segment) if isinstance(segment, FinishedSegment) else segment
        growing.number = self._reporter.offered(growing.finished)
        self._backlog.offer(growing)
        if self._backlog.lost > lost:
            self._uplink.narrow()

    @property
    def uplink(self) -> Uplink:
        """The way of segments into the store, for those that have to keep out of theirs."""
        return self._uplink

    async def run(self) -> None:
        """Publish until cancelled. Trouble with the store is told to the reporter, and tried again.

        Raises Superseded, inside an exception group, when another worker has taken over.
        """
        await self._recover()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._upload_segments(tasks))
            tasks.create_task(self._list_segments())
            tasks.create_task(self._playlist.run())
            tasks.create_task(self._removals.run())
            tasks.create_task(self._stock.run())

    async def _recover(self) -> None:
        """Go on where the worker before this one stopped: its numbers, and the segments that are still stored."""
        found = await recover(self._store, self._folder, self._removals, self._trouble)
        self._playlist.go_on_from(found.playlist, found.names)
        self._names.pass_over(next_serial(found.names))
        self._removals.stored(name for name in found.names if serial_of(name) is not None)
        if not self._has_snapshots:  # any more: an old picture must not be shown for ever
            self._removals.stored(found.names & {SNAPSHOT_NAME})

    async def _upload_segments(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await self._uplink.take_slot()
            segment = await self._backlog.next(self._uplink.lasting)
            self._uploads.put_nowait(tasks.create_task(self._upload(segment, self._next_name())))

    def _next_name(self) -> str:
        return self._names.next(in_doubt=self._playlist.is_in_doubt)

    async def _upload(self, segment: GrowingSegment, name: str) -> _Upload:
        """Store one segment, and see meanwhile who else writes here."""
        if segment.finished is not None and not self._fits(segment.finished):
            return _Upload(segment.number)
        async with asyncio.TaskGroup() as both:
            if segment.independent:
                both.create_task(self._playlist.look())
            sending = both.create_task(self._send(segment, name))
        return sending.result()

    async def _send(self, segment: GrowingSegment, name: str) -> _Upload:
        names = [name]
        while (outcome := await self._uplink.send(segment, names[-1])) is Outcome.DAMAGED and len(names) < TRIES:
            names.append(self._next_name())
        finished = segment.finished if outcome is Outcome.STORED else None
        if finished is None or not self._fits(finished):
            return _Upload(segment.number, tuple(names))
        if self._sends_parts:
            self._reporter.feed.part(names[-1])
        # What was lost before it may have become known only while it was made.
        return _Upload(segment.number, tuple(names), replace(finished, discontinuity=segment.discontinuity))

    def _fits(self, segment: FinishedSegment) -> bool:
        fits = self._playlist.fits(segment.duration)
        if not fits:
            log.warning(
                "%s: a segment of %.1f s does not fit and is left out.", self._reporter.status.name, segment.duration
            )
        return fits

    async def _list_segments(self) -> None:
        """Append what was stored, in the order in which it was filmed."""
        lost, removed = self._reporter.status.lost, self._reporter.status.removed  # by the publisher before this one
        while True:
            upload = await (await self._uploads.get())
            self._uplink.give_slot()
            # Also after a failure: it may have been stored all the same, and then has to be removed.
            self._removals.stored(upload.names)
            if upload.segment is not None and self._playlist.can_go_on_with(upload.segment):
                self._reporter.listed(upload.number, self._playlist.append(upload.names[-1], upload.segment))
            else:
                self._playlist.skip()
                self._reporter.lost(upload.number)
                lost += 1
            self._reporter.count(lost=lost + self._backlog.lost, removed=removed + self._removals.removed)
