"""What a camera is doing, in one value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from uploader.reporting.reporter import beat_of
from uploader.reporting.status import LIVE, STOPPED, CameraStatus, Condition, State, sentence

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
FIRST = CameraStatus("cam_floor", "Floor Camera", 2.0, since=NOON, updated_at=NOON)
GONE = Condition(State.RECONNECTING, "The camera closed the connection.", "Trying again in 2 s.")
NO_KEY = Condition(State.NOT_UPLOADING, "The key is wrong.", "Check SUPABASE_KEY.")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.STARTING),
        ({"picture": LIVE}, State.STARTING),
        ({"picture": LIVE, "last_segment_at": NOON}, State.LIVE),
        ({"picture": GONE, "last_segment_at": NOON}, State.RECONNECTING),
        ({"picture": LIVE, "last_segment_at": NOON, "upload": NO_KEY}, State.NOT_UPLOADING),
        ({"picture": LIVE, "last_segment_at": NOON, "stopped": STOPPED}, State.STOPPED),
    ],
)
def test_the_state_follows_from_picture_and_bucket(changes: dict[str, object], state: State) -> None:
    assert FIRST.at(NOON, **changes).condition.state is state


def test_since_moves_only_when_the_state_becomes_another() -> None:
    later, latest = NOON + timedelta(seconds=5), NOON + timedelta(seconds=9)
    lost = FIRST.at(later, picture=GONE)
    assert lost.since == later
    assert lost.at(latest, picture=Condition(State.RECONNECTING, "Still nothing.")).since == later
    assert lost.at(latest).updated_at == latest


def test_status_json_holds_what_the_contract_says() -> None:
    status = FIRST.at(
        NOON,
        picture=LIVE,
        last_segment_at=NOON - timedelta(milliseconds=310),
        media_sequence=1795,
        publish_lag=0.31,
        beat=1234,
    )
    assert json.loads(json.dumps(status.as_json())) == {
        "version": 1,
        "camera": "cam_floor",
        "name": "Floor Camera",
        "state": "live",
        "since": "2026-11-20T12:00:00.000Z",
        "reason": None,
        "advice": None,
        "last_segment_at": "2026-11-20T11:59:59.690Z",
        "media_sequence": 1795,
        "profile": "standard",
        "segment_duration": 2.0,
        "part_duration": None,
        "video": None,
        "events_url": None,
        "publish_lag": 0.31,
        "lost": 0,
        "removed": 0,
        "reconnects_last_hour": 0,
        "stalls_last_hour": 0,
        "beat": 1234,
        "updated_at": "2026-11-20T12:00:00.000Z",
    }


def test_one_line_tells_it_all() -> None:
    assert sentence("Floor Camera", LIVE) == "Floor Camera: live"
    assert sentence("Floor Camera", GONE) == (
        "Floor Camera: reconnecting. The camera closed the connection. Trying again in 2 s."
    )
    assert sentence("Floor Camera", NO_KEY).startswith("Floor Camera: not uploading. ")


@pytest.mark.parametrize(
    ("stored", "beat"),
    [
        (b'{"beat": 12}', 12),
        (None, 0),
        (b"", 0),
        (b"[]", 0),
        (b'{"beat": "12"}', 0),
        (b'{"beat": -3}', 0),
        (b"\xff", 0),
    ],
)
def test_the_beat_goes_on_from_what_is_stored(stored: bytes | None, beat: int) -> None:
    assert beat_of(stored) == beat
