"""What `check` has to say: findings, each a tick, a warning or a cross, and how they are shown. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from uploader.errors import StorefeedError

VERSION = 1


class Level(IntEnum):
    """How bad it is; the number is the exit status of a `check` that found nothing worse."""

    FINE = 0
    WARNING = 1
    PROBLEM = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was found, and what to do about it. `figures` are for programs, durations in seconds."""

    level: Level
    text: str
    advice: str = ""
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """What was found about one thing; `camera` is the id of the camera it is about."""

    title: str
    findings: Sequence[Finding]
    camera: str | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """What stands before a finding, by its level, and how it is coloured."""

    marks: tuple[str, str, str]
    colours: bool = False

    def mark(self, level: Level) -> str:
        """The mark of this level."""
        return f"\x1b[{_COLOURS[level]}m{self.marks[level]}\x1b[0m" if self.colours else self.marks[level]


# For terminals that know no others.
PLAIN = ("ok", "!!", "XX")
MARKS = ("✓", "!", "✗")
# SGR: green, yellow, red.
_COLOURS = (32, 33, 31)


def fine(text: str, **figures: object) -> Finding:
    """Nothing to do."""
    return Finding(Level.FINE, text, figures=figures)


def warning(text: str, advice: str = "", **figures: object) -> Finding:
    """It works, and should be otherwise."""
    return Finding(Level.WARNING, text, advice, figures)


def problem(text: str, advice: str = "", **figures: object) -> Finding:
    """It does not work."""
    return Finding(Level.PROBLEM, text, advice, figures)


def trouble(error: StorefeedError) -> Finding:
    """A problem in the words of an error."""
    return problem(error.what, error.advice)


def worst(sections: Iterable[Section]) -> Level:
    """The level of the worst finding."""
    return max((finding.level for section in sections for finding in section.findings), default=Level.FINE)


def text(section: Section, style: Style, hide: Callable[[str], str]) -> str:
    """For people: the title, and each finding with what to do below it. `hide` takes secrets out."""
    lines = [hide(section.title)]
    for finding in section.findings:
        first, *more = hide(finding.text).splitlines() or [""]
        lines.append(f"  {style.mark(finding.level)} {first}")
        indent = " " * (len(style.marks[finding.level]) + 3)
        lines += [f"{indent}{line}" for line in (*more, *hide(finding.advice).splitlines())]
    return "\n".join(lines) + "\n"


def conclusion(sections: Sequence[Section]) -> str:
    """The last line."""
    levels = [finding.level for section in sections for finding in section.findings]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    if not problems and not warnings:
        return "Everything is fine."
    counted = [_counted(problems, "problem"), _counted(warnings, "warning")]
    return f"{' and '.join(filter(None, counted))}."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def document(sections: Sequence[Section], hide: Callable[[str], str]) -> dict[str, object]:
    """For programs (version 1). `hide` takes secrets out."""
    return {
        "version": VERSION,
        "result": worst(sections).name.lower(),
        "sections": [
            {
                "title": hide(section.title),
                "camera": section.camera,
                "findings": [
                    {
                        "level": finding.level.name.lower(),
                        "text": hide(finding.text),
                        "advice": hide(finding.advice) or None,
                        **({"figures": dict(finding.figures)} if finding.figures else {}),
                    }
                    for finding in section.findings
                ],
            }
            for section in sections
        ],
    }
