"""Figures -> Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from uploader.reporting.status import State
from uploader.reporting.traffic import BOUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from uploader.reporting.figures import Figures

Kind = Literal["counter", "gauge", "histogram"]
COUNTER: Kind = "counter"
GAUGE: Kind = "gauge"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Process:
    """The worker's process: seconds of CPU, when it started (s since 1970), its memory in bytes, its open files."""

    cpu_seconds: float
    start_time: float
    resident_memory: int
    virtual_memory: int
    open_files: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: `suffix` follows the family's name."""

    labels: Mapping[str, str]
    value: float
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name."""

    name: str
    kind: Kind
    help: str
    samples: Sequence[Sample]

    def lines(self) -> Iterator[str]:
        """In the text format, or nothing where nothing is known."""
        if not self.samples:
            return
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for sample in self.samples:
            labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
            yield f"{self.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {_number(sample.value)}"


def exposition(cameras: Sequence[Figures], process: Process | None) -> str:
    """What /metrics answers."""
    families = [*_of_cameras(cameras), *(_of_process(process) if process else ())]
    return "".join(f"{line}\n" for family in families for line in family.lines())


def _is_live(camera: Figures) -> float:
    return float(camera.status.condition.state is State.LIVE)


def _fps_in(camera: Figures) -> float | None:
    return camera.rate.came if camera.rate else None


def _fps_out(camera: Figures) -> float | None:
    return camera.rate.left if camera.rate else None


# Name, kind, what it is, and where it comes from; None: not known.
_PLAIN: tuple[tuple[str, Kind, str, Callable[[Figures], float | None]], ...] = (
    ("camera_up", "gauge", "1 while viewers get a live picture.", _is_live),
    ("segment_uploads_total", "counter", "Segments stored.", lambda camera: camera.traffic.uploads),
    ("segments_lost_total", "counter", "Segments given up.", lambda camera: camera.status.lost),
    ("bytes_uploaded_total", "counter", "Bytes of stored segments.", lambda camera: camera.traffic.size),
    ("reconnects_total", "counter", "Live pictures that were lost.", lambda camera: camera.status.history.ever_lost),
    ("stalls_total", "counter", "Connections that fell silent.", lambda camera: camera.status.history.ever_stalled),
    (
        "publish_lag_seconds",
        "gauge",
        "From the end of the newest segment to its playlist being stored.",
        lambda camera: camera.status.publish_lag,
    ),
    (
        "segment_age_seconds",
        "gauge",
        "Since the newest picture that viewers can get was taken.",
        lambda camera: camera.segment_age,
    ),
    (
        "frame_age_seconds",
        "gauge",
        "Since the newest dated frame (frames_every) was taken.",
        lambda camera: camera.frame_age,
    ),
    ("input_frames_per_second", "gauge", "Pictures from the camera.", _fps_in),
    ("output_frames_per_second", "gauge", "Pictures in the stream.", _fps_out),
)


def _of_cameras(cameras: Sequence[Figures]) -> Iterator[Family]:
    for name, kind, meaning, figure in _PLAIN:
        known = [(camera, figure(camera)) for camera in cameras]
        samples = [Sample(_labels(camera), value) for camera, value in known if value is not None]
        yield Family(f"storefeed_{name}", kind, meaning, samples)
    states = [sample for camera in cameras for sample in _states(camera)]
    yield Family("storefeed_camera_state", "gauge", "1 for the state the camera is in.", states)
    uploads = [sample for camera in cameras for sample in _histogram(camera)]
    yield Family("storefeed_upload_seconds", "histogram", "What storing a segment took after its end.", uploads)


def _labels(camera: Figures) -> dict[str, str]:
    return {"camera": camera.status.camera}


def _states(camera: Figures) -> Iterator[Sample]:
    for state in State:
        yield Sample({**_labels(camera), "state": state.value}, float(camera.status.condition.state is state))


def _histogram(camera: Figures) -> Iterator[Sample]:
    traffic, labels = camera.traffic, _labels(camera)
    for bound, count in zip(BOUNDS, traffic.within, strict=True):
        yield Sample({**labels, "le": _number(bound)}, count, "_bucket")
    yield Sample({**labels, "le": "+Inf"}, traffic.uploads, "_bucket")
    yield Sample(labels, traffic.seconds, "_sum")
    yield Sample(labels, traffic.uploads, "_count")


def _of_process(process: Process) -> Iterator[Family]:
    for name, kind, meaning, value in (
        ("cpu_seconds_total", COUNTER, "Seconds of CPU that the worker used.", process.cpu_seconds),
        ("start_time_seconds", GAUGE, "When the worker started, in seconds since 1970.", process.start_time),
        ("resident_memory_bytes", GAUGE, "Memory of the worker.", process.resident_memory),
        ("virtual_memory_bytes", GAUGE, "Address space of the worker.", process.virtual_memory),
        ("open_fds", GAUGE, "Open files and connections of the worker.", process.open_files),
    ):
        yield Family(f"process_{name}", kind, meaning, [Sample({}, value)])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.15g}"
