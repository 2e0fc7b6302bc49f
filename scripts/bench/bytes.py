"""What every byte is for that the box sends, profile by profile, as a share of the H.264 in it.

The real worker publishes a camera into the embedded store; what goes over the wire is taken apart. No viewer is needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.bench.film import FPS, NOISE, clip
from scripts.bench.latency import PROFILES
from scripts.bench.ledger import ACCOUNTS, Ledger, ledger
from scripts.bench.link import Link
from scripts.bench.rig import Conditions, rig

if TYPE_CHECKING:
    from tests.rtsp_camera import Clip

# Until the playlist is as long as it gets, and what left it is removed (s).
WARM_UP = 60.0
# What is on its way at the end is still waited for (s).
TAIL = 3.0
# A frame leaves when it is made; there is nothing to wait for otherwise.
NEAR = Conditions(Link(), Link(), put_time=0.0)


async def measure(profile: str, film: Clip, warm_up: float, seconds: float, kbits: int | None) -> Ledger:
    """What a worker with this profile sends in so many seconds."""
    limit = f", bitrate: {kbits}" if kbits and profile == "realtime" else ""  # the only one that converts here
    clock = asyncio.get_running_loop().time
    with tempfile.TemporaryDirectory() as directory:
        async with rig(NEAR, f"profile: {profile}{limit}", film, Path(directory)) as line:
            await line.until_published(1)
            await asyncio.sleep(warm_up)
            begin = clock()
            await asyncio.sleep(seconds + TAIL)
            return ledger(line.heard, begin, begin + seconds)


async def run(
    profiles: list[str], seconds: float, *, warm_up: float = WARM_UP, kbits: int | None = None
) -> dict[str, Ledger]:
    """All of them at the same time: how busy the machine is hardly changes what is sent. `kbits` is the bit rate of
    the camera; None: as its picture needs."""
    film = clip(gop=FPS, kbits=kbits, noise=NOISE)
    async with asyncio.TaskGroup() as tasks:
        measured = {profile: tasks.create_task(measure(profile, film, warm_up, seconds, kbits)) for profile in profiles}
    return {profile: task.result() for profile, task in measured.items()}


def table(books: dict[str, Ledger], seconds: float) -> str:
    """The figures for people: per cent of the H.264."""
    rows = [
        ("", list(books)),
        ("H.264, Mbit/s", [f"{book.video * 8 / seconds / 1e6:.2f}" for book in books.values()]),
        *((account, [_share(book.spent[account], book) for book in books.values()]) for account in ACCOUNTS),
        ("sent / H.264", [f"{book.per_byte:.4f}" for book in books.values()]),
        ("parameters, delimiters", [_share(book.repeated, book) for book in books.values()]),
    ]
    return "".join(f"{name:24}" + "".join(f"{cell:>12}" for cell in cells) + "\n" for name, cells in rows)


def _share(part: int, book: Ledger) -> str:
    return f"{part / book.video * 100:.2f} %"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench-bytes", description=__doc__)
    names = ",".join(PROFILES)
    parser.add_argument("--profiles", default=names, help=f"which, by commas ({names})")
    parser.add_argument("--seconds", type=float, default=60, help="of sending (60)")
    parser.add_argument("--kbits", type=int, help="bit rate of the camera, kbit/s (as its picture needs: about 900)")
    parser.add_argument("--json", action="store_true", help="figures for programs: bytes")
    options = parser.parse_args()
    books = asyncio.run(run(options.profiles.split(","), options.seconds, kbits=options.kbits))
    as_json = {name: {"video": book.video, **book.spent} for name, book in books.items()}
    sys.stdout.write(json.dumps(as_json) + "\n" if options.json else table(books, options.seconds))


if __name__ == "__main__":
    main()
