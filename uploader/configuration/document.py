"""cameras.yaml as the items of a list, one by one: what is broken in one of them hides no other. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from uploader.configuration.yaml_tree import (
    MAX_VALUES,
    DocumentError,
    Mapping,
    Scalar,
    Sequence,
    TooMuchError,
    compose,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uploader.configuration.yaml_tree import Node

MAX_SIZE = 256 * 1024  # bytes, or characters
MAX_ENTRIES = 250


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the list: its value, or what keeps its YAML from being read; then `text` is what was written."""

    line: int
    value: Node | DocumentError
    text: str = field(default="", repr=False)


def entries(text: str) -> list[Entry]:
    """The items of the list that the text is. Raises DocumentError when it is no list at all.

    Broken YAML in one item does not hide the others: the list is then taken apart at its dashes.
    """
    if len(text) > MAX_SIZE:
        raise too_large()
    try:
        root = compose(text, 1, iter(range(MAX_VALUES)))
    except TooMuchError:
        raise
    except DocumentError as error:
        return _piecewise(text, error)
    return [Entry(item.line, item) for item in _items(root)]


def too_large() -> DocumentError:
    """The mistake of a file beyond `MAX_SIZE`, for whoever sees its size first."""
    return TooMuchError(1, f"the file is larger than {MAX_SIZE // 1024} KiB, which no list of cameras is")


def _items(root: Node | None) -> tuple[Node, ...]:
    match root:
        case None | Scalar(value=None):
            raise DocumentError(1, "the file is empty; list the cameras in it, each beginning with '- id:'")
        case Mapping(pairs=((key, Sequence()), *_)):
            raise DocumentError(key.line, f"the file is just the list of cameras; remove the line '{shown(key.text)}:'")
        case Mapping(line):
            raise DocumentError(line, "the file must be a list; begin each camera with '- id:', indent its other keys")
        case Scalar(line):
            raise DocumentError(line, "the file must be a list of cameras, each beginning with '- id:'")
        case Sequence(line, ()):
            raise DocumentError(line, "the list is empty; add a camera that begins with '- id:'")
    if len(root.items) > MAX_ENTRIES:
        raise TooMuchError(root.items[MAX_ENTRIES].line, f"the list has more than {MAX_ENTRIES} entries")
    return root.items


def _piecewise(text: str, error: DocumentError) -> list[Entry]:
    lines = text.split("\n")
    starts = _dashes(lines)
    if not 1 <= len(starts) <= MAX_ENTRIES:
        raise error
    values = iter(range(MAX_VALUES))
    pieces = [_piece(lines[start:end], start + 1, values) for start, end in pairwise([*starts, len(lines)])]
    if not any(isinstance(piece.value, DocumentError) for piece in pieces):
        raise error
    return pieces


def _dashes(lines: list[str]) -> list[int]:
    """Where the items begin, if the lines look like nothing but a list."""
    indent = next((match[1] for line in lines if (match := re.match(r"( *)-(?:\s|$)", line))), "")
    starts = [number for number, line in enumerate(lines) if re.match(rf"{indent}-(?:\s|$)", line)]
    preamble = lines[: starts[0]] if starts else []
    return starts if all(re.match(r"\s*(?:#|---|$)", line) for line in preamble) else []


def _piece(lines: list[str], line: int, values: Iterator[int]) -> Entry:
    text = "\n".join(lines)
    try:
        return Entry(line, _items(compose(text, line, values))[0], text)
    except DocumentError as error:
        return Entry(line, error, text)


def shown(text: str, limit: int = 40) -> str:
    """A piece of the file for a message: one line, not too long, harmless in a terminal, and surely no password."""
    if "@" in text or "://" in text:
        return "…"
    clean = text if text.isprintable() else ascii(text)[1:-1]
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
