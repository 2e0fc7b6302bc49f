"""What a worker's growth is, and when it breaks a promise."""

from __future__ import annotations

import random

import pytest

from scripts.bench.growth import JUDGED, WARM_UP, Size, Slope, growth


def lived(pid: int, seconds: float, *, memory: float = 0.0, files: float = 0.0) -> list[Size]:
    """A worker that grows by so much an hour, and by more before it is warm; segments on their way come on top."""
    chance = random.Random(0)
    return [
        Size(
            pid,
            float(second),
            int(60e6 + memory * second / 3600) + chance.choice([0, 500_000, 3_000_000]),
            int(20 + files * second / 3600) + chance.choice([0, 1, 7]),
        )
        if second >= WARM_UP
        else Size(pid, float(second), int(50e6 + 10e6 * second / WARM_UP), 9)
        for second in range(int(seconds))
    ]


def test_growth_is_that_of_the_worker_that_lived_longest_once_it_was_warm() -> None:
    brief = [Size(1, float(second), 90_000_000 - second, 9) for second in range(300)]
    assert growth([*brief, *lived(2, WARM_UP + 60)]) is None
    grown = growth([*brief, *lived(2, 3 * WARM_UP, memory=360_000, files=60)])
    assert grown is not None
    assert grown.memory.hourly == pytest.approx(360_000, rel=0.1)
    assert grown.files.hourly == pytest.approx(60, rel=0.1)


@pytest.mark.parametrize(
    ("memory", "files", "leaks"),
    [
        (0.9e6, 5, []),
        (-3e6, -9, []),
        (1.2e6, 0, ["memory grows by 1.2 MB an hour"]),
        (0, 12, ["open files grow by 12 an hour"]),
    ],
)
def test_row_55_a_worker_that_grows_for_long_breaks_a_promise(memory: float, files: float, leaks: list[str]) -> None:
    briefly = growth(lived(1, WARM_UP + JUDGED - 60, memory=memory, files=files))
    for_long = growth(lived(1, WARM_UP + JUDGED + 60, memory=memory, files=files))
    assert briefly is not None
    assert for_long is not None
    assert briefly.leaks == []
    assert for_long.leaks == leaks


def test_what_may_be_chance_is_no_growth() -> None:
    slope = Slope.of([(0.0, 60e6), (600.0, 64e6), (1200.0, 59e6), (1800.0, 63e6)])
    assert slope.hourly == pytest.approx(2.4e6)
    assert not slope.exceeds(1e6)
    assert Slope(2.4e6, 1e6).exceeds(1e6)
    assert not Slope(0.9e6, 0.1e6).exceeds(1e6)
