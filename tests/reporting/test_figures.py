"""A camera in numbers, and those numbers in Prometheus' words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from uploader.ffmpeg.progress import Progress
from uploader.reporting.figures import Figures
from uploader.reporting.frame_rate import FrameRate
from uploader.reporting.journal import Journal
from uploader.reporting.metrics import Process, exposition
from uploader.reporting.process import process
from uploader.reporting.status import LIVE, CameraStatus
from uploader.reporting.traffic import BOUNDS, Traffic
from uploader.supervision.history import History, Phase

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
# One sample of the text format 0.0.4: a name, labels, a number.
SAMPLE = re.compile(
    r'(?P<name>[a-z_:][a-z0-9_:]*)(?:\{(?P<labels>(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (?P<value>\S+)'
)


def figures(camera: str = "cam_floor") -> Figures:
    """A camera that has been live for ten segments of 2 s and 500 kB, each uploaded in 0.4 s."""
    journal, traffic = Journal(), Traffic()
    for number in range(10):
        ended = 2.0 * (number + 1)
        journal = journal.begun().made(number, NOON + timedelta(seconds=ended), 2.0, 500_000, ended)
        journal = journal.uploaded(number, 0.4, alone=True).listed(number, number).published(number, 0.5)
        traffic = traffic.after(500_000, 0.4)
    rate = FrameRate()
    for report in range(20):
        rate = rate.reported(Progress(frames=8 * report, dropped=2 * report), 0.5 * report)
    status = CameraStatus(camera, "Floor Camera", 2.0, since=NOON, updated_at=NOON, picture=LIVE)
    status = status.at(NOON, last_segment_at=NOON + timedelta(seconds=20), publish_lag=0.5)
    return Figures(status, journal, traffic, rate, NOON + timedelta(seconds=21.5), NOON)


def samples(text: str) -> dict[str, float]:
    """Every sample by its name and labels, once it is sure that the text is what Prometheus reads."""
    found: dict[str, float] = {}
    described: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            assert word in {"HELP", "TYPE"}
            assert rest in {"counter", "gauge", "histogram"} if word == "TYPE" else rest.endswith(".")
            described.add(name)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        assert match["name"] in described or re.sub("_(bucket|sum|count)$", "", match["name"]) in described
        key = f"{match['name']}{{{match['labels']}}}" if match["labels"] else match["name"]
        assert key not in found
        found[key] = float(match["value"])
    assert text.endswith("\n")
    return found


def test_the_figures_say_where_the_delay_of_a_picture_comes_from_and_what_goes_up() -> None:
    assert json.loads(json.dumps(figures().as_json())) == {
        "fps_in": 20.0,
        "fps_out": 16.0,
        "segment_age": 1.5,
        "frame_age": 21.5,
        "upload_p50": 0.4,
        "upload_p95": 0.4,
        "latency": {"made": 2.0, "published": 0.5, "played": 2.0, "sum": 4.5},
        "bytes_per_hour": 900_000_000,
        "uploads": 10,
        "bytes_uploaded": 5_000_000,
    }


def test_what_is_not_known_is_null() -> None:
    first = CameraStatus("cam_floor", "Floor Camera", 2.0, since=NOON, updated_at=NOON)
    known = {
        name: value
        for name, value in Figures(first, Journal(), Traffic(), None, NOON).as_json().items()
        if value is not None
    }
    assert known == {"uploads": 0, "bytes_uploaded": 0}


def test_the_delay_counts_parts_where_there_are_parts() -> None:
    one = figures()
    latency = replace(one, status=replace(one.status, part_duration=0.25)).latency
    assert latency == {"made": 0.25, "published": 0.5, "played": 0.25, "sum": 1.0}


def test_metrics_are_what_prometheus_reads_with_names_and_units_by_convention() -> None:
    found = samples(exposition([figures(), figures("cam_door")], Process(1.5, 1e9, 66_000_000, 10**9, 20)))
    camera = '{camera="cam_floor"}'
    assert found[f"storefeed_camera_up{camera}"] == 1
    assert found[f"storefeed_segment_uploads_total{camera}"] == 10
    assert found[f"storefeed_bytes_uploaded_total{camera}"] == 5_000_000
    assert found[f"storefeed_publish_lag_seconds{camera}"] == 0.5
    assert found[f"storefeed_segment_age_seconds{camera}"] == 1.5
    assert found[f"storefeed_frame_age_seconds{camera}"] == 21.5
    assert found['storefeed_camera_state{camera="cam_door",state="live"}'] == 1
    assert found['storefeed_camera_state{camera="cam_door",state="offline"}'] == 0
    assert found["process_cpu_seconds_total"] == 1.5
    assert found["process_resident_memory_bytes"] == 66_000_000


def test_the_histogram_counts_up_to_infinity() -> None:
    one = figures()
    slow = replace(one, traffic=one.traffic.after(500_000, 60.0))
    found = samples(exposition([slow], None))
    buckets = [found[f'storefeed_upload_seconds_bucket{{camera="cam_floor",le="{bound:g}"}}'] for bound in BOUNDS]
    assert buckets == [0, 0, 0, 10, 10, 10, 10, 10]
    assert found['storefeed_upload_seconds_bucket{camera="cam_floor",le="+Inf"}'] == 11
    assert found['storefeed_upload_seconds_count{camera="cam_floor"}'] == 11
    assert found['storefeed_upload_seconds_sum{camera="cam_floor"}'] == pytest.approx(64)


def test_a_name_with_quotes_does_not_end_its_label() -> None:
    assert len(samples(exposition([figures('a"b\\c\nd')], None))) > 10


def test_without_cameras_there_is_nothing_but_the_process() -> None:
    now = process()
    assert now is not None
    found = samples(exposition([], now))
    assert found.keys() == {
        *("process_cpu_seconds_total", "process_start_time_seconds", "process_open_fds"),
        *("process_resident_memory_bytes", "process_virtual_memory_bytes"),
    }
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert abs(found["process_start_time_seconds"] - datetime.now(UTC).timestamp()) < 86_400


def test_losses_are_counted_beyond_the_hour() -> None:
    history, at = History(), NOON
    for _ in range(3):
        for phase in (Phase.START, Phase.LIVE, Phase.STALLED, Phase.BACKING_OFF):
            history = history.enter(phase, at)
        at += timedelta(hours=2)
    history = history.enter(Phase.START, at).enter(Phase.LIVE, at).enter(Phase.STOPPED, at)
    assert (history.ever_lost, history.ever_stalled) == (3, 3)
    assert history.reconnects(at) == 0


def test_a_frame_rate_is_that_of_the_last_seconds() -> None:
    rate = FrameRate().reported(Progress(frames=0), 0.0)
    assert rate.came is None
    for report in range(1, 40):
        frames = 15 * report if report < 20 else 285
        rate = rate.reported(Progress(frames=frames, duplicated=frames // 3), float(report))
    assert (rate.came, rate.left) == (0.0, 0.0)
