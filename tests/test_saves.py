"""However an editor saves a file, it is noticed once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.virtual_time import run
from uploader.saves import LOOK, saves, signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def renamed(file: Path) -> None:
    file.with_suffix(".tmp").write_text("b", encoding="utf-8")
    file.with_suffix(".tmp").rename(file)


def moved_away_and_written_anew(file: Path) -> None:
    file.rename(file.with_suffix(".bak"))
    file.write_text("a", encoding="utf-8")


WAYS: dict[str, Callable[[Path], object]] = {
    "written over": lambda file: file.write_text("bb", encoding="utf-8"),
    "replaced by rename": renamed,
    "moved away and written anew": moved_away_and_written_anew,
    "touched": lambda file: file.touch(),
    "removed": lambda file: file.unlink(),
}


async def noticed(file: Path, acts: list[Callable[[Path], object]]) -> int:
    """How often a save is noticed when these things happen to the file, one at each look."""
    count = 0

    async def follow() -> None:
        nonlocal count
        async for _ in saves([file], known):
            count += 1

    known = signature([file])
    task = asyncio.create_task(follow())
    for act in acts:
        await asyncio.sleep(LOOK)
        act(file)
    await asyncio.sleep(10 * LOOK)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return count


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_to_save_is_noticed_once(way: Callable[[Path], object], tmp_path: Path) -> None:
    file = tmp_path / "cameras.yaml"
    file.write_text("a", encoding="utf-8")
    assert run(noticed(file, [way])) == 1


def test_a_file_that_is_written_in_pieces_is_read_when_it_rests(tmp_path: Path) -> None:
    file = tmp_path / "cameras.yaml"
    file.write_text("a", encoding="utf-8")
    pieces = [lambda file, size=size: file.write_text("x" * size, encoding="utf-8") for size in range(20)]
    assert run(noticed(file, list(pieces))) == 1


def test_a_file_that_appears_is_noticed(tmp_path: Path) -> None:
    assert run(noticed(tmp_path / ".env", [lambda file: file.write_text("A=1", encoding="utf-8")])) == 1


def test_a_file_left_alone_is_not(tmp_path: Path) -> None:
    assert run(noticed(tmp_path / ".env", [])) == 0


def test_what_was_saved_before_the_first_look_is_noticed(tmp_path: Path) -> None:
    known = signature([tmp_path / ".env"])
    (tmp_path / ".env").write_text("A=1", encoding="utf-8")

    async def first() -> bool:
        async with asyncio.timeout(10 * LOOK):
            async for _ in saves([tmp_path / ".env"], known):
                return True
        return False

    assert run(first())
