"""What is wrong in cameras.yaml, in the words a technician needs: where, what, and what to write instead. Pure.

Values are quoted only where they cannot hold a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from uploader.configuration import units
from uploader.configuration.document import shown
from uploader.configuration.yaml_tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from uploader.configuration.yaml_tree import Node

_EXAMPLES = {
    "id": 'id: "cam_floor"',
    "rtsp_url": 'rtsp_url: "rtsp://user:password@192.168.1.20:554/stream"',
}
# Keys whose values are never quoted.
_SECRET = ("rtsp_url", "username", "password")
_UNITS = {
    "target_width": "pixels",
    "target_fps": "frames per second",
    "segment_duration": "seconds",
    "segments_to_keep": "segments",
    "bitrate": "kbit/s",
    "snapshot_every": "seconds",
    "frames_every": "seconds",
    "frames_keep_days": "days",
}
_NUMBER = "a number"
_PATTERNS = {
    "id": "may hold only letters, digits, '-' and '_', at most 63 of them, and begins with a letter or digit",
    "name": "must be 1 to 100 characters that can be printed",
    "use_case": "must be one word, like live_stream",
    "location": "may hold only letters, digits, '-', '_' and '.', at most 63, and begins with a letter or digit",
}
# What people write for a key, from other programs or from memory, where the letters alone do not tell.
_SYNONYMS = {
    "url": "rtsp_url",
    "source": "rtsp_url",
    "address": "rtsp_url",
    "path": "rtsp_url",
    "fps": "target_fps",
    "width": "target_width",
    "duration": "segment_duration",
    "segments": "segments_to_keep",
    "user": "username",
    "login": "username",
    "pass": "password",
    "latency": "profile",
    "sound": "audio",
    "rotation": "rotate",
    "kbps": "bitrate",
    "location_id": "location",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in cameras.yaml. `camera` is the id of the camera it costs, where that can be told."""

    line: int
    camera: str | None
    message: str
    file: str = "cameras.yaml"

    def __str__(self) -> str:
        camera = f" camera '{self.camera}':" if self.camera else ""
        stop = "" if self.message.endswith("?") else "."
        return f"{self.file}:{self.line}:{camera} {self.message}{stop}"


def repeated_keys(mapping: Mapping, prefix: str = "") -> Iterator[tuple[int, str]]:
    """Line and message of every key that stands twice: YAML would silently take the last one."""
    seen: dict[str, int] = {}
    for key, value in mapping.pairs:
        if key.text in seen:
            yield (
                key.line,
                f"{prefix}{shown(key.text)} is already written on line {seen[key.text]}; keep one of the two",
            )
        seen.setdefault(key.text, key.line)
        if isinstance(value, Mapping):
            yield from repeated_keys(value, f"{prefix}{shown(key.text)}.")


def cut_values(entry: Mapping) -> Iterator[tuple[int, str]]:
    """Line and message of every text that ends where YAML sees a comment, and its writer perhaps none."""
    for key, value in entry.pairs:
        if key.text in ("name", *_SECRET) and isinstance(value, Scalar) and value.cut:
            yield (
                key.line,
                f"{key.text} ends before the '#'; put it in quotes, or a space after '#' if a comment begins there",
            )


def described(error: ErrorDetails, entry: Mapping, keys: dict[str, tuple[str, ...]]) -> tuple[int, str]:
    """Line and message for what pydantic found in this entry; `keys` are those there are, by their block."""
    path = [str(part) for part in error["loc"]]
    block, key = path[:-1], path[-1]
    line, node = _found(entry, path)
    name = ".".join([*block, shown(key)])
    match error["type"]:
        case "missing":
            return line, f"{name} is missing; add it, for example {_EXAMPLES[key]}"
        case "extra_forbidden":
            return line, f"{name} is not a key; {_suggestion(key, '.'.join(block), keys)}"
    if isinstance(node, Scalar) and node.value is None:
        marked = "; in quotes if it begins with '#'" if key in ("name", "password") else ""
        return line, f"{name} has no value; write one{marked}, or remove the line"
    return line, f"{name} {_trouble(error, key, node)}"


def _found(entry: Mapping, path: list[str]) -> tuple[int, Node | None]:
    line: int = entry.line
    node: Node | None = entry
    for part in path:
        pairs = node.pairs if isinstance(node, Mapping) else ()
        key, node = next(((key, value) for key, value in pairs if key.text == part), (None, None))
        line = key.line if key is not None else line
    return line, node


def _suggestion(key: str, block: str, keys: dict[str, tuple[str, ...]]) -> str:
    word = key.lower().replace("-", "_").replace(" ", "_")
    homes = {known: home for home in sorted(keys, key=lambda home: home == block) for known in keys[home]}
    likely = _SYNONYMS.get(word) or next(iter(get_close_matches(word[:40], homes, 1, 0.6)), None)
    if likely is None:
        return f"the keys here are {', '.join(keys.get(block, ()))}"
    if homes[likely] == block:
        return f"did you mean '{likely}'?"
    where = f"indent it under '{homes[likely]}:'" if homes[likely] else f"move it out of '{block}:'"
    return f"'{likely}' belongs elsewhere: {where}"


def _trouble(error: ErrorDetails, key: str, node: Node | None) -> str:
    match error["type"]:
        case "string_type":
            return _no_text(key, node)
        case "int_type" | "int_from_float" | "float_type":
            return _no_number(_NUMBER if error["type"] == "float_type" else "a whole number", _UNITS[key], node)
        case "bool_type":
            return "must be true or false, without quotes"
        case "literal_error":
            return _none_of(str(error["ctx"]["expected"]), node)
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return _beyond(error, key, node.text if isinstance(node, Scalar) else "")


def _beyond(error: ErrorDetails, key: str, text: str) -> str:
    """A value of the right kind that is too small, too long, or not made of what it may be made of."""
    limits: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "string_pattern_mismatch":
            return f"'{shown(text)}' {_PATTERNS[key]}" if text else _PATTERNS[key]
        case "greater_than_equal":
            return f"{shown(text)} is too small; allowed is at least {_amount(limits['ge'], key)}"
        case "less_than_equal":
            return f"{shown(text)} is too large; allowed is at most {_amount(limits['le'], key)}"
        case "string_too_short":
            return "is empty; write one, or remove the line"
        case "string_too_long":
            return f"is longer than {limits['max_length']} characters"
        case _:
            return "must be 'key: value' lines of its own, indented" if key == "settings" else "is not understood"


def _amount(limit: float, key: str) -> str:
    unit = _UNITS[key]
    return f"{limit:g} " + (re.sub(r"s\b", "", unit, count=1) if limit == 1 else unit)


def _none_of(expected: str, node: Node | None) -> str:
    words = [word.strip("'") for word in re.split(r", | or ", expected)]
    text = node.text if isinstance(node, Scalar) else ""
    if text in words:
        return f"must be {text}, without quotes"
    likely = get_close_matches(text.lower()[:40], words, 1, 0.6)
    hint = f"; did you mean {likely[0]}?" if likely else ""
    return f"must be one of {', '.join(words)}{hint}"


def _no_text(key: str, node: Node | None) -> str:
    if not isinstance(node, Scalar):
        return "must be text on one line, in quotes"
    return "must be text; put it in quotes" + ("" if key in _SECRET else f': {key}: "{shown(node.text)}"')


def _no_number(kind: str, unit: str, node: Node | None) -> str:
    if not isinstance(node, Scalar):
        return f"must be {kind}{unit and f' ({unit})'}"
    if isinstance(node.value, str) and re.fullmatch(r"[0-9]{1,6}", node.text):
        return f"must be {kind}; write {node.text} without quotes"
    meant = units.number(node.text, unit, whole=kind != _NUMBER)
    return f"'{shown(node.text)}' must be just {kind} ({unit})" + (f"; write {meant}" if meant else "")
