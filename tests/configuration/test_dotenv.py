""".env: read as a shell would, every mistake with its line, no value ever shown."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.configuration.dotenv import parse

if TYPE_CHECKING:
    from pathlib import Path

LINES = r"""
# The box in Lund
SUPABASE_URL=https://abc.supabase.co
export SUPABASE_KEY=sb_secret_1#2   # from the project's API settings
EMPTY=
SINGLE='a b # "$x" \ '
DOUBLE="a b # \"\$x\" \\ \n '"
TAIL="a"   # b
"""


def test_every_way_to_write_a_value_is_read() -> None:
    file = parse(LINES.encode())
    assert file.problems == ()
    assert file.values == {
        "SUPABASE_URL": "https://abc.supabase.co",
        "SUPABASE_KEY": "sb_secret_1#2",
        "EMPTY": "",
        "SINGLE": 'a b # "$x" \\ ',
        "DOUBLE": 'a b # "$x" \\ \\n \'',
        "TAIL": "a",
    }


def test_a_shell_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(LINES, encoding="utf-8")
    names = parse(LINES.encode()).values
    said = subprocess.run(
        [str(shutil.which("sh")), "-c", 'set -a; . ./.env; for name; do printenv "$name"; done', "sh", *names],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split("\n")[:-1] == list(names.values())


def test_a_value_may_hold_spaces_without_quotes() -> None:
    assert parse(b"PASSWORD=horse battery \r\n").values == {"PASSWORD": "horse battery"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hunter2", ".env:2: this line is no NAME=value."),
        ("2ND=hunter2", ".env:2: this line is no NAME=value."),
        ("CAM = hunter2", ".env:2: CAM: there must be no space around the '='."),
        ("CAM= hunter2", ".env:2: CAM: there must be no space around the '='."),
        ('CAM="hunter2', ".env:2: CAM: the quote that opens here is not closed on this line."),
        ("CAM='hun'ter2'",
         ".env:2: CAM: there is something after the closing quote; put quotes around the whole value."),
        ("A=hunter2", ".env:2: A: is already set on line 1; keep one of the two."),
        ("CAM=hunter2\x07",
         ".env:2: CAM: holds a character that cannot be printed, or the file is not UTF-8 text; type the value again."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_costs_no_other(line: str, message: str) -> None:
    file = parse(f"A=1\n{line}\nB=2\n".encode())
    assert [str(problem) for problem in file.problems] == [message]
    assert file.values == {"A": "1", "B": "2"}
    assert "hunter2" not in repr(file)


def test_another_encoding_is_told_with_its_line() -> None:
    file = parse("A=1\nB=Tür\n".encode("latin-1"))
    assert ([problem.line for problem in file.problems], file.values) == ([2], {"A": "1"})


def test_a_file_beyond_any_honest_size_is_refused() -> None:
    file = parse(b"A=1\n" * 100_000)
    assert ([str(problem) for problem in file.problems], file.values) == (
        [".env:1: the file is larger than 64 KiB."],
        {},
    )


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_it(data: bytes) -> None:
    file = parse(data)
    assert all(str(problem).isprintable() for problem in file.problems)


@given(st.text(st.characters(blacklist_categories=["C", "Zl", "Zp"]), max_size=30))
def test_any_password_can_be_written(password: str) -> None:
    escaped = "".join(f"\\{letter}" if letter in '"\\$`' else letter for letter in password)
    assert parse(f'P="{escaped}"'.encode()).values == {"P": password}
