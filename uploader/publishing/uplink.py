"""The way of a segment into the store: a few at a time, each tried for as long as somebody may want to see it."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused
from uploader.publishing.pace import Pace
from uploader.publishing.stock import Damaged
from uploader.segments.segment import Abandoned
from uploader.storage import SEGMENT
from uploader.storage.retry import until

if TYPE_CHECKING:
    from uploader.publishing.stock import Stock
    from uploader.publishing.store_trouble import StoreTrouble
    from uploader.reporting.reporter import Reporter
    from uploader.segments.segment import GrowingSegment
    from uploader.storage import ObjectStore

# Uploads at a time. A second one starts only when the first takes longer than a segment lasts: then the round trip, not
# the bytes, may be what takes long. When even so something had to be given up, it is the bytes, and several at a time
# only make each other late: then it is half as many, until one takes less than this part of the time it shows. With
# parts, the round trip is often as long as they are.
PARALLEL = 2
PARALLEL_PARTS = 4
ROOM = 0.8
SPARE = 0.25
# One refused segment is that segment's trouble; so many in a row are everybody's.
PERSISTENT = 2


class Outcome(Enum):
    """What became of an upload."""

    STORED = "stored"
    GIVEN_UP = "given up"
    DAMAGED = "damaged"  # worth another try, under another name: a name has the same bytes for ever


class Uplink:
    """One camera's, into `folder`. For `viewable` seconds after its end somebody may still want to see a segment, which
    comes in so many `parts`."""

    def __init__(
        self,
        store: ObjectStore,
        folder: str,
        viewable: float,
        stock: Stock,
        reporter: Reporter,
        trouble: StoreTrouble,
        *,
        parallel: int = PARALLEL,
        parts: int = 1,
    ) -> None:
        self._store = store
        self._folder = folder
        self._viewable = viewable
        self._stock = stock
        self._reporter = reporter
        self._trouble = trouble
        self._parallel = parallel
        self._sending = 0
        self._freed = asyncio.Event()
        self._narrow = False
        self._refusals = 0  # in a row
        self._whole = 0  # segments that are sent as a whole at the moment
        self._through = asyncio.Event()
        self._pace = Pace(parts=parts)

    async def take_slot(self) -> None:
        """Wait until one more segment may be sent."""
        while self._sending >= (self._parallel // 2 if self._narrow else self._parallel):
            self._freed.clear()
            await self._freed.wait()
        self._sending += 1
        if self._refusals >= PERSISTENT:
            await self._trouble.rest()

    def give_slot(self) -> None:
        """A segment is through, whatever became of it."""
        self._sending -= 1
        self._freed.set()

    @property
    def spare(self) -> float:
        """Bytes a second that others may send beside the live picture: what carries it carries a quarter more."""
        return SPARE * (self._reporter.journal.needed_bps or 0) / 8

    async def quiet(self) -> None:
        """Wait until no whole segment is on its way. One that is sent while it is made leaves nothing to wait for."""
        while self._whole:
            self._through.clear()
            await self._through.wait()

    @property
    def is_behind(self) -> bool:
        """Whether it is too slow for the live picture alone."""
        return self._narrow or self._pace.too_slow or self._refusals > 0

    def narrow(self) -> None:
        """Something had to be given up because too much was waiting."""
        self._narrow = True

    @property
    def lasting(self) -> float:
        """What an upload takes at the moment (s)."""
        return self._pace.lasting

    async def send(self, segment: GrowingSegment, name: str) -> Outcome:
        """Store one segment, if need be while it is made, or give it up."""
        clock = asyncio.get_running_loop().time
        began = clock()
        deadline = (segment.finished.finished if segment.finished else began) + self._viewable
        try:
            await until(deadline, self._trouble.say_if_lasting)(self._put, segment, f"{self._folder}/{name}")
            await self._stock.take(name, len(segment.body))
        except Abandoned:
            return Outcome.GIVEN_UP
        except StorageError as error:
            self._refusals += isinstance(error, StorageRefused)
            self._stock.mistrust()
            self._trouble.say(error)
            return Outcome.DAMAGED if isinstance(error, Damaged) else Outcome.GIVEN_UP
        self._refusals = 0
        self._measure(segment, began, clock())
        return Outcome.STORED

    async def _put(self, segment: GrowingSegment, path: str) -> None:
        if segment.finished is None:
            return await self._store.put(path, segment, SEGMENT)
        self._whole += 1
        try:
            return await self._store.put(path, segment.body, SEGMENT)
        finally:
            self._whole -= 1
            self._through.set()

    def _measure(self, segment: GrowingSegment, began: float, ended: float) -> None:
        if segment.finished is None:
            return
        # Only what the upload took by itself: while a segment is made, nothing can be faster.
        video, upload = segment.finished.duration, ended - max(began, segment.finished.finished)
        self._reporter.uploaded(segment.number, segment.finished, upload, alone=began >= segment.finished.finished)
        self._pace = self._pace.after(video, upload)
        self._narrow = self._narrow and upload >= ROOM * video
        self._reporter.notice("uplink", self._pace.notice)
