"""Who looks at the camera in its own tests: FFmpeg, ffprobe, and a client that sees every word and packet."""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .camera import RtspCamera


async def run(*command: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a program."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(), errors.decode()


async def play(url: str, seconds: float, *options: str) -> tuple[int, str, str]:
    """Decode so much of a stream; the output counts frames."""
    return await run(
        *("ffmpeg", "-hide_banner", "-loglevel", "warning", "-nostats", "-progress", "pipe:1"),
        *("-fpsprobesize", "0", *options, "-i", url, "-t", str(seconds), "-f", "null", "-"),
    )


async def probe(url: str, seconds: float = 1, *options: str) -> Any:  # noqa: ANN401
    """What ffprobe says of the streams and the packets of so many seconds."""
    what = "stream=codec_name,width,height,avg_frame_rate,sample_rate:packet=stream_index,pts_time,flags"
    interval = ("-read_intervals", f"%+{seconds}")
    status, out, errors = await run(
        *("ffprobe", "-loglevel", "warning", *options, *interval, "-show_entries", what, "-of", "json", url)
    )
    assert (status, errors) == (0, "")
    return json.loads(out)


def frames(progress: str) -> int:
    """How many frames FFmpeg has decoded."""
    return int(progress.rpartition("frame=")[2].split()[0])


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is in the camera, not ours to signal
            await asyncio.sleep(0.01)


class Client:
    """As much of an RTSP client as it takes to see the camera's own words."""

    def __init__(self, camera: RtspCamera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.camera, self.reader, self.writer = camera, reader, writer

    async def ask(self, method: str, *headers: str, path: str = "") -> tuple[int, str]:
        """Status and head of the answer; media in between is skipped."""
        lines = (f"{method} {self.camera.address()}{path} RTSP/1.0", "CSeq: 1", *headers, "", "")
        self.writer.write("\r\n".join(lines).encode())
        while (first := await self.reader.readexactly(1)) == b"$":
            await self._packet()
        head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode()
        return int(head.split()[1]), head

    async def packet(self) -> tuple[int, bytes]:
        """The next packet and its channel."""
        assert await self.reader.readexactly(1) == b"$"
        return await self._packet()

    async def _packet(self) -> tuple[int, bytes]:
        channel, size = struct.unpack("!BH", await self.reader.readexactly(3))
        return channel, await self.reader.readexactly(size)

    async def begin(self) -> str:
        """Set up the picture and play it; the session's id."""
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        status, head = await self.ask("SETUP", transport, path="/trackID=0")
        assert status == 200
        session = head.partition("Session: ")[2].partition(";")[0]
        assert (await self.ask("PLAY", f"Session: {session}"))[0] == 200
        return session


@asynccontextmanager
async def connected(camera: RtspCamera) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(camera.host, camera.port)
    try:
        yield Client(camera, reader, writer)
    finally:
        writer.close()
