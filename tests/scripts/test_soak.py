"""The soak in short, over the real thing; and that it would find a broken promise."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from scripts.bench.soak import FOLDER, JUDGED, WARM_UP, Observer, Size, growth, report, soak
from tests.auditor import Auditor
from tests.storage.live_store import embedded_store

if TYPE_CHECKING:
    from pathlib import Path


async def test_row_55_half_a_minute_of_bad_luck_breaks_no_promise() -> None:
    # This seed breaks a connection, then kills FFmpeg and the worker.
    result = await soak(argparse.Namespace(minutes=36 / 60, faults=True, spare_worker=False, seed=7))
    assert result.violations == []
    assert result.listed >= 3
    assert result.playlists >= 3
    assert {"FFmpeg is killed", "the worker is killed"} <= result.troubles.keys()
    assert "violations 0" in report(result)


def lived(pid: int, seconds: float, *, memory: float = 0.0, files: float = 0.0) -> list[Size]:
    """A worker that grows by so much an hour, and by more before it is warm."""
    return [
        Size(pid, float(second), int(60e6 + memory * second / 3600), int(20 + files * second / 3600))
        if second >= WARM_UP
        else Size(pid, float(second), int(50e6 + 10e6 * second / WARM_UP), 9)
        for second in range(int(seconds))
    ]


def test_growth_is_that_of_the_worker_that_lived_longest_once_it_was_warm() -> None:
    brief = [Size(1, float(second), 90_000_000 - second, 9) for second in range(300)]
    assert growth([*brief, *lived(2, WARM_UP + 60)]) is None
    grown = growth([*brief, *lived(2, 3 * WARM_UP, memory=360_000, files=60)])
    assert grown is not None
    assert grown.memory == pytest.approx(360_000, rel=0.01)
    assert grown.files == pytest.approx(60, rel=0.1)


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


async def test_a_playlist_that_names_what_is_not_stored_would_be_found(tmp_path: Path) -> None:
    with embedded_store(tmp_path) as access:
        headers = {"apikey": access.key, "authorization": f"Bearer {access.key}"}
        async with httpx.AsyncClient(base_url=f"{access.url}/storage/v1", headers=headers) as http:
            (await http.post("/bucket", json={"id": "streams", "name": "streams", "public": True})).raise_for_status()
            text = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nmissing.ts\n"
            stored = await http.post(f"/object/streams/{FOLDER}/stream.m3u8", content=text)
            stored.raise_for_status()
            auditor = Auditor()
            watching = asyncio.create_task(Observer(http, auditor).run())
            async with asyncio.timeout(5):
                while not auditor.violations:  # noqa: ASYNC110  (an auditor offers nothing to wait on)
                    await asyncio.sleep(0.01)
            watching.cancel()
    assert auditor.violations[0].endswith("missing.ts is listed but not stored (1)")
