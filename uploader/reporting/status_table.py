"""What the worker's API says of its cameras -> a table for people. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADINGS = ("CAMERA", "STATE", "SINCE", "FPS", "AGE", "UPLOAD", "DELAY", "LOST", "DROPS", "STALLS", "MB/H", "VIDEO")
EXPLANATION = (
    "FPS camera > stream; AGE of the newest picture at the storage address; UPLOAD of a segment, median and p95;\n"
    "DELAY that a viewer sees; LOST segments since the start; DROPS and STALLS of the camera in the last hour."
)
UNKNOWN = "-"


def table(cameras: Sequence[Mapping[str, Any]], problems: Sequence[str], ages: Sequence[float | None]) -> str:
    """The cameras of /api/cameras, a line each, then what is wrong. `ages`: of the newest segment of each as it was
    seen at its address (s)."""
    rows = [HEADINGS, *(_row(camera, age) for camera, age in zip(cameras, ages, strict=True))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    troubles = [trouble for camera in cameras if (trouble := _trouble(camera))]
    return "\n".join([*lines, *_after_a_blank(troubles), *_after_a_blank(list(problems)), "", EXPLANATION]) + "\n"


def _after_a_blank(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _row(camera: Mapping[str, Any], age: float | None) -> tuple[str, ...]:
    figures = camera["figures"]
    video = camera["video"] or {}
    return (
        camera["id"],
        camera["state"].replace("_", " "),
        duration(_seconds(camera["since"], camera["now"])),
        f"{_number(figures['fps_in'])} > {_number(figures['fps_out'])}",
        _with_unit(age),
        f"{_number(figures['upload_p50'], 2)} / {_with_unit(figures['upload_p95'], 2)}",
        _with_unit((figures["latency"] or {}).get("sum")),
        str(camera["lost"]),
        str(camera["reconnects_last_hour"]),
        str(camera["stalls_last_hour"]),
        _number(figures["bytes_per_hour"] / 1e6 if figures["bytes_per_hour"] is not None else None, 0),
        " ".join(filter(None, (video.get("mode"), video.get("encoder")))) or UNKNOWN,
    )


def _trouble(camera: Mapping[str, Any]) -> str:
    words = " ".join(filter(None, (camera["reason"], camera["advice"])))
    return f"{camera['name']}: {words}" if words else ""


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def duration(seconds: float) -> str:
    """In words of at most two units: "45 s", "3 min", "2 h 5 min", "4 d 2 h"."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 1:
        return f"{max(0, int(seconds))} s"
    if hours < 1:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


def _number(value: float | None, digits: int = 1) -> str:
    return f"{value:.{digits}f}" if value is not None else UNKNOWN


def _with_unit(seconds: float | None, digits: int = 1) -> str:
    return f"{seconds:.{digits}f} s" if seconds is not None else UNKNOWN
