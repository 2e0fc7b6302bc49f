"""What hangs in a thread keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from uploader.loop import FRESH, Threads, run

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


# A program with a name server that says nothing, for so many seconds, and then that there is no such name. What it was
# asked for is printed in the end.
IMPATIENT = """
import asyncio, gc, socket, sys, time
from uploader.loop import run

asked = []
def silent(host, *_):
    asked.append(host)
    time.sleep(float(sys.argv[1]))
    raise socket.gaierror(socket.EAI_AGAIN, "no answer")
socket.getaddrinfo = silent

async def story():
    for host in sys.argv[3:]:
        try:
            async with asyncio.timeout(float(sys.argv[2])):
                await asyncio.open_connection(host, 443)
        except TimeoutError:
            gc.collect()
    await asyncio.sleep(0.3)

run(story())
print(*asked)
"""


def asked(silent: float, patience: float, *hosts: str) -> str:
    """What the name server was asked, one name after the other, with so much `patience`; both in seconds."""
    words = [sys.executable, "-c", IMPATIENT, str(silent), str(patience), *hosts]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_name_that_is_being_looked_up_is_not_asked_for_again_and_not_waited_for_in_the_end() -> None:
    assert asked(300, 0.01, "store.shop", "store.shop", "camera.shop", "store.shop") == "store.shop camera.shop"


def test_after_some_seconds_it_is_asked_for_again_because_the_network_may_be_back() -> None:
    assert asked(300, FRESH + 0.1, "store.shop", "store.shop") == "store.shop store.shop"


def test_nobody_complains_of_a_lookup_that_failed_when_nobody_waited_any_more() -> None:
    assert asked(0.2, 0.01, "store.shop") == "store.shop"


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
