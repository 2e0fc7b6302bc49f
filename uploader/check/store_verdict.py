"""What is to be said of the store, and of the way to it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.check.finding import Finding, fine, problem, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# MPEG-TS and HTTP on top of the video, as measured.
OVERHEAD = 1.08
# Of an uplink: the rest is for what comes in bursts, keyframes above all.
USABLE = 0.8


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """An object that was written, read as a browser on another site reads it, listed and removed. Durations in seconds.

    `status` and `headers` (lower case) are those of the reading, `intact` whether it gave what was written, `listed`
    whether it was found in its folder, `removed` whether the store said that it removed it.
    """

    write: float
    read: float
    list: float
    remove: float
    status: int
    headers: Mapping[str, str]
    intact: bool
    listed: bool
    removed: bool


def round_trip(trip: RoundTrip, location: str, *, private: bool = False) -> list[Finding]:
    """The way of a playlist into the bucket, below this location, and to viewers."""
    figures = {name: round(getattr(trip, name), 4) for name in ("write", "read", "list", "remove")}
    found = _reading(trip, private=private)
    if not trip.listed:
        found.append(
            warning(
                f"What is written below {location}/ is not listed: what an earlier run left could not be found.",
                "Run scripts/supabase.sql in the project: the policy for SELECT is missing.",
            )
        )
    if not trip.removed:
        found.append(
            warning(
                f"What is written below {location}/ is not removed: the bucket would fill.",
                "Run scripts/supabase.sql in the project: the policy for DELETE is missing.",
            )
        )
    if found:
        return found
    steps = {"written": trip.write, "read": trip.read, "listed": trip.list, "removed": trip.remove}
    times = ", ".join(f"{step} in {_ms(seconds)}" for step, seconds in steps.items())
    return [fine(f"A playlist below {location}/: {times}.", **figures)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _reading(trip: RoundTrip, *, private: bool) -> list[Finding]:
    if trip.status != 200 and private:
        return [
            problem(f"The box may write, but not read ({trip.status}).", "Run scripts/supabase.sql in the project.")
        ]
    if trip.status != 200:
        return [
            problem(
                f"Uploads work, but viewers are refused ({trip.status}): the bucket is private.",
                "Make it public in the Supabase dashboard, or set SUPABASE_BUCKET_PRIVATE=true if only signed-in "
                "viewers shall watch.",
            )
        ]
    if not trip.intact:
        return [problem("Viewers get something else than was written.", "Is a proxy or a login page in between?")]
    return _headers(trip.headers)


def _headers(headers: Mapping[str, str]) -> list[Finding]:
    found = []
    if "no-store" not in headers.get("cache-control", ""):
        found.append(
            warning(
                "Playlists reach viewers without 'no-store', so browsers may show an old picture.",
                "Something between the store and viewers changes Cache-Control: take it away, or switch it off there.",
            )
        )
    if "access-control-allow-origin" not in headers:
        found.append(
            warning(
                "Pages on other sites may not read the stream (CORS).",
                "Allow all origins at the gateway in front of the store.",
            )
        )
    return found


def elsewhere(*, stored: bool) -> list[Finding]:
    """Whether the box could write outside its location."""
    if not stored:
        return [fine("The box cannot write outside its location.")]
    return [
        warning(
            "This box may write into the locations of others, too.",
            "Give it a user of its own: 'Least privilege in five steps' in the README.",
        )
    ]


@dataclass(frozen=True, slots=True)
class Uplink:
    """So many bytes were stored in so many seconds."""

    size: int
    seconds: float

    @property
    def kbits(self) -> float:
        """kbit/s."""
        return self.size * 8 / 1000 / self.seconds if self.seconds > 0 else 0.0


def no_uplink() -> Finding:
    """There is none where the store is on this box."""
    return fine("The uplink is not measured: with a store on this box nothing leaves it.")


def uplink(measured: Uplink, needs: Sequence[float]) -> list[Finding]:
    """How fast the uplink is, and how many cameras it carries that need so many kbit/s of video each."""
    text = f"The uplink took {measured.size / 1e6:.1f} MB at {_mbits(measured.kbits)}."
    figures = {"size": measured.size, "seconds": round(measured.seconds, 2), "kbits": round(measured.kbits)}
    if not needs:
        return [fine(text, **figures)]
    room = int(measured.kbits * USABLE // (sum(needs) * OVERHEAD / len(needs)))
    if room == 0:
        return [problem(f"{text} It carries no camera of this kind.", _LESS, **figures, carries=room)]
    return [fine(f"{text} It carries about {_of_this_kind(room)}.", **figures, carries=room)]


def together(measured: Uplink, needs: Sequence[float]) -> list[Finding]:
    """Whether the uplink carries these cameras, each of which needs so many kbit/s of video."""
    needed = sum(needs) * OVERHEAD
    figures = {"needed_kbits": round(needed), "kbits": round(measured.kbits)}
    which = "The camera needs" if len(needs) == 1 else f"All {len(needs)} cameras together need"
    text = f"{which} about {_mbits(needed)} of the uplink's {_mbits(measured.kbits)}"
    if needed > measured.kbits:
        return [problem(f"{text}: more than there is.", _LESS, **figures)]
    if needed > measured.kbits * USABLE:
        return [warning(f"{text}: too close, when much moves in the picture.", _LESS, **figures)]
    return [fine(f"{text}.", **figures)]


_LESS = "Stream fewer cameras, or set a smaller settings.bitrate, target_width or target_fps."


def _of_this_kind(count: int) -> str:
    return f"{count} {'camera' if count == 1 else 'cameras'} of this kind"


def _mbits(kbits: float) -> str:
    return f"{kbits / 1000:.1f} Mbit/s" if kbits >= 1000 else f"{kbits:.0f} kbit/s"
