"""The simulated link is as long, as thin and as shaky as it is said to be."""

from __future__ import annotations

import asyncio

from scripts.bench.link import Link, linked

MESSAGE = 40_000  # bytes
LATE = 0.08  # seconds that a machine adds which is not busy just now
TRIES = 20


async def carried(link: Link, *, up: int, down: int) -> tuple[float, float, int, int]:
    """Seconds for a request of `up` bytes, and for its answer of `down` bytes; and the bytes that were counted."""
    loop = asyncio.get_running_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(up)
        asked.set_result(loop.time())
        writer.write(bytes(down))
        await writer.drain()
        writer.close()

    asked: asyncio.Future[float] = loop.create_future()
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server, linked(link, server.sockets[0].getsockname()[1]) as far:
        reader, writer = await asyncio.open_connection("127.0.0.1", far.port)
        began = loop.time()
        writer.write(bytes(up))
        await reader.readexactly(down)
        ended = loop.time()
        writer.close()
        traffic = far.traffic
    return asked.result() - began, ended - asked.result(), traffic.up, traffic.down


async def takes(link: Link, *, up: int, down: int, seconds: tuple[float, float]) -> tuple[int, int]:
    """It never takes less than so long each way, and no longer when the machine has time; the bytes of the last try."""
    for _ in range(TRIES):
        *took, sent, received = await carried(link, up=up, down=down)
        late = [way - least for way, least in zip(took, seconds, strict=True)]
        assert min(late) >= 0, took
        if max(late) < LATE:
            return sent, received
    raise AssertionError(f"{took} in the last of {TRIES} tries")


async def test_a_round_trip_takes_its_time_and_a_handshake_before_it() -> None:
    await takes(Link(rtt=0.2), up=1, down=1, seconds=(0.3, 0.1))


async def test_each_direction_has_its_own_rate_and_counts_what_it_carries() -> None:
    link = Link(uplink=8e5, downlink=16e5)
    assert await takes(link, up=MESSAGE, down=MESSAGE, seconds=(0.38, 0.18)) == (MESSAGE, MESSAGE)


async def test_jitter_makes_packets_late_and_never_early() -> None:
    times = [sum((await carried(Link(rtt=0.02, jitter=0.05), up=1, down=1))[:2]) for _ in range(12)]
    assert min(times) >= 0.04
    assert max(times) - min(times) > 0.01
