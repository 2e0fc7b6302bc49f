"""The soak in short, over the real thing; and that it would find a broken promise."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

import httpx

from scripts.bench.observer import Observer
from scripts.bench.soak import report, soak
from tests.auditor import Auditor
from tests.storage.live_store import embedded_store

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "location_1/cam_soak"


async def test_row_55_half_a_minute_of_bad_luck_breaks_no_promise() -> None:
    # This seed breaks a connection, then kills FFmpeg and the worker.
    result = await soak(argparse.Namespace(minutes=36 / 60, faults=True, spare_worker=False, seed=7))
    assert result.violations == []
    assert result.listed >= 3
    assert result.playlists >= 3
    assert {"FFmpeg is killed", "the worker is killed"} <= result.troubles.keys()
    assert "violations 0" in report(result)


async def test_a_playlist_that_names_what_is_not_stored_would_be_found(tmp_path: Path) -> None:
    with embedded_store(tmp_path) as access:
        headers = {"apikey": access.key, "authorization": f"Bearer {access.key}"}
        async with httpx.AsyncClient(base_url=f"{access.url}/storage/v1", headers=headers) as http:
            (await http.post("/bucket", json={"id": "streams", "name": "streams", "public": True})).raise_for_status()
            text = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nmissing.ts\n"
            stored = await http.post(f"/object/streams/{FOLDER}/stream.m3u8", content=text)
            stored.raise_for_status()
            auditor = Auditor()
            watching = asyncio.create_task(Observer(http, FOLDER, auditor).run())
            async with asyncio.timeout(5):
                while not auditor.violations:  # noqa: ASYNC110  (an auditor offers nothing to wait on)
                    await asyncio.sleep(0.01)
            watching.cancel()
    assert auditor.violations[0].endswith("missing.ts is listed but not stored (1)")
