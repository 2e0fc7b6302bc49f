"""The preview's benchmark, in short: it measures the real thing, and its figures make sense."""

from __future__ import annotations

from scripts.bench.preview import cost_when_off, measure, row
from scripts.bench.snapshots import Copied, snapshots, summary


async def test_a_short_run_gives_figures() -> None:
    result = await measure(viewers=2, seconds=2.0)
    off = await cost_when_off(2.0)
    assert 0 < result.delay_p50 <= result.delay_p95 < 5
    assert 5 < result.fps < 20
    assert 0 < result.preview_cpu < 1
    assert 0 < off < 0.1
    assert row(result).startswith("      2  ")


async def test_snapshots_are_dated_by_the_time_in_them() -> None:
    result = await snapshots(Copied(gop=4), 3)
    assert len(result.ages) == 3
    assert 0 < result.ages[0] < 4
    assert "854x480 at 15, keyframe every 4 s: 3 asks" in summary(result)
