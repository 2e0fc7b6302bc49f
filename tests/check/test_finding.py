"""Findings for people and for programs."""

from __future__ import annotations

import json

from uploader.check.finding import (
    MARKS,
    PLAIN,
    Section,
    Style,
    conclusion,
    document,
    fine,
    problem,
    text,
    warning,
    worst,
)


def test_a_finding_for_people_hides_secrets_and_indents_what_to_do() -> None:
    section = Section("Floor", [fine("Good."), problem("p4ss is wrong.", "Write another\nthan p4ss.")])
    assert text(section, Style(PLAIN), lambda words: words.replace("p4ss", "***")) == (
        "Floor\n  ok Good.\n  XX *** is wrong.\n     Write another\n     than ***.\n"
    )
    assert "\x1b[31m✗\x1b[0m p4ss" in text(section, Style(MARKS, colours=True), str)


def test_a_finding_for_programs_hides_secrets_too() -> None:
    section = Section("Floor", [problem('a"p4ss', "p4ss", size=3)], camera="cam")
    shown = document([section], lambda words: words.replace("p4ss", "***"))
    assert json.loads(json.dumps(shown)) == {
        "version": 1,
        "result": "problem",
        "sections": [
            {
                "title": "Floor",
                "camera": "cam",
                "findings": [{"level": "problem", "text": 'a"***', "advice": "***", "figures": {"size": 3}}],
            }
        ],
    }


def test_the_worst_finding_is_the_exit_status_and_all_are_counted() -> None:
    good, odd, bad = fine("a"), warning("b"), problem("c")
    assert [worst([Section("", list(found))]) for found in ([good], [good, odd], [odd, bad, good], [])] == [0, 1, 2, 0]
    assert conclusion([Section("", [good])]) == "Everything is fine."
    assert conclusion([Section("", [bad, odd]), Section("", [bad])]) == "2 problems and 1 warning."
