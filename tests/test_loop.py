"""What hangs in a thread keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from uploader.loop import Threads, run

ROOT = Path(__file__).parents[1]
# More than asyncio's own pool has on any machine.
MANY = 40


def test_calls_that_hang_leave_room_for_others() -> None:
    over = threading.Event()

    async def story() -> str:
        loop = asyncio.get_running_loop()
        hanging = [loop.run_in_executor(None, over.wait, 60) for _ in range(MANY)]
        try:
            async with asyncio.timeout(20):
                return await asyncio.to_thread(str, 7)
        finally:
            over.set()
            await asyncio.gather(*hanging)

    assert run(story()) == "7"


# A program with a name server that is silent; what it asked for is printed in the end.
IMPATIENT = """
import asyncio, socket, time
from uploader.loop import run

asked = []
def silent(host, *_):
    asked.append(host)
    time.sleep(300)
socket.getaddrinfo = silent

async def story():
    for host in ("store.shop", "store.shop", "camera.shop", "store.shop"):
        try:
            async with asyncio.timeout(0.1):
                await asyncio.open_connection(host, 443)
        except TimeoutError:
            pass

run(story())
print(asked)
"""


def test_a_name_is_looked_up_once_at_a_time_and_not_waited_for_in_the_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("['store.shop', 'camera.shop']\n", "")


def test_a_name_is_looked_up_again_when_there_was_an_answer() -> None:
    async def story() -> list[object]:
        loop = asyncio.get_running_loop()
        return [await loop.getaddrinfo("127.0.0.1", port) for port in (80, 80, 443)]

    first, again, other = run(story())
    assert first == again != other


def test_one_too_many_is_refused_until_another_has_ended() -> None:
    threads, over = Threads(2), threading.Event()
    try:
        hanging = [threads.submit(over.wait, 60) for _ in range(2)]
        with pytest.raises(OSError, match="temporarily unavailable"):
            threads.submit(str, 7)
    finally:
        over.set()
    assert [call.result(20) for call in hanging] == [True, True]
    assert threads.submit(str, 7).result(20) == "7"


async def test_what_goes_wrong_in_one_is_for_whoever_waits() -> None:
    failing = Threads().submit(int, "seven")
    with pytest.raises(ValueError, match="seven"):
        await asyncio.wrap_future(failing)
