"""What keeps YAML from being read, as a technician would call it, and the line where it is. Pure.

YAML's own words are about tokens, name the line where it noticed, and quote that line, password and all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

# How many lines above the one where YAML noticed may be the cause: more than a camera has.
_BLAME = 30
_KEY = r"\s*(?:- +)*[\w-]+:"
_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')"
# What a line looks like when it is the one to blame, however far down YAML noticed. First match wins.
_SUSPECTS = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (r" *(?:- *)?\t", "this line starts with a TAB; use spaces"),
        (rf"{_KEY} +(?:\"(?:[^\"\\]|\\.)*|'(?:[^']|'')*)$", "the quote that opens here is not closed on this line"),
        (
            rf"{_KEY} +{_QUOTED} *[^\s#]",
            "there is something after the closing quote; put quotes around the whole value",
        ),
        (r"\s*(?:- +)*(?:id|name|enabled|settings|[a-z]+_[a-z_]+):[^\s]", "put a space after the colon"),
        (rf"{_KEY} +[@`%|>}}\],]", "a value that begins with a special character must be in quotes"),
        (
            rf"{_KEY} +[^\s\"'\[{{#](?:(?! #).)*:(?:\s|$)",
            "a value with ': ' in it must be in quotes, as in name: \"Till: 2\"",
        ),
    )
)
_PROBLEMS = (
    ("escape", "in double quotes a backslash begins a code; use single quotes instead"),
    ("expected ',' or", "the bracket that opens here is not closed"),
    ("<stream end>", "the bracket that opens here is not closed"),
    ("end of stream", "the quote that opens here is not closed"),
    ("could not find expected ':'", "this line is no 'key: value'"),
)
_MISALIGNED = (
    "this line does not line up; the keys of a camera begin in the same column, those of its settings further in"
)


def blamed(error: MarkedYAMLError, lines: list[str]) -> tuple[int, str]:
    """Which of these lines to look at (from 0), and what to do there."""
    noticed = min(error.problem_mark.line if error.problem_mark else 0, len(lines) - 1)
    begun = error.context_mark.line if error.context_mark else noticed
    for number in range(max(0, noticed - _BLAME), noticed + 1):
        for pattern, message in _SUSPECTS:
            if pattern.match(lines[number].rstrip("\r")[:1000]):
                return number, message
    for words, message in _PROBLEMS:
        if words in str(error.problem):
            return begun, message
    return noticed, _MISALIGNED
