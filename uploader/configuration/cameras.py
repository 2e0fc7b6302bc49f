"""cameras.yaml: the only file a technician edits, as values, with every mistake in it said in plain words.

A mistake costs the entry it stands in and no other. Pure, but for `read`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from uploader.configuration import document, yaml_tree
from uploader.configuration.camera import ID, Camera
from uploader.configuration.problems import Problem, cut_values, described, repeated_keys
from uploader.configuration.settings import LiveStreamSettings
from uploader.configuration.yaml_tree import DocumentError, Scalar, Sequence
from uploader.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.configuration.document import Entry
    from uploader.configuration.yaml_tree import Node

__all__ = ["Camera", "CameraFile", "LiveStreamSettings", "parse", "read"]

Variables = Mapping[str, str]

# Of one entry. Nobody reads more at once, and looking for what was meant takes time.
_MAX_MISTAKES = 20


@dataclass(frozen=True, slots=True)
class CameraFile:
    """The cameras that are fit to use, in the order of the file, and what is wrong with the others, by line."""

    cameras: tuple[Camera, ...]
    problems: tuple[Problem, ...] = ()


def read(path: Path, variables: Variables | None = None) -> CameraFile:
    """The cameras in this file, with the values of `variables`. Raises InputError when none can be read."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a file.", "Give the cameras.yaml itself with --config.")
        with path.open("rb") as file:
            return parse(file.read(document.MAX_SIZE + 1), path.name, variables)
    except FileNotFoundError:
        raise InputError(
            f"There is no {path.absolute()}.",
            "Go to the folder that has it, name it with --config, or make one that holds the line "
            '- {id: cam_floor, rtsp_url: "testsrc://"}',
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its owner and permissions.") from None


def parse(source: str | bytes, name: str = "cameras.yaml", variables: Variables | None = None) -> CameraFile:
    """The cameras in this text, and all mistakes in it; `name` is for the messages. Never raises, whatever the text."""
    try:
        entries = document.entries(source if isinstance(source, str) else _decoded(source))
    except DocumentError as error:
        return CameraFile((), (Problem(error.line, None, error.message, name),))
    cameras: list[Camera] = []
    problems: list[Problem] = []
    lines: dict[str | None, int] = {}
    for entry in entries:
        camera_id = _id(entry)
        camera, mistakes = _checked(entry.value, variables, taken=lines.get(camera_id))
        problems += [Problem(line, camera_id, message, name) for line, message in mistakes]
        if camera and not mistakes:
            cameras.append(camera)
        if camera_id:
            lines.setdefault(camera_id, entry.line)
    return CameraFile(tuple(cameras), tuple(sorted(problems, key=lambda problem: problem.line)))


def _decoded(source: bytes) -> str:
    if len(source) > document.MAX_SIZE:
        raise document.too_large()
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + source.count(b"\n", 0, error.start)
        raise DocumentError(line, "the file is not UTF-8 text; choose UTF-8 when you save it in the editor") from None


def _id(entry: Entry) -> str | None:
    """The id this entry means to have, so that its mistakes can be told by it."""
    if isinstance(entry.value, DocumentError):
        match = re.search(rf"^\s*(?:- +)?id: *([\"']?)({ID})\1\s*(?:#.*)?$", entry.text, re.MULTILINE)
        return match[2] if match else None
    pairs = entry.value.pairs if isinstance(entry.value, yaml_tree.Mapping) else ()
    node = next((value for key, value in pairs if key.text == "id"), None)
    fits = isinstance(node, Scalar) and isinstance(node.value, str) and re.fullmatch(ID, node.value)
    return fits[0] if fits else None


def _checked(
    entry: Node | DocumentError, variables: Variables | None, taken: int | None
) -> tuple[Camera | None, list[tuple[int, str]]]:
    """The camera, and line and message of what is wrong; `taken` is the line where its id was used before."""
    if isinstance(entry, DocumentError):
        return None, [(entry.line, entry.message)]
    if not isinstance(entry, yaml_tree.Mapping):
        return None, [
            (entry.line, "this is no camera; write 'id:' after the dash and its other keys below it, or remove it")
        ]
    mistakes = [*repeated_keys(entry), *cut_values(entry)]
    if taken is not None:
        mistakes.append((entry.line, f"the same id is already used on line {taken}; ids must differ"))
    try:
        return Camera.model_validate(_plain(entry), context=variables), mistakes
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        # The name's default is the id, a profile's are others': what is wrong there is reported for both.
        found = [detail for detail in found if detail["type"] != "default_factory_not_called"]
        return None, mistakes + [described(detail, entry, _KEYS) for detail in found[:_MAX_MISTAKES]]


_FIRST = ("id", "name", "rtsp_url")
_KEYS = {
    "": (*_FIRST, *(key for key in Camera.model_fields if key not in _FIRST)),
    "settings": tuple(LiveStreamSettings.model_fields),
}


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    values: dict[str, object] = {}
    for key, value in node.pairs:
        values.setdefault(key.text, _plain(value))
    return values
