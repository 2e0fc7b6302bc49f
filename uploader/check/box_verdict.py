"""What is to be said of the box itself: its settings, its FFmpeg, its clock, its disk. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uploader.check.finding import Finding, fine, problem, warning
from uploader.configuration import units
from uploader.ffmpeg import encoders
from uploader.storage.exposure import is_all_powerful, is_overheard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uploader.configuration.cameras import CameraFile
    from uploader.configuration.environment import Environment, Supabase
    from uploader.ffmpeg.command import FFmpeg

# Seconds by which a clock may be off: below it nobody notices, above it certificates and tokens look not yet or no
# longer good.
CLOCK_FINE, CLOCK_USABLE = 2.0, 60.0
# Bytes: some minutes of several cameras, and the room that any system needs.
LITTLE_ROOM, NO_ROOM = 500_000_000, 50_000_000

NO_WEBP = warning(
    "This FFmpeg makes no WebP: the frames of frames_every are JPEGs (.jpg), and larger.",
    "An FFmpeg with libwebp makes WebP: 'sudo apt install ffmpeg' brings one.",
)


def cameras(file: CameraFile, others: Iterable[object]) -> list[Finding]:
    """cameras.yaml and .env: every mistake, and how many cameras there are; `others` are the problems of .env."""
    found = [problem(str(mistake)) for mistake in (*file.problems, *others)]
    streamed = sum(camera.streamed for camera in file.cameras)
    if streamed:
        count = "1 camera" if streamed == 1 else f"{streamed} cameras"
        off = len(file.cameras) - streamed
        found.append(fine(f"{count} to stream{f', {off} not' if off else ''}.", cameras=streamed))
    elif not found:
        found.append(warning("No camera is switched on for streaming.", "Set 'enabled: true' for at least one."))
    return found


def readers(open_files: Sequence[str]) -> list[Finding]:
    """The files with passwords that every user of this box can read, as a shell would take their names."""
    names = " ".join(open_files)
    if names:
        return [
            warning(f"Every user of this box can read the passwords in {names}.", f"To keep them: chmod o-r {names}")
        ]
    return []


def pages(environment: Environment) -> list[Finding]:
    """Who can reach the worker's pages, and who may look."""
    if environment.is_open_to_the_network:
        where = f"from beyond this box (STOREFEED_HOST={environment.host}, port {environment.port})"
        own = "STOREFEED_TOKEN" if environment.token else "one that the worker makes"
        return [
            fine(
                f"The worker's pages can be reached {where}, with a token: {own}. "
                "'python live_stream.py link' shows the link for a phone."
            )
        ]
    return [
        fine(f"The worker's pages can be reached from this box only{', with a token' if environment.token else ''}.")
    ]


def ffmpeg(found: FFmpeg, encoder: str, *, frames: bool) -> list[Finding]:
    """The FFmpeg in use, and the encoder that proved to work with it; whether a camera keeps `frames`."""
    chip = encoder != encoders.SOFTWARE
    how = (
        f"the box's own chip ({encoder})" if chip else "the processor (libx264): the box has no chip for it that works"
    )
    return [
        fine(f"FFmpeg {found.version} at {found.path}.", version=found.version),
        fine(f"Pictures are converted by {how}.", encoder=encoder),
        *([NO_WEBP] if frames and not found.makes_webp else []),
    ]


def clock(*, synchronised: bool | None, ahead: float | None) -> list[Finding]:
    """Whether the box's clock is right: what the system says of it (None: nothing), and by how many seconds it is
    ahead of the store's (None: not compared)."""
    if ahead is not None and abs(ahead) > CLOCK_FINE:
        return [_wrong(ahead, synchronised=synchronised)]
    if ahead is not None:
        return [fine("The clock agrees with the store's.", ahead=round(ahead, 1))]
    if synchronised is None:
        return [fine("This system does not say whether its clock is right; a test picture (testsrc://) shows it.")]
    if synchronised:
        return [fine("The clock is kept right from the network.")]
    return [warning("The clock is not kept right from the network (NTP).", _SYNCHRONISE)]


_SYNCHRONISE = "Switch it on: sudo timedatectl set-ntp true; a firewall must let UDP port 123 out."


def _wrong(ahead: float, *, synchronised: bool | None) -> Finding:
    text = f"The clock is {units.roughly(abs(ahead))} {'ahead' if ahead > 0 else 'behind'}."
    told = {"ahead": round(ahead, 1)}
    if abs(ahead) > CLOCK_USABLE:
        return problem(f"{text} Certificates and sign-ins may be refused.", _SYNCHRONISE, **told)
    advice = "It is being set at the moment." if synchronised else _SYNCHRONISE
    return warning(f"{text} Viewers see wrong times.", advice, **told)


def opens_all(supabase: Supabase) -> bool:
    """Whether the box speaks as somebody who may do everything."""
    return is_all_powerful(supabase.access_token or supabase.key) and supabase.email is None


def key(supabase: Supabase) -> list[Finding]:
    """What whoever steals the box, or listens, would have in hands."""
    found = []
    if is_overheard(supabase.url):
        found.append(
            warning("SUPABASE_URL begins with http://: everybody on the way can read the key.", "Use https://.")
        )
    if is_all_powerful(supabase.key):
        own = supabase.email or supabase.access_token
        advice = (
            "The publishable key is enough for this box."
            if own
            else "Give the box a user of its own: 'Least privilege in five steps' in the README."
        )
        found.append(warning("SUPABASE_KEY may do everything in the project; whoever takes this box has it.", advice))
    return found


def own_store(directory: str, free: int) -> list[Finding]:
    """The store that comes with the worker, with so many bytes left on its disk."""
    room = f"{free / 1e9:.1f} GB free" if free >= 1e9 else f"{free / 1e6:.0f} MB free"
    text = f"Neither SUPABASE_URL nor SUPABASE_KEY is set: the worker's own store is used, in {directory}, {room}"
    if free < NO_ROOM:
        return [problem(f"{text}: too little.", "Free some disk, or choose another: STOREFEED_DATA=/path.", free=free)]
    if free < LITTLE_ROOM:
        return [warning(f"{text}: that is little.", "Free some disk.", free=free)]
    return [fine(f"{text}.", free=free)]
