"""`live_stream.py status`: what is asked, what is shown, and what is said when there is nobody to ask."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.worker_process import CAMERAS, command, free_port
from uploader.reporting.status_command import CLEAR, NoWorker, show
from uploader.reporting.status_table import duration, table
from uploader.server.app import create_app
from uploader.server.serving import listen, serving

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = {
    "fps_in": 20.0,
    "fps_out": 15.0,
    "upload_p50": 0.41,
    "upload_p95": 0.93,
    "latency": {"sum": 4.47},
    "bytes_per_hour": 838_000_000,
}
FLOOR: dict[str, Any] = {
    "id": "cam_floor",
    "name": "Floor Camera",
    "state": "live",
    "since": "2026-11-20T12:00:00.000Z",
    "now": "2026-11-20T14:05:30.000Z",
    "reason": None,
    "advice": None,
    "lost": 2,
    "reconnects_last_hour": 1,
    "stalls_last_hour": 0,
    "video": {"mode": "transcode", "encoder": "libx264"},
    "stream_url": "http://127.0.0.1:9/stream.m3u8",
    "figures": FIGURES,
}
DOOR: dict[str, Any] = {
    **FLOOR,
    "id": "cam_door",
    "name": "Door",
    "state": "not_uploading",
    "since": "2026-11-20T14:05:20.000Z",
    "reason": "The key is wrong.",
    "advice": "Check SUPABASE_KEY.",
    "video": None,
    "figures": dict.fromkeys(FIGURES),
}
GOLDEN = """\
CAMERA     STATE          SINCE      FPS          AGE    UPLOAD         DELAY  LOST  DROPS  STALLS  MB/H  VIDEO
cam_floor  live           2 h 5 min  20.0 > 15.0  1.3 s  0.41 / 0.93 s  4.5 s  2     1      0       838   transcode libx264
cam_door   not uploading  10 s       - > -        -      - / -          -      2     1      0       -     -

Door: The key is wrong. Check SUPABASE_KEY.

cameras.yaml:9: 'enabeld' is not a key.

FPS camera > stream; AGE of the newest picture at the storage address; UPLOAD of a segment, median and p95;
DELAY that a viewer sees; LOST segments since the start; DROPS and STALLS of the camera in the last hour.
"""  # noqa: E501  (a table is as wide as it is)


def test_the_table_reads_like_this() -> None:
    assert table([FLOOR, DOOR], ["cameras.yaml:9: 'enabeld' is not a key."], [1.3, None]) == GOLDEN


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (7500, "2 h 5 min"), (360_000, "4 d 4 h")],
)
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert duration(seconds) == words


async def test_programs_get_the_document_and_how_old_the_stream_is_at_its_address() -> None:
    listener = listen(0)
    out = io.StringIO()
    async with serving(create_app(lambda: [FLOOR], [], "http://127.0.0.1:9"), listener):
        await show(listener.getsockname()[1], as_json=True, out=out)
    document = json.loads(out.getvalue())
    assert document["cameras"] == [{**FLOOR, "segment_age_seen": None}]
    assert document["problems"] == []


async def test_what_is_watched_is_plain_where_there_is_no_terminal_and_goes_on_without_a_worker() -> None:
    listener = listen(0)
    out = _Watched()
    with pytest.raises(_SeenEnough):
        async with serving(create_app(lambda: [FLOOR], [], "http://127.0.0.1:9"), listener) as _:
            await show(listener.getsockname()[1], watching=True, out=out)
    assert out.getvalue().count("cam_floor") == 2
    assert CLEAR not in out.getvalue()


class _SeenEnough(Exception):
    pass


class _Watched(io.StringIO):
    """Ends the show with the second picture."""

    def flush(self) -> None:
        if self.getvalue().count("cam_floor") == 2:
            raise _SeenEnough


async def test_without_a_worker_it_is_one_sentence() -> None:
    with pytest.raises(NoWorker, match="No worker answers on this box, port"):
        await show(free_port())


def test_the_command_ends_with_2_when_no_worker_runs(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    port = free_port()
    result = command(tmp_path, "status", STOREFEED_PORT=str(port))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"No worker answers on this box, port {port}. "
        "Start one with: python live_stream.py --all, or say where it is: STOREFEED_PORT=8001.\n"
    )
