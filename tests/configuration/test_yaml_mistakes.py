"""Text that is no YAML, or other YAML than it looks like: told at the line to mend."""

from __future__ import annotations

import pytest

from tests.configuration.documented import DOCUMENTED, problems

MISALIGNED = (
    "this line does not line up; the keys of a camera begin in the same column, those of its settings further in"
)
LOGIN = "- id: floor\n  rtsp_url: rtsp://10.0.0.5/live\n  username: admin\n  password: "


def test_a_password_that_yaml_would_cut_is_told_and_not_shown() -> None:
    assert problems(f"{LOGIN}Blue #Door7") == [
        (
            "4: camera 'floor': password ends before the '#'; put it in quotes, "
            "or a space after '#' if a comment begins there."
        )
    ]


@pytest.mark.parametrize("password", ["Blue#Door7", "'Blue #Door7'", "Blue  # on the label", "Blue ##"])
def test_a_comment_is_a_comment_and_a_number_sign_may_be_in_a_value(password: str) -> None:
    assert problems(LOGIN + password) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- id: floor\n\trtsp_url: x\n", "2: camera 'floor': this line starts with a TAB; use spaces."),
        ("-\tid: floor\n", "1: this line starts with a TAB; use spaces."),
        ("- id: floor\n  name: Till: 2\n",
         "2: camera 'floor': a value with ': ' in it must be in quotes, as in name: \"Till: 2\"."),
        ('- id: floor\n  name: "Till\n  rtsp_url: "x"\n',
         "2: camera 'floor': the quote that opens here is not closed on this line."),
        ("- id: floor\n  name: 'it's'\n",
         "2: camera 'floor': there is something after the closing quote; put quotes around the whole value."),
        ("- id: floor\n  name:\"Till\"\n  enabled: true\n",
         "2: camera 'floor': put a space after the colon."),
        ("- id: floor\n  name: @till\n",
         "2: camera 'floor': a value that begins with a special character must be in quotes."),
        ('- id: floor\n  name: "a\\d"\n',
         "2: camera 'floor': in double quotes a backslash begins a code; use single quotes instead."),
        ("- id: floor\n  name Till\n  enabled: true\n", "2: camera 'floor': this line is no 'key: value'."),
        ("- id: floor\n  settings: {audio: true\n", "2: camera 'floor': the bracket that opens here is not closed."),
        ("- [", "1: the bracket that opens here is not closed."),
        ("- id: floor\n name: Till\n",
         f"2: camera 'floor': {MISALIGNED}."),
        ("- id: floor\n  name: a\x07b\n",
         "2: camera 'floor': a character here cannot be printed; delete it and type it again."),
        ('- id: floor\n  name: "\\ud800"\n',
         "2: camera 'floor': a character here cannot be printed; delete it and type it again."),
        ("- id: floor\n---\n", "2: camera 'floor': a second document begins here; remove the line '---'."),
        ("- id: floor\n  name: &a b\n",
         "2: camera 'floor': a value that begins with '&' must be in quotes; YAML's own use of it is not taken here."),
        ("- id: floor\n  name: *a\n",
         "2: camera 'floor': a value that begins with '*' must be in quotes; YAML's own use of it is not taken here."),
        ("- id: floor\n  name: !!python/object/apply:os.system [id]\n",
         "2: camera 'floor': a value that begins with '!' must be in quotes; YAML's own use of it is not taken here."),
        ("- id: floor\n  <<: {name: b}\n",
         "2: camera 'floor': merge keys ('<<') are not taken here; write the values out."),
        ("- id: floor\n  ? [a]\n  : b\n",
         "2: camera 'floor': a key must be a single word, as in 'name: \"Floor Camera\"'."),
        ("- " + "[" * 30 + "]" * 30, "1: this is nested more than 20 levels deep."),
    ],
)  # fmt: skip
def test_row_45_broken_yaml_is_told_at_the_line_to_mend(text: str, message: str) -> None:
    assert problems(text) == [message]


def test_text_in_another_encoding_is_told_with_its_line() -> None:
    text = DOCUMENTED.replace("Floor Camera", "Türkamera")
    assert problems(text.encode("latin-1")) == [
        "2: the file is not UTF-8 text; choose UTF-8 when you save it in the editor."
    ]
    assert problems(text.encode("utf-16")) == [
        "1: the file is not UTF-8 text; choose UTF-8 when you save it in the editor."
    ]
