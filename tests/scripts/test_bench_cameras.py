"""The cameras' benchmark, in short: it measures, over the real thing, and its figures make sense."""

from __future__ import annotations

import argparse

from scripts.bench.cameras import Result, measure, table
from scripts.bench.recovery import recoveries, starts


async def test_a_short_run_gives_the_costs_of_one_camera() -> None:
    result = await measure(argparse.Namespace(seconds=4.0, cameras=[2], times=0))
    for costs in result.ffmpeg.values():
        assert costs["copy"].cpu < costs["transcode"].cpu < 1
    assert 0 < result.worker[2].cpu < 1
    assert 20e6 < result.worker[2].memory < 200e6
    assert "worker,  2 camera(s):" in table(result)


async def test_a_recovery_takes_some_seconds() -> None:
    seconds = await recoveries("FFmpeg is killed", 1)
    assert 1 < seconds[0] < 20
    said = table(Result({}, {}, {}, {"FFmpeg is killed": seconds}))
    assert said == f"FFmpeg is killed: live again in {seconds[0]:.1f} s p50, {seconds[0]:.1f} s max of 1\n"


async def test_a_start_takes_some_seconds() -> None:
    name = "a keyframe every 2 s"
    seconds = await starts(name, 1)
    assert 2 < seconds[0] < 60
    assert table(Result({}, {}, {name: seconds}, {})).startswith(f"{name}: first playlist after {seconds[0]:.1f} s p50")
