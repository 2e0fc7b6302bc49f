"""What the worker's API says of its cameras -> a table for people. Pure."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADINGS = ("CAMERA", "STATE", "SINCE", "FPS", "AGE", "UPLOAD", "DELAY", "LOST", "DROPS", "STALLS", "MB/H", "VIDEO")
EXPLANATIONS = {
    "FPS": "FPS camera > stream",
    "AGE": "AGE of the newest picture at the storage address",
    "UPLOAD": "UPLOAD of a segment, median and p95",
    "DELAY": "DELAY that a viewer sees",
    "LOST": "LOST segments since the start",
    "DROPS": "DROPS of the camera in the last hour",
    "STALLS": "STALLS of the camera in the last hour",
}
# What a narrow terminal goes without, this first.
SPARED = ("VIDEO", "MB/H", "LOST", "STALLS", "UPLOAD", "DROPS", "FPS", "DELAY", "SINCE", "AGE")
# Columns of a terminal: for what is no terminal.
WIDE = 132
UNKNOWN = "-"


def table(
    cameras: Sequence[Mapping[str, Any]],
    problems: Sequence[str],
    ages: Sequence[float | None],
    width: int = WIDE,
    height: int | None = None,
) -> str:
    """The cameras of /api/cameras, a line each, then what is wrong. `ages`: of the newest segment of each as it was
    seen at its address (s). Neither wider nor, where `height` is given, higher than that."""
    rows = [HEADINGS, *(_row(camera, age) for camera, age in zip(cameras, ages, strict=True))]
    shown = _fitting(rows, width)
    troubles = [trouble for camera in cameras if (trouble := _trouble(camera))]
    lines = [*(line[:width] for line in _aligned(shown)), *_told(troubles, width), *_told(problems, width)]
    explained = _told([_explanation(shown[0])], width)
    if height is None or len(lines) + len(explained) <= height:
        lines += explained
    elif len(lines) > height:
        lines[height - 1 :] = [f"... and {len(lines) - height + 1} lines more"[:width]]
    return "\n".join(lines) + "\n"


def _fitting(rows: Sequence[tuple[str, ...]], width: int) -> Sequence[tuple[str, ...]]:
    """The same without the columns for which there is no room."""
    for heading in SPARED:
        if max(map(len, _aligned(rows))) <= width:
            break
        spared = rows[0].index(heading)
        rows = [row[:spared] + row[spared + 1 :] for row in rows]
    return rows


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _explanation(headings: Sequence[str]) -> str:
    return "; ".join(EXPLANATIONS[heading] for heading in headings if heading in EXPLANATIONS) + "."


def _told(sentences: Sequence[str], width: int) -> list[str]:
    """After a blank line, wrapped; what follows a line's beginning stands in a little."""
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, width, subsequent_indent="  ")]
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
