"""Whether a camera that could not be reached is there again."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest

from tests.rtsp_camera import RtspCamera
from tests.virtual_time import run
from tests.worker_process import free_port
from uploader.source.camera_port import is_open, opens_again, port_of


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("rtsp://admin:p%40ss@10.0.0.5/live", ("10.0.0.5", 554)),
        ("rtsps://cam.shop:7441/x", ("cam.shop", 7441)),
        ("rtsps://cam.shop/x", ("cam.shop", 322)),
        ("rtsp://[fe80::1]:8554/x", ("fe80::1", 8554)),
        ("testsrc://", None),
        ("/dev/video0", None),
    ],
)
def test_a_network_camera_has_a_host_and_a_port(url: str, port: tuple[str, int] | None) -> None:
    assert port_of(url) == port


def opening(answers: str) -> float | None:
    """How long it takes with a port that answers like this, second by second ('.': closed); None: for ever."""
    times = iter(answers)

    async def answer() -> bool:
        return next(times) != "."

    async def story() -> float | None:
        waiting = asyncio.create_task(opens_again(answer))
        done, _ = await asyncio.wait({waiting}, timeout=len(answers) - 0.5)
        waiting.cancel()
        return asyncio.get_running_loop().time() if done else None

    return run(story())


def test_a_port_that_opens_is_noticed_within_a_second() -> None:
    assert opening(".....o") == 5


def test_a_port_that_was_open_all_the_time_is_no_news() -> None:
    assert opening("oooooooo") is None


def test_a_port_that_closes_and_opens_is_news() -> None:
    assert opening("oo..o") == 4


async def test_a_listening_camera_is_open_and_a_closed_one_is_not() -> None:
    async with RtspCamera() as camera:
        assert await is_open(camera.host, camera.port)
    assert not await is_open("127.0.0.1", free_port())


async def test_a_name_that_cannot_be_one_is_no_open_port() -> None:
    assert not await is_open("cam..shop", 554)


async def test_a_port_that_never_answers_is_closed_within_a_second() -> None:
    with socket.socket() as deaf, ExitStack() as callers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # whoever comes when the queue is full is not answered
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        began = asyncio.get_running_loop().time()
        assert not await is_open(*deaf.getsockname())
        assert 0.9 < asyncio.get_running_loop().time() - began < 5


async def test_a_call_can_be_given_up_at_any_moment() -> None:
    """With a stop in the same turn of the loop as the answer, too: the worker waits for this to end."""
    loop = asyncio.get_running_loop()
    port = free_port()
    for turns in range(12):
        calling = asyncio.create_task(opens_again(lambda: is_open("127.0.0.1", port)))
        for _ in range(turns):
            await asyncio.sleep(0)
        began = loop.time()
        calling.cancel()
        done, _ = await asyncio.wait({calling}, timeout=5)
        assert done
        assert calling.cancelled()
        assert loop.time() - began < 5
