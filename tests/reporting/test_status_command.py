"""`live_stream.py status`: what is asked, what is shown, and what is said when there is nobody to ask."""

from __future__ import annotations

import asyncio
import fcntl
import io
import json
import os
import pty
import signal
import struct
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.worker_process import CAMERAS, PROGRAM, command, environment, free_port
from uploader.reporting.running_worker import RunningWorker
from uploader.reporting.status_command import CLEAR, NoWorker, show
from uploader.reporting.status_table import duration, table
from uploader.server.access import Access
from uploader.server.app import create_app
from uploader.server.serving import listen, serving
from uploader.server.wrong_tokens import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable
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

FPS camera > stream; AGE of the newest picture at the storage address; UPLOAD of a segment, median and p95; DELAY that a viewer
  sees; LOST segments since the start; DROPS of the camera in the last hour; STALLS of the camera in the last hour.
"""  # noqa: E501  (a table is as wide as it is)


ON_A_PHONE = """\
CAMERA     STATE          SINCE      AGE    DELAY
cam_floor  live           2 h 5 min  1.3 s  4.5 s
cam_door   not uploading  10 s       -      -

Door: The key is wrong. Check SUPABASE_KEY.

AGE of the newest picture at the storage address;
  DELAY that a viewer sees.
"""


def worker(port: int, token: str | None = None) -> RunningWorker:
    return RunningWorker(f"http://127.0.0.1:{port}", token)


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
        await show(worker(listener.getsockname()[1]), as_json=True, out=out)
    document = json.loads(out.getvalue())
    assert document["cameras"] == [{**FLOOR, "segment_age_seen": None}]
    assert document["problems"] == []


async def test_who_watches_outlives_the_worker_and_sees_the_next_one() -> None:
    port = free_port()
    out = io.StringIO()
    app = create_app(lambda: [FLOOR], [], "http://127.0.0.1:9")
    async with serving(app, listen(port)):
        watching = asyncio.create_task(show(worker(port), watching=True, out=out, period=0.05))
        await until(lambda: out.getvalue().count("cam_floor") >= 2)
    await until(lambda: "No worker answers on this box" in out.getvalue())
    seen = out.getvalue().count("cam_floor")
    async with serving(app, listen(port)):
        await until(lambda: out.getvalue().count("cam_floor") > seen)
    watching.cancel()
    await asyncio.wait({watching})
    assert watching.cancelled()
    assert CLEAR not in out.getvalue()  # this is no terminal


async def test_programs_that_watch_get_documents_also_while_there_is_no_worker() -> None:
    port = free_port()
    out = io.StringIO()
    async with serving(create_app(lambda: [FLOOR], [], "http://127.0.0.1:9"), listen(port)):
        watching = asyncio.create_task(show(worker(port), as_json=True, watching=True, out=out, period=0.05))
        await until(lambda: bool(out.getvalue()))
    await until(lambda: "No worker answers" in out.getvalue())
    watching.cancel()
    await asyncio.wait({watching})
    documents = [json.loads(line) for line in out.getvalue().splitlines()]
    assert documents[0]["cameras"][0]["id"] == "cam_floor"
    assert documents[-1]["cameras"] == []


async def until(come: Callable[[], bool], limit: float = 60.0) -> None:
    deadline = asyncio.get_running_loop().time() + limit
    while not come():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(("width", "headings"), [(80, 7), (50, 5), (20, 2)])
def test_a_narrow_terminal_gets_the_columns_that_matter_most(width: int, headings: int) -> None:
    lines = table([FLOOR, DOOR], ["cameras.yaml:9: 'enabeld' is not a key."], [1.3, None], width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines[0].split()) == headings
    assert lines[0].startswith("CAMERA     STATE")
    assert "The key is wrong." in " ".join(map(str.strip, lines))


def test_on_a_phone_it_reads_like_this() -> None:
    assert table([FLOOR, DOOR], [], [1.3, None], width=50) == ON_A_PHONE


def test_a_low_terminal_keeps_the_beginning_and_says_what_is_missing() -> None:
    many = [{**FLOOR, "id": f"cam_{number:02}"} for number in range(30)]
    lines = table(many, [], [1.0] * 30, height=23).splitlines()
    assert len(lines) == 23
    assert lines[1].startswith("cam_00")
    assert lines[-1] == "... and 9 lines more"
    assert "AGE of the newest picture" not in table(many, [], [1.0] * 30, height=31)
    assert "AGE of the newest picture" in table(many, [], [1.0] * 30, height=40)


async def test_a_terminal_is_drawn_over_and_not_overrun_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    listener = listen(0)
    port = str(listener.getsockname()[1])
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    async with serving(create_app(lambda: [FLOOR, DOOR], [], "http://127.0.0.1:9"), listener):
        watching = await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), "status", "--watch"),
            cwd=tmp_path,
            env=environment(tmp_path, STOREFEED_PORT=port, COLUMNS="", LINES=""),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        shown = bytearray()

        def drawn_twice() -> bool:
            with suppress(BlockingIOError):
                shown.extend(os.read(ours, 65536))
            return shown.count(CLEAR.encode()) >= 2 and shown.endswith(b"sees.\r\n")

        try:
            await until(drawn_twice)
            watching.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(watching.wait(), 10) == 0
        finally:
            if watching.returncode is None:
                watching.kill()
                await watching.wait()
            os.close(ours)
    first = shown.decode().split(CLEAR)[1]
    # Nobody is at the address of these cameras' pictures.
    assert first.replace("\r\n", "\n") == table([FLOOR, DOOR], [], [None, None], width=50)


async def test_a_worker_that_wants_another_token_says_so_and_so_does_one_that_was_shown_too_many() -> None:
    app = create_app(lambda: [FLOOR], [], "'self'", access=Access("0123456789abcdef"))
    listener = listen(0)
    port = listener.getsockname()[1]
    async with serving(app, listener):
        await show(worker(port, "0123456789abcdef"), out=io.StringIO())
        with pytest.raises(NoWorker, match="asks for a token that is not known here"):
            await show(worker(port))
        for number in range(TRIES):
            with pytest.raises(NoWorker, match="asks for a token that is not known here"):
                await show(worker(port, f"guess-{number}"))
        with pytest.raises(NoWorker, match="wrong tokens from here"):
            await show(worker(port, "0123456789abcdef"))


async def test_without_a_worker_it_is_one_sentence() -> None:
    with pytest.raises(NoWorker, match="No worker answers on this box, port"):
        await show(worker(free_port()))


@pytest.mark.parametrize("environment", [{}, {"ALL_PROXY": "socks5://127.0.0.1:9"}], ids=["as usual", "another proxy"])
def test_the_command_ends_with_2_when_no_worker_runs(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    port = free_port()
    result = command(tmp_path, "status", STOREFEED_PORT=str(port), **environment)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"No worker answers on this box, port {port}. "
        "Start one with: python live_stream.py --all, or say where it is: STOREFEED_PORT=8001.\n"
    )
