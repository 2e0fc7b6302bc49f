"""One real camera, the real worker, and bad luck of every kind: does any viewer ever see a broken promise?

The worker streams the test picture into the embedded store through a relay that has outages, hangs, breaks connections,
throttles, and answers 429 and 503; FFmpeg and the worker are killed at random. An observer reads the store every 100 ms
as viewers do, and the auditor judges all that it sees. The same seed brings the same bad luck.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from scripts.bench.box import CAMERA, Box
from scripts.bench.growth import Growth, Size, growth, in_words
from scripts.bench.observer import Observer
from scripts.bench.weather import Kind, Overcast, Weather
from tests.auditor import Auditor
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FOLDER = f"location_1/{CAMERA}"
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
        observer, box = Observer(http, FOLDER, auditor), Box(directory, f"http://127.0.0.1:{far}", key)
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
