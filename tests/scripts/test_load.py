"""A measurement knows whether it had the machine for itself."""

from __future__ import annotations

import asyncio
import os
import time

from scripts.bench.load import LATE, OTHERS, Load, loaded

CPUS = os.cpu_count() or 1


async def shell(script: str) -> None:
    process = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=asyncio.subprocess.DEVNULL)
    await process.wait()


async def test_what_others_take_of_the_machine_is_seen() -> None:
    # Whoever started them has ended: they are nobody's children.
    await shell("timeout 4 sh -c 'while :; do :; done' &" * CPUS)
    _, load = await loaded(asyncio.sleep(1.5))
    assert load.others > 0.4
    assert load.is_heavy


async def test_what_is_measured_and_what_its_children_do_is_nobody_elses_work() -> None:
    began = time.monotonic()
    # One for each CPU, which ends when it has worked for a second, whatever others do meanwhile.
    _, load = await loaded(shell("(ulimit -t 1; while :; do :; done) & " * CPUS + "wait"))
    seconds = time.monotonic() - began
    assert load.others <= 1 - 0.8 / seconds


def test_others_and_late_sleeps_make_times_worthless() -> None:
    assert Load(OTHERS + 0.01, 0.0).is_heavy
    assert Load(0.0, LATE + 0.001).is_heavy
    assert not Load(OTHERS, LATE).is_heavy
    assert str(Load(0.25, 0.012)) == "others took 25% of the CPUs, short sleeps came 12 ms late"
