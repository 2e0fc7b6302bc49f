"""One client of the camera, from its first request to the end of its connection."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from typing import TYPE_CHECKING

from . import channels, messages, sdp
from .messages import Request, Response
from .network import BadLine
from .player import Player
from .rtp import RtpStream

if TYPE_CHECKING:
    from .camera import RtspCamera
    from .channels import Channel
    from .sdp import Track

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER")
INTERLEAVED_MARK = b"$"


class Connection:
    """Serves one client. Everything in it ends with `run`."""

    def __init__(self, camera: RtspCamera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._camera = camera
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._session = secrets.token_hex(4)
        self._tracks: dict[Track, tuple[Channel, RtpStream]] = {}
        self._players: list[asyncio.Task[None]] = []
        self._torn_down = False
        self._is_dead = False

    async def run(self) -> None:
        """Answer until one side hangs up, or the client has been quiet for too long."""
        try:
            async with asyncio.TaskGroup() as self._group:
                await self._serve()
                self._stop()
        finally:
            self._writer.close()
            self._end_session()

    def close(self) -> None:
        """Hang up when everything is sent."""
        self._writer.close()

    def abort(self) -> None:
        """Hang up at once, also on a client that does not read."""
        self._writer.transport.abort()

    def reset(self) -> None:
        """Tear the connection off: with no time to linger the system sends RST."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    def vanish(self) -> None:
        """Go dead without a word: nothing is sent or answered any more, and the session is forgotten."""
        self._is_dead = True
        self._stop()
        self._end_session()

    def babble(self, noise: bytes) -> None:
        """Put these bytes into the connection, where the next packet would begin."""
        self._writer.write(noise)

    async def _serve(self) -> None:
        try:
            async with asyncio.timeout(None) as self._patience:
                while True:
                    self._heard()
                    request = await self._request()
                    await self._camera.awake()
                    await asyncio.sleep(self._camera.script.delays.get(request.method, 0.0))
                    if not self._is_dead:
                        await self._respond(request)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, messages.NotRtsp):
            # A client that goes or raves is no fault of the camera's; what it left is cleared up in `run`.
            return

    def _heard(self) -> None:
        """A sign of life: the session goes on for another while."""
        patience = asyncio.get_running_loop().time() + self._camera.script.session_timeout
        self._patience.reschedule(None if self._is_dead else patience)

    async def _request(self) -> Request:
        """The next request; RTCP in between is only a sign of life."""
        while (first := await self._reader.readexactly(1)) == INTERLEAVED_MARK:
            header = await self._reader.readexactly(3)
            await self._reader.readexactly(int.from_bytes(header[1:]))
            self._heard()
        request = messages.parse(first + await self._reader.readuntil(b"\r\n\r\n"))
        await self._reader.readexactly(request.body_size)
        return request

    async def _respond(self, request: Request) -> None:
        if self._camera.script.gibberish:
            self.babble(b"220 ready\r\n\r\n")
            return
        response = await self._answer(request)
        self._camera.answered[request.method, response.status] += 1
        self._writer.write(response.encode(request.headers.get("cseq", "0")))
        await self._writer.drain()
        if request.method == "PLAY" and response.status == 200:
            self._start()

    async def _answer(self, request: Request) -> Response:
        scripted = self._camera.script.answers.get(request.method)
        if scripted is not None:
            return Response(scripted)
        if request.method == "OPTIONS":
            return Response(headers={"Public": ", ".join(METHODS)})
        return self._refusal(request) or await self._act(request)

    async def _act(self, request: Request) -> Response:
        match request.method:
            case "DESCRIBE":
                return self._describe()
            case "SETUP":
                return await self._set_up(request)
            case "PLAY":
                return self._play()
            case "TEARDOWN":
                return self._tear_down()
            case "GET_PARAMETER" | "SET_PARAMETER":  # how clients say that they are still there
                return Response(headers={"Session": self._session})
            case _:
                return Response(405)

    def _refusal(self, request: Request) -> Response | None:
        """Why this client may not do this, whatever it is."""
        login = self._camera.login
        if login and not login.accepts(request.headers.get("authorization", ""), request.method, self._nonce):
            return Response(401, {"WWW-Authenticate": login.challenge(self._nonce)})
        if request.path != self._camera.path and not request.path.startswith(f"{self._camera.path}/"):
            return Response(404)
        claimed = request.headers.get("session", self._session).partition(";")[0]
        return Response(454) if claimed != self._session else None

    def _describe(self) -> Response:
        if self._camera.script.redirect:
            return Response(302, {"Location": self._camera.script.redirect})
        headers = {"Content-Type": "application/sdp", "Content-Base": f"{self._camera.address()}/"}
        return Response(headers=headers, body=sdp.describe(self._camera.clip))

    async def _set_up(self, request: Request) -> Response:
        tracks = sdp.tracks(self._camera.clip)
        track = next((track for track in tracks if request.path.endswith(f"/{track.control}")), None)
        if track is None:
            return Response(404)
        channel = await self._channel(request.headers.get("transport", ""), tracks.index(track))
        if channel is None:
            return Response(461)
        if not self._tracks and not self._camera.admit():
            channel.close()
            return Response(453)
        line = BadLine(channel, lambda: self._camera.network)
        self._tracks[track] = line, RtpStream(track.payload_type, track.clock_rate)
        timeout = f"{self._session};timeout={self._camera.script.session_timeout:g}"
        return Response(headers={"Transport": channel.transport(), "Session": timeout})

    async def _channel(self, transport: str, number: int) -> Channel | None:
        script = self._camera.script
        if script.tcp and (channel := channels.interleaved(transport, self._writer, number)):
            return channel
        return await channels.udp(transport, self._camera.host, self._heard) if script.udp else None

    def _play(self) -> Response:
        if not self._tracks:
            return Response(455)
        base = self._camera.address()
        where = (
            f"url={base}/{track.control};seq={stream.sequence};rtptime={stream.timestamp(0)}"
            for track, (_, stream) in self._tracks.items()
        )
        return Response(headers={"Session": self._session, "Range": "npt=now-", "RTP-Info": ",".join(where)})

    def _start(self) -> None:
        if self._players:  # some clients say PLAY again to stay alive
            return
        self._camera.begin()
        start = asyncio.get_running_loop().time() + self._camera.script.packets_after
        for track, (channel, stream) in self._tracks.items():
            player = Player(self._camera, channel, stream, start)
            play = player.video if track is sdp.VIDEO else player.sound
            self._players += [self._group.create_task(work) for work in (play(), player.report())]

    def _tear_down(self) -> Response:
        self._stop()
        self._torn_down = bool(self._tracks)
        self._end_session()
        return Response()

    def _stop(self) -> None:
        for player in self._players:
            player.cancel()
        self._players.clear()

    def _end_session(self) -> None:
        if self._tracks:
            self._camera.dismiss(torn_down=self._torn_down)
        for channel, _ in self._tracks.values():
            channel.close()
        self._tracks.clear()
