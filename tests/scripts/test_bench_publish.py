"""The publishing benchmark, in short: it measures, over the real thing, and its figures make sense."""

from __future__ import annotations

import argparse

from scripts.bench.publish import measure, table


async def test_a_short_run_over_a_slow_link_gives_figures() -> None:
    options = argparse.Namespace(segments=2, cameras=1, rtt=40.0, uplink=20.0, settings="target_fps: 10")
    result = await measure(options)
    assert result.segments == 2
    # At least the two requests' round trips, and the segment's bits on the uplink.
    assert result.delay_p50 > 2 * 0.04 + result.segment_bytes * 8 / 20e6
    assert result.delay_p50 < 5
    assert 0 < result.worker_cpu < 1
    assert 20e6 < result.worker_memory < 200e6
    assert "segment listed and readable" in table(options, result)
