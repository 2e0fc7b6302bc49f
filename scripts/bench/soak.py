"""One real camera, the real worker, and bad luck of every kind: does any viewer ever see a broken promise?

The worker streams the test picture into the embedded store through a relay that has outages, hangs, breaks connections,
throttles, and answers 429 and 503; FFmpeg and the worker are killed at random. An observer reads the store every 100 ms
as viewers do, and the auditor judges all that it sees. The same seed brings the same bad luck.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.growth import Growth, Size, growth, in_words
from scripts.bench.publish import ROOT, children
from scripts.bench.weather import Kind, Overcast, Weather
from tests.auditor import PLAYLIST, Auditor, Version
from tests.strict_playlist import Unreadable, read
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = "location_1/cam_soak"
LOOK_PERIOD = 0.1
# Between two troubles, and how long one lasts, in seconds.
CALM = (2.0, 8.0)
TROUBLE = (1.0, 12.0)
RESTART = (0.2, 2.0)
# After the last trouble: a window of the playlist, and what a request on its way may still wait for (s).
PEACE = 20.0
# A machine that has too much to do needs so much longer to list something (s).
PATIENCE = 60.0
# Objects: the window, the grace and the pauses of removing at one in two seconds, and room for what outages add.
MOST_LEFT = 70
KILLS = ("FFmpeg is killed", "the worker is killed")


class Observer:
    """Looks at the store as viewers do, past the bad weather, and tells the auditor. `stored` counts segments."""

    def __init__(self, http: httpx.AsyncClient, auditor: Auditor) -> None:
        self._http = http
        self._auditor = auditor
        self._seen: set[str] = set()
        self._playlists: set[bytes] = set()
        self._playlist = b""
        self.stored = 0

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_PERIOD)

    async def _look(self) -> None:
        names = await self._names()
        playlist, status = await self._body(PLAYLIST), await self._body("status.json")
        for name in sorted(self._seen - names):
            self._seen.discard(name)
            self._tell(name, None)
        for name in sorted((names | _uris(playlist)) - self._seen):
            await self._see_segment(name)
        if playlist is not None and playlist != self._playlist:
            # What comes back after something newer is a write that landed late.
            self._tell(PLAYLIST, playlist, overtaken=playlist in self._playlists)
            self._playlists.add(playlist)
            self._playlist = playlist
        if status is not None:
            self._tell("status.json", status)

    async def _see_segment(self, name: str) -> None:
        body = await self._body(name)
        if body is None:
            return
        self._seen.add(name)
        self.stored += 1
        if not body or len(body) % 188 or body[0] != 0x47:
            self._auditor.violations.append(f"{name} is no whole transport stream ({len(body)} bytes)")
        self._tell(name, hashlib.sha256(body).digest())

    def _tell(self, path: str, body: bytes | None, *, overtaken: bool = False) -> None:
        self._auditor.see(Version(time.monotonic(), path, body, overtaken))

    async def _names(self) -> set[str]:
        answer = await self._http.post("/object/list/streams", json={"prefix": FOLDER, "limit": 1000})
        if not self._seen and answer.status_code == 400:
            return set()  # the worker has not made the bucket yet
        return {row["name"] for row in answer.raise_for_status().json() if row["name"].endswith(".ts")}

    async def _body(self, name: str) -> bytes | None:
        answer = await self._http.get(f"/object/public/streams/{FOLDER}/{name}")
        return answer.content if answer.status_code == 200 else None


def _uris(playlist: bytes | None) -> set[str]:
    try:
        return read(playlist).uris if playlist is not None else set()
    except Unreadable:
        return set()  # the auditor says so


@dataclass(slots=True)
class Box:
    """The worker, killed and started again. `lost` are the segments that it says it gave up."""

    directory: Path
    url: str
    key: str
    sizes: list[Size] = field(default_factory=list)
    lost: int = 0
    _lost_before: int = 0
    _port: int = 0
    _process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The newest worker's."""
        if self._process is None:
            raise RuntimeError("no worker was started yet")
        return self._process

    @property
    def output(self) -> Path:
        return self.directory / "output"

    async def start(self) -> None:
        """A worker begins."""
        with listen(0) as listener:
            self._port = int(listener.getsockname()[1])
        (self.directory / "cameras.yaml").write_text('- {id: "cam_soak", rtsp_url: "testsrc://"}\n', encoding="utf-8")
        with self.output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(str(ROOT / "live_stream.py"), "--all", "--config", str(self.directory / "cameras.yaml")),
                stdout=output,
                stderr=output,
                env={
                    **os.environ,
                    "SUPABASE_URL": self.url,
                    "SUPABASE_KEY": self.key,
                    "STOREFEED_PORT": str(self._port),
                    "STOREFEED_DATA": str(self.directory / "worker"),
                },
            )

    async def end(self, number: signal.Signals) -> None:
        """End the worker by this signal."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        await self.process.wait()
        self._lost_before = self.lost

    def kill_encoder(self) -> None:
        """SIGKILL for its FFmpeg, if it runs at the moment."""
        for child in children(self.process.pid):
            os.kill(child, signal.SIGKILL)

    async def watch(self) -> None:
        """Take its measure every second, for ever."""
        async with httpx.AsyncClient(timeout=5) as http:
            while True:
                await asyncio.sleep(1)
                try:
                    answer = await http.get(f"http://127.0.0.1:{self._port}/api/cameras/cam_soak")
                    self.sizes.append(Size.of(self.process.pid))
                    self.lost = self._lost_before + answer.raise_for_status().json()["lost"]
                except (httpx.HTTPError, OSError, IndexError):
                    continue  # it is just being killed or started


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it."""

    stored: int
    listed: int
    lost: int
    playlists: int
    violations: list[str]
    left: int
    most: int
    start: Size
    end: Size
    growth: Growth | None
    troubles: dict[str, int]


async def soak(options: argparse.Namespace) -> Result:
    """Run the worker for that many minutes, and judge."""
    weather, chance, troubles = Weather(), random.Random(options.seed), dict[str, int]()
    with tempfile.TemporaryDirectory() as name:
        async with _observed(Path(name), weather) as (observer, auditor, box):
            try:
                async with asyncio.timeout(options.minutes * 60 - PEACE):
                    await (
                        _misfortune(weather, box, chance, troubles, options)
                        if options.faults
                        else asyncio.Event().wait()
                    )
            except TimeoutError:
                weather.turn(Kind.CALM)
            await _recover(auditor, box)
            if b"Traceback" in box.output.read_bytes() or box.key.encode() in box.output.read_bytes():
                auditor.violations.append("the worker printed a traceback or its key")
            grown = growth(box.sizes)
            auditor.violations += grown.leaks if grown else []
            if len(auditor.segments) > MOST_LEFT:
                auditor.violations.append(f"{len(auditor.segments)} segments are left, more than {MOST_LEFT} (7)")
            return Result(
                observer.stored,
                auditor.listed,
                box.lost,
                auditor.playlists,
                auditor.violations,
                len(auditor.segments),
                auditor.most_segments,
                box.sizes[0],
                box.sizes[-1],
                grown,
                troubles,
            )


async def _misfortune(
    weather: Weather, box: Box, chance: random.Random, troubles: dict[str, int], options: argparse.Namespace
) -> None:
    """One trouble after the other, for ever."""
    kills = KILLS[:1] if options.spare_worker else KILLS
    kinds = [kind for kind in Kind if kind is not Kind.CALM]
    while True:
        await asyncio.sleep(chance.uniform(*CALM))
        trouble = chance.choice([*kinds, *kills])
        words = trouble if isinstance(trouble, str) else trouble.value
        troubles[words] = troubles.get(words, 0) + 1
        if isinstance(trouble, Kind):
            weather.turn(trouble)
            await asyncio.sleep(chance.uniform(*TROUBLE))
            weather.turn(Kind.CALM)
        elif trouble == KILLS[0]:
            box.kill_encoder()
        else:
            await box.end(signal.SIGKILL)
            await asyncio.sleep(chance.uniform(*RESTART))
            await box.start()


async def _recover(auditor: Auditor, box: Box) -> None:
    """In peace new segments must be listed, to the last (6)."""
    if box.process.returncode is not None:
        await box.start()
    before = auditor.listed
    await asyncio.sleep(PEACE)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while auditor.listed < before + 3:  # noqa: ASYNC110  (an auditor offers nothing to wait on)
                await asyncio.sleep(1)
    if auditor.listed < before + 3:
        words = f"in {PEACE + PATIENCE:g} s of peace {auditor.listed - before} segments were listed (6)"
        auditor.violations.append(words)
    await box.end(signal.SIGTERM)


@asynccontextmanager
async def _observed(directory: Path, weather: Weather) -> AsyncIterator[tuple[Observer, Auditor, Box]]:
    """A store with somebody who watches it, and a worker's way there."""
    key = store_key(directory)
    auditor = Auditor([key.encode()])
    listener = listen(0)
    port = listener.getsockname()[1]
    app = create_app(list, storage_routes(ObjectFiles(directory / "objects"), key=key), "'self'")
    base, headers = f"http://127.0.0.1:{port}/storage/v1", {"apikey": key, "authorization": f"Bearer {key}"}
    calm = listen(0)
    async with (
        serving(Overcast(app, weather), listener),
        serving(app, calm),
        weather.over(port) as far,
        httpx.AsyncClient(base_url=base.replace(str(port), str(calm.getsockname()[1])), headers=headers) as http,
    ):
        observer, box = Observer(http, auditor), Box(directory, f"http://127.0.0.1:{far}", key)
        await box.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = [tasks.create_task(observer.run()), tasks.create_task(box.watch())]
                yield observer, auditor, box
                for task in watching:
                    task.cancel()
        finally:
            await box.end(signal.SIGKILL)


def report(result: Result) -> str:
    """The result for people."""
    troubles = "".join(f"  {count:4d} x {words}\n" for words, count in sorted(result.troubles.items()))
    violations = "".join(f"  {violation}\n" for violation in result.violations)
    made = result.listed + result.lost
    return f"""\
troubles
{troubles}segments made {made}, stored {result.stored}, listed {result.listed}, lost {result.lost}
playlists audited {result.playlists}
objects left {result.left} (at most {result.most} at a time)
worker memory {result.start.memory / 1e6:.1f} MB at the start, {result.end.memory / 1e6:.1f} MB at the end
{in_words(result.growth)}
worker files {result.start.files} at the start, {result.end.files} at the end
violations {len(result.violations)}
{violations}"""


def main() -> None:
    """Soak and print; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="how long (30)")
    parser.add_argument("--faults", action="store_true", help="with bad luck of every kind")
    parser.add_argument(
        "--spare-worker",
        action="store_true",
        help="kill only FFmpeg; after 35 minutes one worker's memory and open files are judged",
    )
    parser.add_argument("--seed", type=int, default=0, help="which bad luck (0)")
    result = asyncio.run(soak(parser.parse_args()))
    sys.stdout.write(report(result))
    sys.exit(1 if result.violations else 0)


if __name__ == "__main__":
    main()
