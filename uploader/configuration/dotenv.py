"""`.env`: variables for this box in a file beside cameras.yaml, as a shell would read them. Pure.

`NAME=value` lines, `export` before them or not, and comments. A value is as it stands, up to a " #"; in single quotes
nothing means anything else, in double quotes a backslash keeps what a shell would take ('"', '$', '`', a backslash).
Nothing is expanded: a password may hold "$". No message ever shows a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_SIZE = 64 * 1024  # bytes
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_LINE = re.compile(rf"\s*(?:export\s+)?(?P<name>{NAME})(?P<before>\s*)=(?P<after>\s*)(?P<value>.*)")
_QUOTED = re.compile(r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)')(?P<rest>.*)""")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ESCAPED = re.compile(r"\\([\"$`\\])")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in .env. `name` is the variable it costs, where that can be told."""

    line: int
    name: str | None
    message: str
    file: str = ".env"

    def __str__(self) -> str:
        name = f" {self.name}:" if self.name else ""
        return f"{self.file}:{self.line}:{name} {self.message}."


@dataclass(frozen=True, slots=True)
class DotEnv:
    """The variables that can be read, and what is wrong with the others, by line."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    problems: tuple[Problem, ...] = ()


class _Mistake(Exception):
    pass


def parse(source: bytes, file: str = ".env") -> DotEnv:
    """The variables in this file, `file` by name. Never raises."""
    if len(source) > MAX_SIZE:
        return DotEnv(problems=(Problem(1, None, f"the file is larger than {MAX_SIZE // 1024} KiB", file),))
    values: dict[str, str] = {}
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(_lines(source), 1):
        match = _LINE.fullmatch(line)
        try:
            if match is not None or _says_something(line):
                name, value = _assignment(match, lines)
                values[name], lines[name] = value, number
        except _Mistake as mistake:
            problems.append(Problem(number, match["name"] if match else None, str(mistake), file))
    return DotEnv(values, tuple(problems))


def _lines(source: bytes) -> list[str]:
    # What is not UTF-8 becomes half a character, which cannot be printed: its line is told, and the others count.
    return re.split("\r\n|\n|\r", source.decode("utf-8-sig", "surrogateescape"))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _assignment(match: re.Match[str] | None, lines: dict[str, int]) -> tuple[str, str]:
    """Name and value; `lines` are those of the names there are."""
    if match is None:
        raise _Mistake("this line is no NAME=value")
    if match["before"] or (match["after"] and match["value"]):
        raise _Mistake("there must be no space around the '='")
    if match["name"] in lines:
        raise _Mistake(f"is already set on line {lines[match['name']]}; keep one of the two")
    value = _unquoted(match["value"])
    if _UNPRINTABLE.search(value):
        raise _Mistake("holds a character that cannot be printed, or the file is not UTF-8 text; type the value again")
    return match["name"], value


def _unquoted(text: str) -> str:
    if not text.startswith(('"', "'")):
        return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
    match = _QUOTED.fullmatch(text)
    if match is None:
        raise _Mistake("the quote that opens here is not closed on this line")
    if not re.fullmatch(r"\s*(?:#.*)?", match["rest"]):
        raise _Mistake("there is something after the closing quote; put quotes around the whole value")
    return match["single"] if match["double"] is None else _ESCAPED.sub(r"\1", match["double"])
