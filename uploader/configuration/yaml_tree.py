"""YAML as values that know their line, for a file that people write by hand. Pure.

Only the part of YAML that such a file needs: lists, mappings and plain values. Anchors, tags and merge keys are
refused, because a few hundred bytes of them cost minutes and gigabytes; so is depth beyond any honest file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import yaml

from uploader.configuration import yaml_mistakes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 20
# Every entry with two dozen values. PyYAML takes 15 us for each, so a file full of them costs 0.1 s.
MAX_VALUES = 6000


class Unclear(Enum):
    """A number that people and YAML 1.1 read differently: 07, 0x1F, 12:30, 1_000."""

    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value; `text` is how it was written, without its quotes.

    `cut`: it has none, and "#" with something right behind it follows, which YAML takes for a comment.
    """

    line: int
    value: str | int | float | bool | Unclear | None
    text: str = field(repr=False)
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """The values of a list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and their values, as often as they were written."""

    line: int
    pairs: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping  # `line` counts from 1


class DocumentError(ValueError):
    """This is no YAML of the kind that is taken here: the line, what is wrong there, and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(line, message)
        self.line = line
        self.message = message


class TooMuchError(DocumentError):
    """It is more than any honest file holds; there is no use in looking at parts of it."""


def compose(text: str, first_line: int, values: Iterator[int]) -> Node | None:
    """The text's one document; None when there is nothing in it. Takes one of `values` for every value."""
    try:
        return _Composer(text, first_line, values).document()
    except yaml.reader.ReaderError as error:
        line = first_line + text.count("\n", 0, error.position)
        raise DocumentError(line, _UNPRINTABLE) from None
    except yaml.MarkedYAMLError as error:
        line, message = yaml_mistakes.blamed(error, text.split("\n"))
        raise DocumentError(first_line + line, message) from None


class _Composer:
    """YAML's events as a tree. PyYAML's own composer follows aliases, and recurses as deep as it is asked to."""

    def __init__(self, text: str, first_line: int, values: Iterator[int]) -> None:
        self._events: Iterator[Any] = yaml.parse(text, yaml.SafeLoader)
        self._first_line = first_line
        self._values = values

    def document(self) -> Node | None:
        next(self._events)  # stream start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # document end
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            line = self._first_line + int(after.start_mark.line)
            raise DocumentError(line, "a second document begins here; remove the line '---'")
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = self._first_line + (event.start_mark.line if event.start_mark else 0)
        if next(self._values, None) is None:
            raise TooMuchError(line, f"the file has more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            raise DocumentError(line, f"this is nested more than {MAX_DEPTH} levels deep")
        match event:
            case yaml.AliasEvent():
                raise _reference("*", line)
            case yaml.NodeEvent(anchor=str()):
                raise _reference("&", line)
            case yaml.ScalarEvent(tag=None):
                return _scalar(event, line)
            case yaml.SequenceStartEvent(tag=None):
                return Sequence(line, tuple(self._items(yaml.SequenceEndEvent, depth)))
            case yaml.MappingStartEvent(tag=None):
                nodes = self._items(yaml.MappingEndEvent, depth)
                return Mapping(line, tuple((_key(key), value) for key, value in zip(nodes, nodes, strict=True)))
            case _:
                raise _reference("!", line)

    def _items(self, end: type[yaml.Event], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth + 1)


def _key(node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise DocumentError(node.line, "a key must be a single word, as in 'name: \"Floor Camera\"'")
    if node.text == "<<":
        raise DocumentError(node.line, "merge keys ('<<') are not taken here; write the values out")
    return node


def _scalar(event: yaml.ScalarEvent, line: int) -> Scalar:
    text = str(event.value)
    # "\\ud800" in double quotes makes half a character, which no terminal and no file takes.
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DocumentError(line, _UNPRINTABLE)
    return Scalar(line, _plain(text) if event.implicit[0] else text, text, _is_cut(event))


_COMMENT = re.compile(r"[ \t]+#[^\s#]")


def _is_cut(event: yaml.ScalarEvent) -> bool:
    end = event.end_mark
    return (
        bool(event.value)
        and not event.style
        and end is not None
        and _COMMENT.match(str(end.buffer), end.pointer) is not None
    )


def _reference(mark: str, line: int) -> DocumentError:
    return DocumentError(
        line, f"a value that begins with '{mark}' must be in quotes; YAML's own use of it is not taken here"
    )


def _plain(text: str) -> str | int | float | bool | Unclear | None:
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[:1], [])
    tag = next((tag for tag, pattern in resolvers if pattern.match(text)), "")
    match tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() in ("yes", "true", "on")
        case "int" if re.fullmatch(r"[-+]?(?:0|[1-9][0-9]{0,17})", text):
            return int(text)
        case "float" if re.fullmatch(r"[-+]?[0-9]{1,18}\.[0-9]{0,18}", text):
            return float(text)
        case "int" | "float":
            return Unclear.NUMBER
        case _:
            return text


_UNPRINTABLE = "a character here cannot be printed; delete it and type it again"
