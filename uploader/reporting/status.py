"""What a camera is doing, in one value: the console, status.json beside the playlist and the API all show it.

Pure. The state is never set; it follows from what the supervisor says of the picture and the publisher of the bucket.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from uploader.hls.playlist import iso
from uploader.supervision.history import History

if TYPE_CHECKING:
    from datetime import datetime

    from uploader.source.passthrough import Choice

VERSION = 1
# status.json is written at every change and this often, so that a viewer can tell a living box from a dead one.
HEARTBEAT = 10.0


class State(StrEnum):
    """The states a viewer and a technician are told apart."""

    STARTING = "starting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    STALLED = "stalled"
    OFFLINE = "offline"
    REFUSED = "refused"
    NOT_UPLOADING = "not_uploading"
    IDLE = "idle"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Condition:
    """A state with its reason and what to do about it, in plain words."""

    state: State
    reason: str | None = None
    advice: str | None = None


STARTING = Condition(State.STARTING)
LIVE = Condition(State.LIVE)
STANDING_BY = Condition(
    State.STOPPED,
    "Another worker streams this camera to the same place; this one stands by.",
    "Stop one of the two, or give this box a LOCATION_ID of its own.",
)
STOPPED = Condition(State.STOPPED, "The worker was stopped.", "Start it again to see this camera.")


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One camera now. Times are aware and UTC; durations and `publish_lag` are in seconds. Without parts
    `part_duration` is None. `events_url` is where a page hears at once of what is stored, relative to status.json's own
    address; None where no page can.

    `publish_lag` is from the end of the newest segment to its playlist being stored, on this box's clock. `beat` counts
    the times status.json was written and only grows: whoever sees it grow knows that the box lives, without any clock.
    Since the start of the worker `lost` counts the segments given up, `removed` the objects removed from storage.
    """

    camera: str
    name: str
    segment_duration: float
    since: datetime
    updated_at: datetime
    profile: str = "standard"
    part_duration: float | None = None
    events_url: str | None = None
    picture: Condition = STARTING
    history: History = field(default_factory=History)
    video: Choice | None = None
    upload: Condition | None = None
    notice: Condition | None = None
    stopped: Condition | None = None
    standing_by: bool = False
    lost: int = 0
    removed: int = 0
    last_segment_at: datetime | None = None
    media_sequence: int | None = None
    publish_lag: float | None = None
    beat: int = 0

    @property
    def condition(self) -> Condition:
        """The one thing to say: what keeps the viewer from the picture, nearest cause first."""
        if self.stopped is not None:
            return self.stopped
        if self.standing_by:
            return STANDING_BY
        if self.upload is not None:
            return self.upload
        if self.picture.state is not State.LIVE:
            return self.picture
        return (self.notice or LIVE) if self.last_segment_at is not None else STARTING

    def at(self, now: datetime, **changes: Any) -> CameraStatus:  # noqa: ANN401  (the fields of this class)
        """The status with `changes`; `since` moves to `now` only when the state becomes another."""
        changed = replace(self, **changes, updated_at=now)
        return replace(changed, since=now) if changed.condition.state is not self.condition.state else changed

    def as_json(self) -> dict[str, object]:
        """The document of status.json and of the API (version 1)."""
        condition = self.condition
        return {
            "version": VERSION,
            "camera": self.camera,
            "name": self.name,
            "state": condition.state.value,
            "since": iso(self.since),
            "reason": condition.reason,
            "advice": condition.advice,
            "last_segment_at": iso(self.last_segment_at) if self.last_segment_at else None,
            "media_sequence": self.media_sequence,
            "profile": self.profile,
            "segment_duration": self.segment_duration,
            "part_duration": round(self.part_duration, 6) if self.part_duration else None,
            "video": self.video.as_json() if self.video else None,
            "events_url": self.events_url,
            "publish_lag": round(self.publish_lag, 3) if self.publish_lag is not None else None,
            "lost": self.lost,
            "removed": self.removed,
            "reconnects_last_hour": self.history.reconnects(self.updated_at),
            "stalls_last_hour": self.history.stalls(self.updated_at),
            "beat": self.beat,
            "updated_at": iso(self.updated_at),
        }


def sentence(name: str, condition: Condition) -> str:
    """One line for the console: 'Floor Camera: reconnecting. The camera closed the connection. Trying again in 2 s.'"""
    words = condition.state.value.replace("_", " ")
    rest = " ".join(filter(None, (condition.reason, condition.advice)))
    return f"{name}: {words}. {rest}" if rest else f"{name}: {words}"
