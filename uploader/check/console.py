"""Shows a `check` while it runs: for people line by line, for programs as one document."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

from uploader.check.examination import sections
from uploader.check.finding import MARKS, PLAIN, Section, Style, conclusion, document, text, worst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uploader.check.examination import Subject
    from uploader.redaction import Redaction

# Back to the beginning of the line, and clear it (ECMA-48: EL).
CLEAR = "\r\x1b[K"


async def check(subject: Subject, redaction: Redaction, *, as_json: bool) -> int:
    """Examine, and show it on stdout; the exit status."""
    found: list[Section] = []
    progress = Progress(sys.stderr)
    style = style_of(sys.stdout, os.environ)
    async for section in sections(subject, progress.expect):
        found.append(section)
        progress.clear()
        if not as_json:
            sys.stdout.write(text(section, style, redaction))
            sys.stdout.flush()
    progress.clear()
    sys.stdout.write(_as_json(found, redaction) if as_json else f"{conclusion(found)}\n")
    return worst(found)


def _as_json(found: list[Section], redaction: Redaction) -> str:
    return json.dumps(document(found, redaction), ensure_ascii=False, indent=2) + "\n"


def style_of(stream: TextIO, variables: Mapping[str, str]) -> Style:
    """The marks that this stream can show; coloured where a person looks and does not mind (https://no-color.org)."""
    try:
        "".join(MARKS).encode(stream.encoding or "ascii")
        marks = MARKS
    except UnicodeEncodeError:
        marks = PLAIN
    return Style(marks, colours=stream.isatty() and not variables.get("NO_COLOR"))


class Progress:
    """What is looked at now, on a terminal; nothing elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = stream.isatty()

    def expect(self, title: str) -> None:
        """This is looked at next."""
        if self._shown:
            self._stream.write(f"{CLEAR}{title} ...")
            self._stream.flush()

    def clear(self) -> None:
        """Make room for what was found."""
        if self._shown:
            self._stream.write(CLEAR)
            self._stream.flush()
