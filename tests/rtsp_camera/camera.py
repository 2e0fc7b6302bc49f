"""The camera: it listens, counts who comes and goes, and follows its script."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from .connection import Connection
from .film import encoded
from .script import Script

if TYPE_CHECKING:
    from types import TracebackType

    from .clip import Clip
    from .login import Login

TAKEN_KEPT = 16


class RtspCamera:
    """A network camera on 127.0.0.1, on a free port or the one given, for as long as it is entered.

    `opened`, `torn_down` and `lost` count sessions: begun by SETUP, ended by TEARDOWN, ended without it. `answered`
    counts responses by method and status. `taken` is when (Unix time) each frame of the clip was sent, by its number in
    the clip. `happened` is when (the event loop's clock) each fault began and was over. Leaving it raises whatever
    failed inside.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        clip: Clip | None = None,
        *,
        login: Login | None = None,
        path: str = "/live",
        script: Script | None = None,
        port: int = 0,
    ) -> None:
        self.clip = clip or encoded()
        self.login = login
        self.path = path
        self.script = script or Script()
        self.clock = self.script.clock
        self.network = self.script.network
        self.mute = self.script.mute
        self.port = port
        self.taken: defaultdict[int, deque[float]] = defaultdict(partial(deque, maxlen=TAKEN_KEPT))
        self.happened: list[tuple[float, float]] = []
        self.opened = self.torn_down = self.lost = 0
        self.answered: Counter[tuple[str, int]] = Counter()
        self._watching = 0
        self._awake = asyncio.Event()
        self._awake.set()
        self._connections: dict[Connection, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._begun = asyncio.Event()
        self._story = self._tasks.create_task(self._follow_script())
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._story.cancel()
        self.thaw()
        self._server.close()
        for connection, serving in self._connections.items():
            connection.abort()
            serving.cancel()
        # What failed in here has cancelled the body and becomes an exception group; a failing test keeps its own error.
        inside = (kind, error, traceback) if kind is asyncio.CancelledError else (None, None, None)
        await self._tasks.__aexit__(*inside)

    @property
    def url(self) -> str:
        """The address with the right login."""
        return self.address(user=self.login.user, password=self.login.password) if self.login else self.address()

    def address(self, *, path: str | None = None, user: str = "", password: str = "") -> str:
        """An address of this camera, with this login and path instead of the right ones."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp://{login}{self.host}:{self.port}{self.path if path is None else path}"

    @property
    def listening(self) -> bool:
        """Whether its port is open."""
        return self._server.is_serving()

    @property
    def watching(self) -> int:
        """Sessions that count against the limit."""
        return self._watching

    async def listen(self) -> None:
        """Take calls: on a free port at first, on the same one later."""
        self._server = await asyncio.start_server(self._connected, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        """Take no more calls."""
        self._server.close()

    def close(self) -> None:
        """Take no more calls, and hang up."""
        self.stop_listening()
        self.drop()

    def drop(self) -> None:
        """Hang up on everybody."""
        for connection in self._connections:
            connection.close()

    def reset(self) -> None:
        """Tear every connection off."""
        for connection in self._connections:
            connection.reset()

    def vanish(self) -> None:
        """Leave every connection dead, and forget its session."""
        for connection in self._connections:
            connection.vanish()

    def babble(self, size: int) -> None:
        """Put so many random bytes into every connection."""
        for connection in self._connections:
            connection.babble(random.randbytes(size))

    @property
    def frozen(self) -> bool:
        """Whether nothing is sent or answered."""
        return not self._awake.is_set()

    def freeze(self) -> None:
        """Send and answer nothing, and keep every connection."""
        self._awake.clear()

    def thaw(self) -> None:
        """Go on."""
        self._awake.set()

    async def awake(self) -> None:
        """Wait while the camera is frozen."""
        await self._awake.wait()

    def begin(self) -> None:
        """The first PLAY starts the script's clock."""
        self._begun.set()

    def admit(self) -> bool:
        """Whether there is room for another session; it is counted then."""
        if self._watching >= self.script.max_clients:
            return False
        self._watching += 1
        self.opened += 1
        return True

    def dismiss(self, *, torn_down: bool) -> None:
        """A session has ended."""
        self.torn_down += torn_down
        self.lost += not torn_down
        asyncio.get_running_loop().call_later(0 if torn_down else self.script.forgets_after, self._forget)

    def _forget(self) -> None:
        self._watching -= 1

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        serving = self._tasks.create_task(connection.run())
        self._connections[connection] = serving
        serving.add_done_callback(lambda _: self._connections.pop(connection))

    async def _follow_script(self) -> None:
        await self._begun.wait()
        loop = asyncio.get_running_loop()
        start = loop.time()
        for moment, fault in self.script.faults:
            await asyncio.sleep(max(0.0, start + moment - loop.time()))
            began = loop.time()
            await fault.happen(self)
            self.happened.append((began, loop.time()))
