"""Every profile keeps its promise of nearness, in real Chromium over a simulated link.

Run by itself by scripts/test: beside other tests, times would say more of those. On a machine that is busy with other
things they mean nothing; then all but the times is checked, and the rest is left out with a word.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

import pytest

from scripts.bench.film import NOISE, clip
from scripts.bench.glass import build
from scripts.bench.latency import measure
from scripts.bench.load import Load, loaded

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.bench.latency import Result

# Median seconds from the camera to the screen; half as much again is allowed.
TARGETS = {"stable": 6.0, "standard": 3.4, "low": 2.0, "realtime": 0.75}
ALLOWED = 1.5
# In bad weather the picture may be so many times as late, but has to go on.
LATER = 3.0
GOOD = argparse.Namespace(
    seconds=10,
    warm_up=12,
    source="rtsp",
    rtt=60,
    uplink=5,
    jitter=0,
    viewer_rtt=30,
    downlink=20,
    put_time=50,
    log=None,
)
BAD = argparse.Namespace(**{**vars(GOOD), "jitter": 80, "uplink": 2, "seconds": 24})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's page, made once."""
    directory = tmp_path_factory.mktemp("page")
    asyncio.run(build(directory))
    return directory


async def seen(options: argparse.Namespace, page: Path, *profiles: str) -> tuple[list[Result], Load]:
    """What viewers of these profiles see, all at the same time."""
    film = clip(noise=NOISE)

    async def all_of_them() -> list[Result]:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(measure(options, profile, film, page)) for profile in profiles]
        return [task.result() for task in running]

    return await loaded(all_of_them())


def late(delays: dict[str, float], most: float) -> dict[str, float]:
    """Those profiles whose pictures are more than so many times as old (s) as promised."""
    return {profile: delay for profile, delay in delays.items() if delay > most * TARGETS[profile]}


def delays(results: list[Result]) -> dict[str, float]:
    return {result.name: result.delay_p50 for result in results}


def check_pictures(results: list[Result], seconds: float) -> None:
    for result in results:
        assert result.pictures > seconds * 15 / 3, result
        assert result.unreadable == 0, result
        assert not [error for error in result.errors if "fatal" in error], result
        assert 0.9 <= result.rate_min <= result.rate_max <= 1.1, result


@pytest.mark.parametrize("profiles", [("stable", "standard"), ("low", "realtime")], ids="+".join)
async def test_a_viewer_is_as_near_to_now_as_the_profile_promises(profiles: tuple[str, ...], page: Path) -> None:
    results, load = await seen(GOOD, page, *profiles)
    check_pictures(results, GOOD.seconds)
    if load.is_heavy:
        pytest.skip(f"the machine is too busy to judge by times: {load}")
    assert late(delays(results), ALLOWED) == {}
    # What the player says is what is on the screen.
    assert [result.name for result in results if abs(result.said_error) > 0.3] == []


async def test_over_a_thin_and_shaky_uplink_the_picture_gets_later_and_does_not_stall(page: Path) -> None:
    results, load = await seen(BAD, page, "standard", "realtime")
    check_pictures(results, BAD.seconds)
    if load.is_heavy:
        pytest.skip(f"the machine is too busy to judge by times: {load}")
    assert late(delays(results), LATER) == {}
    # Once a minute may it stall: so much can also be seen in less than a minute.
    stalls = {result.name: round(result.stalls * BAD.seconds / 60) for result in results}
    assert {name: count for name, count in stalls.items() if count > 1} == {}


def test_half_as_much_again_is_allowed_and_no_more() -> None:
    assert late({"stable": 8.9, "standard": 5.0, "low": 2.9, "realtime": 1.1}, ALLOWED) == {}
    assert late({"stable": 9.1, "standard": 5.2, "low": 2.9, "realtime": 1.2}, ALLOWED) == {
        "stable": 9.1,
        "standard": 5.2,
        "realtime": 1.2,
    }
