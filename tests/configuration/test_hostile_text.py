"""Nothing that a text can hold breaks the reading of cameras.yaml, takes long, or makes a message show a password."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.configuration.documented import DOCUMENTED
from uploader.configuration.cameras import CameraFile, parse


def entry(number: int) -> str:
    return f"- id: cam{number}\n  rtsp_url: testsrc://\n"


HOSTILE = {
    "a hundred megabytes": "x" * 100_000_000,
    "billion laughs": "- &a0 [x,x]\n" + "".join(f"- &a{i} [*a{i - 1},*a{i - 1},*a{i - 1}]\n" for i in range(1, 200)),
    "merge keys": "- &a0 {x: 1}\n" + "".join(f"- &a{i} {{<<: [*a{i - 1},*a{i - 1}]}}\n" for i in range(1, 200)),
    "deep lists": "[" * 200_000,
    "deep mappings": "? " * 100_000,
    "python": "- !!python/object/apply:os.system ['id']\n",
    "too many values": "- a\n" * 60_000,
    "too many entries": "".join(map(entry, range(1000))),
    "too many broken entries": "- [\n" * 60_000,
    "broken entries with many lines": ("- id: [\n" + " x\n" * 300) * 249,
    "unknown keys": "- id: a\n" + "".join(f"  target_{i}: 1\n" for i in range(2900)),
    "a long line": "- name: " + "a:" * 120_000 + " b: c",
    "a long quote": '- name: "' + 'a\\"' * 80_000 + '" b: c',
    "many at signs": "".join(f"- id: c{i}\n  rtsp_url: 'rtsp://a:{'a@' * 500}/'\n" for i in range(200)),
    "a long number": "- {id: a, rtsp_url: 'testsrc://', settings: {target_fps: " + "9" * 200_000 + "}}",
    "zeros": "\0" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_row_46_hostile_text_is_refused_cheaply(text: str) -> None:
    data = text.encode()
    before = time.process_time()
    file = parse(data)
    # It is 0.2 s on an idle machine; without limits, minutes.
    assert time.process_time() - before < 2.0
    assert file.cameras == ()
    assert file.problems


@pytest.mark.parametrize("kind", ["billion laughs", "merge keys", "deep lists", "too many values", "unknown keys"])
def test_row_46_hostile_text_takes_little_memory(kind: str) -> None:
    data = HOSTILE[kind].encode()
    tracemalloc.start()
    try:
        parse(data)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(DOCUMENTED)), st.integers(0, 12), st.text(max_size=6)), min_size=1, max_size=8
)


@given(MUTATIONS)
def test_no_edit_of_the_file_breaks_the_reading_of_it(mutations: list[tuple[int, int, str]]) -> None:
    text = DOCUMENTED
    for position, removed, inserted in mutations:
        text = text[:position] + inserted + text[position + removed :]
    file = parse(text)
    assert file.cameras or file.problems
    lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
    assert all(1 <= problem.line <= lines for problem in file.problems)
    assert all(str(problem).isprintable() for problem in file.problems)


SECRET = DOCUMENTED.replace("localhost:8554", "admin:hunter2@10.0.0.5:554")


@given(st.lists(st.tuples(st.integers(0, len(SECRET)), st.integers(0, 12)), min_size=1, max_size=4))
def test_no_slip_of_the_editor_makes_a_message_show_the_password(cuts: list[tuple[int, int]]) -> None:
    text = SECRET
    for position, removed in cuts:
        text = text[:position] + text[position + removed :]
    assert not any("hunter2" in str(problem) for problem in parse(text).problems)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_the_file(data: bytes) -> None:
    assert parse(data).problems


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3),
    max_leaves=6,
)
KEY_NAMES = st.sampled_from(["id", "name", "rtsp_url", "use_case", "enabled", "settings", "target_fps"])


@given(st.lists(st.dictionaries(KEY_NAMES, VALUES), min_size=1, max_size=3))
def test_no_value_in_any_key_breaks_the_reading_of_the_file(entries: list[dict[str, object]]) -> None:
    file = parse(json.dumps(entries))  # JSON is YAML
    assert isinstance(file, CameraFile)
    assert all(str(problem).isprintable() for problem in file.problems)
