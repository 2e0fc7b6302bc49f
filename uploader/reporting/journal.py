"""What became of a camera's last segments, and how long it took. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from uploader.hls.playlist import iso

if TYPE_CHECKING:
    from datetime import datetime

KEPT = 120
# So many of them say how much the camera needs of the uplink, and what the uplink carried.
LOOKED_AT = 15


class Fate(StrEnum):
    """What became of a segment."""

    MADE = "made"  # on its way
    UPLOADED = "uploaded"
    LATE = "late"  # listed later after its end than it lasts
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Passage:
    """One segment's way from the camera to the viewers. What is not known yet, or never will be, is None.

    `finished` is when its last picture was made, on the clock of whoever tells (s); `ended_at` the same for people,
    aware and UTC. `upload_seconds` is what storing it took, `alone`: all of it after its end, so that its bytes in that
    time say what the uplink carries. `publish_lag` (s) is from its end to the playlist that lists it being stored.
    """

    number: int
    ended_at: datetime | None = None
    duration: float | None = None
    size: int = 0
    finished: float | None = None
    upload_seconds: float | None = None
    alone: bool = False
    media_sequence: int | None = None
    publish_lag: float | None = None
    lost: bool = False

    @property
    def fate(self) -> Fate:
        """What became of it."""
        if self.lost:
            return Fate.LOST
        if self.publish_lag is None:
            return Fate.MADE
        return Fate.LATE if self.publish_lag > (self.duration or 0.0) else Fate.UPLOADED

    def as_json(self) -> list[object]:
        """Short, because there are many: see Journal.as_json."""
        return [
            self.media_sequence,
            iso(self.ended_at) if self.ended_at else None,
            _rounded(self.duration),
            self.size,
            _rounded(self.upload_seconds),
            _rounded(self.publish_lag),
            self.fate.value,
        ]


@dataclass(frozen=True, slots=True)
class Journal:
    """The last KEPT segments, in the order in which they were filmed."""

    passages: tuple[Passage, ...] = ()

    @property
    def next_number(self) -> int:
        """For the next segment."""
        return self.passages[-1].number + 1 if self.passages else 0

    def begun(self) -> Journal:
        """The next segment is being made."""
        return Journal((*self.passages, Passage(self.next_number))[-KEPT:])

    def made(self, number: int, ended_at: datetime, duration: float, size: int, finished: float) -> Journal:
        """It is whole."""
        return self._with(number, ended_at=ended_at, duration=duration, size=size, finished=finished)

    def uploaded(self, number: int, seconds: float, *, alone: bool) -> Journal:
        """It is stored."""
        return self._with(number, upload_seconds=seconds, alone=alone)

    def listed(self, number: int, media_sequence: int) -> Journal:
        """It will be in the next playlist, under this number. All before it that were not are lost."""
        return _passed(self._with(number, media_sequence=media_sequence), number)

    def lost(self, number: int, at: datetime) -> Journal:
        """It was given up."""
        passage = self.find(number)
        ended_at = passage.ended_at if passage and passage.ended_at else at
        return _passed(self._with(number, lost=True, ended_at=ended_at), number)

    def published(self, media_sequence: int, lag: float) -> Journal:
        """A playlist whose newest segment is this one is stored, `lag` seconds after its end."""
        newest = next((one for one in reversed(self.passages) if one.media_sequence == media_sequence), None)
        if newest is None or newest.finished is None:
            return self
        now = newest.finished + lag
        return Journal(tuple(_published(passage, media_sequence, now) for passage in self.passages))

    def as_json(self) -> dict[str, object]:
        """In the API. `segments`, the oldest first: media sequence, when it ended, its seconds, its bytes, seconds of
        upload, seconds from its end to its playlist, what became of it. `uplink`: what the video needs, and what was
        achieved, in bits per second."""
        shown = [passage.as_json() for passage in self.passages if passage.ended_at is not None]
        return {"segments": shown, "uplink": {"needed_bps": self.needed_bps, "achieved_bps": self.achieved_bps}}

    def upload_seconds(self, quantile: float) -> float | None:
        """What storing a segment took after its end: 0.5 is the median; None: not known."""
        return _quantile([one.upload_seconds for one in self.passages if one.upload_seconds is not None], quantile)

    @property
    def usual_lag(self) -> float | None:
        """From the end of a segment to its playlist being stored, the median (s); None: not known."""
        return _quantile([one.publish_lag for one in self.passages if one.publish_lag is not None], 0.5)

    @property
    def bytes_per_second(self) -> float | None:
        """What goes up: what was stored of the time since the oldest of them began; None: not known."""
        made = [one for one in self.passages if one.ended_at is not None and one.duration]
        if not made or made[0].ended_at is None or made[-1].ended_at is None:
            return None
        seconds = (made[-1].ended_at - made[0].ended_at).total_seconds() + (made[0].duration or 0.0)
        stored = sum(one.size for one in made if one.upload_seconds is not None)
        return stored / seconds if seconds > 0 else None

    @property
    def needed_bps(self) -> int | None:
        """Bits per second of the newest video; None: not known."""
        made = [one for one in self.passages if one.duration][-LOOKED_AT:]
        return _bps(made, sum(passage.duration or 0.0 for passage in made))

    @property
    def achieved_bps(self) -> int | None:
        """Bits per second while uploading; None: not known, as for segments that are sent while they are made."""
        sent = [passage for passage in self.passages if passage.alone][-LOOKED_AT:]
        return _bps(sent, sum(passage.upload_seconds or 0.0 for passage in sent))

    def find(self, number: int) -> Passage | None:
        """The segment of this number; None: too old to be spoken of."""
        return next((passage for passage in self.passages if passage.number == number), None)

    def _with(self, number: int, **changes: object) -> Journal:
        return Journal(
            tuple(
                replace(passage, **changes) if passage.number == number else passage  # type: ignore[arg-type]
                for passage in self.passages
            )
        )


def _passed(journal: Journal, number: int) -> Journal:
    """Segments are listed in order, so what was left out before this one was given up while it waited."""
    last = journal.find(number)
    at = last.ended_at if last else None
    return Journal(
        tuple(
            replace(passage, lost=True, ended_at=passage.ended_at or at)
            if passage.number < number and passage.media_sequence is None
            else passage
            for passage in journal.passages
        )
    )


def _published(passage: Passage, newest: int, now: float) -> Passage:
    waiting = passage.media_sequence is not None and passage.media_sequence <= newest and passage.publish_lag is None
    if not waiting or passage.finished is None:
        return passage
    return replace(passage, publish_lag=now - passage.finished)


def _bps(passages: list[Passage], seconds: float) -> int | None:
    return round(8 * sum(passage.size for passage in passages) / seconds) if seconds > 0 else None


def _quantile(values: list[float], quantile: float) -> float | None:
    return sorted(values)[min(int(quantile * len(values)), len(values) - 1)] if values else None


def _rounded(seconds: float | None) -> float | None:
    return round(seconds, 3) if seconds is not None else None
