"""A `check` on all kinds of terminals, and on none."""

from __future__ import annotations

import io

import pytest

from uploader.check.console import CLEAR, Progress, style_of
from uploader.check.finding import MARKS, PLAIN, Style


class Terminal(io.TextIOWrapper):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def terminal(encoding: str = "utf-8") -> Terminal:
    return Terminal(io.BytesIO(), encoding)


def pipe(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding)


@pytest.mark.parametrize(
    ("stream", "variables", "style"),
    [
        (terminal(), {}, Style(MARKS, colours=True)),
        (terminal(), {"NO_COLOR": "1"}, Style(MARKS)),
        (terminal(), {"NO_COLOR": ""}, Style(MARKS, colours=True)),
        (terminal("ascii"), {}, Style(PLAIN, colours=True)),
        (pipe("utf-8"), {}, Style(MARKS)),
        (pipe("latin-1"), {}, Style(PLAIN)),
    ],
)
def test_colours_are_for_people_and_marks_for_those_who_can_show_them(
    stream: io.TextIOWrapper, variables: dict[str, str], style: Style
) -> None:
    assert style_of(stream, variables) == style


def test_what_is_looked_at_is_shown_on_a_terminal_and_cleared_again() -> None:
    screen, file = terminal(), pipe("utf-8")
    for stream in (screen, file):
        progress = Progress(stream)
        progress.expect("Clock")
        progress.clear()
    assert screen.shown() == f"{CLEAR}Clock ...{CLEAR}"
    file.seek(0)
    assert file.read() == ""
