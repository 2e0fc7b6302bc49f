"""What `check` finds, with these files in a folder of its own."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from uploader.check.examination import Subject, sections
from uploader.configuration.files import Sources

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.check.finding import Section


def write(directory: Path, text: str, dotenv: str = "") -> Sources:
    for name, content in (("cameras.yaml", text), (".env", f"{dotenv}\nSTOREFEED_PORT=1\n")):
        (directory / name).write_text(content, encoding="utf-8")
        (directory / name).chmod(0o600)
    return Sources(directory / "cameras.yaml", {})


async def examined(sources: Sources, whole: float = 60.0, pictures: Path | None = None) -> dict[str, Section]:
    configuration = sources.read()
    subject = Subject(sources, configuration, None, configuration.file.cameras, pictures)
    async with aclosing(sections(subject, lambda _: None, whole)) as found:
        return {section.title: section async for section in found}


def words(section: Section) -> str:
    return "\n".join(f"{finding.level.name} {finding.text} {finding.advice}" for finding in section.findings)
