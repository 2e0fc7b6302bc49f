"""The test picture: its clock is right, for people and for programs, in every FFmpeg at hand."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime

import pytest

from scripts.bench.clock import read_time
from uploader.ffmpeg import binary
from uploader.ffmpeg.test_source import BITS, CELL, COLON, DIGITS, HEIGHT, LEFT, TOP, WIDTH, graph

OFFSET = 3600


def film(frames: int) -> tuple[list[bytes], float]:
    """Gray frames of the test picture, and when the last of them arrived."""
    made = subprocess.run(
        [
            *(binary.find().path, "-loglevel", "error", "-f", "lavfi", "-i", graph(15, OFFSET)),
            *("-frames:v", str(frames), "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=True,
    )
    size = WIDTH * HEIGHT
    return [made.stdout[start : start + size] for start in range(0, len(made.stdout), size)], time.time()


def glyph(frame: bytes, column: int) -> int:
    """The 15 cells of one character of the clock, as the font has them."""
    rows, columns = range(5), range(column * 4, column * 4 + 3)
    cells = [
        (TOP + row * CELL + CELL // 2) * WIDTH + LEFT + cell * CELL + CELL // 2 for row in rows for cell in columns
    ]
    return int("".join("1" if frame[cell] > 128 else "0" for cell in cells), 2)


def test_the_time_in_the_picture_is_the_present_and_advances_with_it() -> None:
    frames, now = film(31)
    times = [read_time(frame) for frame in frames]
    assert times[-1] == pytest.approx(now % (2**BITS / 1000), abs=3.0)
    assert times[-1] - times[0] == pytest.approx(2.0, abs=0.3)
    assert times == sorted(set(times))


def test_people_read_the_same_time_in_their_own_zone() -> None:
    frames, now = film(1)
    font = {cells: str(digit) for digit, cells in enumerate(DIGITS)} | {COLON: ":"}
    shown = "".join(font[glyph(frames[0], column)] for column in range(8))
    around = [datetime.fromtimestamp(now + OFFSET - back, UTC).strftime("%H:%M:%S") for back in range(4)]
    assert shown in around


def test_a_picture_without_a_clock_carries_no_time() -> None:
    with pytest.raises(ValueError, match="no time"):
        read_time(bytes(WIDTH * HEIGHT))
