"""Why a camera has no picture, out of what FFmpeg said last, in plain words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import ip_address

from uploader.discovery.brands import BRANDS


class Kind(Enum):
    """What a cause means for the next try."""

    PASSING = auto()  # may be over at any moment
    UNREACHABLE = auto()  # over when the camera's port answers
    BUSY = auto()  # the camera has too many viewers; one that was cut off counts until it forgets it
    REFUSED = auto()  # trying again will not mend it, and locks accounts


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a camera has no picture, in plain words: what happened, and what to do."""

    reason: str
    advice: str = ""
    kind: Kind = Kind.PASSING

    @property
    def refused(self) -> bool:
        """Whether the camera refuses this login."""
        return self.kind is Kind.REFUSED


# Nobody reads more of them. Substreams: they save the box the work of a big picture, and mostly are H.264.
MAKERS_TOLD = 7
PATHS = ", ".join(f"{maker.name} {maker.path}" for maker in BRANDS[:MAKERS_TOLD]) + ", ONVIF cameras often /onvif1"
LOGIN_APART = (
    "Write the camera's login as 'username' and 'password' in cameras.yaml, where any characters are fine; "
    "inside an address, # / ? must be written %23 %2F %3F."
)

WRONG_LOGIN = Cause(
    "The camera refused the login (401).",
    "Check user and password; if they are right, the camera may have too many viewers.",
    Kind.REFUSED,
)
LOGIN_NO_MORE = Cause(
    "The camera refuses a login that it took before (401).",
    "It may have too many viewers; if its password was changed, write the new one into cameras.yaml.",
    Kind.REFUSED,
)
CLOSED = Cause("The camera closed the connection.", "It may be restarting, or its settings were changed.")
NO_PICTURE = Cause("The camera was reached but sends no picture.", "Restart the camera if this stays.")
NO_RTSP = Cause("What answers at that address does not speak RTSP.", "Check address and port; RTSP is mostly 554.")
SILENT = Cause("The camera takes the call and does not answer.", "Restart the camera if this stays.")
# FFmpeg waits at least so long (s) for an answer (`-timeout`).
SILENT_AFTER = 5.0
CRASHES_ON_NAMES = Cause(
    "This FFmpeg crashes on names instead of addresses.",
    "Write the camera's IP address into rtsp_url, or install another FFmpeg with 'sudo apt install ffmpeg'.",
)

GONE = Cause(
    "FFmpeg was there when the worker started and cannot be started any more.",
    "Install it again with 'sudo apt install ffmpeg'.",
)


def cannot_start(why: str) -> Cause:
    """The box has no room for an FFmpeg, for this reason of the system's: "Too many open files"."""
    return Cause(f"FFmpeg cannot be started: {why}.", "Is the box's disk or memory full, or mounted read-only?")


# First match wins, so what a camera answered stands before what followed from it. From lines of FFmpeg 4.2, 5.1, 7.0
# and 9.0; the last one puts the words of a status into brackets.
_CAUSES: tuple[tuple[str, Cause], ...] = (
    # Said by what stands before FFmpeg in its command (see child).
    (r"failed to execute ", GONE),
    (r"failed: 401\b|401 unauthor|authorization failed", WRONG_LOGIN),
    (
        r"failed: 403\b|403 forbidden",
        Cause("The camera user may not view this stream (403).", "Give the user the right to view.", Kind.REFUSED),
    ),
    (
        r"failed: 404\b|404 not found",
        Cause("The camera answers, but the path in rtsp_url does not exist (404).", f"Correct the path: {PATHS}."),
    ),
    (
        r"failed: 453\b|not enough bandwidth",
        Cause(
            "The camera refuses another viewer (453).",
            "Close other players; a viewer that was cut off counts for about a minute more.",
            Kind.BUSY,
        ),
    ),
    (
        r"failed: 503\b|503 service",
        Cause(
            "The camera is too busy for another viewer (503).",
            "Close other players, or restart the camera if this stays.",
            Kind.BUSY,
        ),
    ),
    (
        r"failed: 461\b|unsupported transport",
        Cause(
            "The camera does not offer this way of transport (461).",
            "Remove 'transport' from its settings, or allow RTSP over TCP in the camera.",
        ),
    ),
    (
        r"failed: (?:400|451|551)\b|400 bad request",
        Cause("The camera does not understand the request (400).", f"Correct the path in rtsp_url: {PATHS}."),
    ),
    (
        r"failed: 5\d\d\b|5xx server error",
        Cause("The camera reports a fault of its own (5xx).", "Restart the camera if this stays."),
    ),
    (
        r"failed to resolve hostname",
        Cause("The camera's name is unknown on this network.", f"Use its IP address. {LOGIN_APART}"),
    ),
    (
        r"connection refused",
        Cause(
            "A device answers at that address, but not on that port.",
            "Wrong port, RTSP switched off, or the camera is starting.",
            Kind.UNREACHABLE,
        ),
    ),
    (
        r"network is unreachable|network unreachable",
        Cause("This box has no network.", "Check its cable or Wi-Fi.", Kind.UNREACHABLE),
    ),
    (
        r"no route to host|host is down|host is unreachable",
        Cause(
            "Nothing answers at the camera's address.",
            "Is it switched on, on the same network as this box, and its address still the same?",
            Kind.UNREACHABLE,
        ),
    ),
    (
        r"port missing in uri|protocol not found|unable to parse",
        Cause("The address in rtsp_url cannot be read.", LOGIN_APART),
    ),
    (
        # 455: nothing was set up to be played, because what is announced has no video.
        r"stream map '.*' matches no streams|method PLAY failed: 45[45]\b",
        Cause("The camera's stream has no video.", f"Check the path in rtsp_url: {PATHS}."),
    ),
    (
        r"unrecognized option|option .* not found|error (?:splitting the argument|parsing options)|rtsp for listening",
        Cause("This FFmpeg does not know an option that is needed.", "Install FFmpeg 4.2 or newer, and report this."),
    ),
    (
        r"unknown encoder|unknown decoder|decoder \(codec \S+\) not found|error while opening encoder",
        Cause("This FFmpeg cannot convert what the camera sends.", "Set the camera to H.264."),
    ),
    (
        r"not divisible by 2",
        Cause("The width of the picture must be even.", "Correct target_width in cameras.yaml."),
    ),
    (
        r"no space left",
        Cause("The box has no room left for segments.", "Free some disk or memory."),
    ),
    (
        r"could not find codec parameters|cannot determine format|unspecified size",
        Cause(
            "The camera accepts the connection but sends no video.",
            "Restart the camera; check that its stream is enabled.",
        ),
    ),
    (
        r"failed to (?:open|rename) (?:file|segment)|could not write header",
        Cause("Segments cannot be written.", "Is the box's disk or memory full, or mounted read-only?"),
    ),
    (
        r"cannot allocate memory|out of memory",
        Cause("The box has no memory left.", "Fewer cameras, or a smaller picture of each."),
    ),
    (
        r"\[tls @|ssl routines|certificate verify",
        Cause("The camera's encryption (rtsps) does not work with this box.", "Try rtsp:// instead."),
    ),
    (r"device or resource busy", Cause("Another program uses this video device.", "Close it.")),
    (
        r"/dev/\S+: permission denied|cannot open video device.*permission denied",
        Cause("This user may not open the video device.", "Add it to its group: 'sudo usermod -aG video USER'."),
    ),
    (
        r"no such file or directory|no such device",
        Cause("There is no such video device.", "Check the cable, and rtsp_url."),
    ),
    (r"failed reading rtsp data: (?:connection|operation) timed out", SILENT),
    (
        r"connection timed out|operation timed out",
        Cause("The camera does not answer.", "Is it switched on? Did its address change?", Kind.UNREACHABLE),
    ),
    (
        r"connection reset by peer|broken pipe",
        Cause("The camera cut the connection off.", "It may be restarting; check its network if this stays."),
    ),
    (r"invalid data found|protocol not supported|nonmatching transport", NO_RTSP),
)
_KNOWN = tuple((re.compile(pattern, re.IGNORECASE), known) for pattern, known in _CAUSES)


def cause(
    lines: list[str],
    exit_status: int | None,
    *,
    host: str | None = None,
    accepted: bool = False,
    lasted: float = 0.0,
) -> Cause:
    """Why FFmpeg ended, from its last lines and its exit status (0 is no success: a camera that hangs up gives 0).

    `host` is where it called, `accepted` whether the camera took this login before, `lasted` how long (s) it ran: it
    has the same words for nonsense that comes at once and for an answer that never comes.
    """
    text = "\n".join(lines)
    known = next((known for pattern, known in _KNOWN if pattern.search(text)), None)
    if known is NO_RTSP and lasted >= SILENT_AFTER:
        return SILENT
    if known is not None:
        return LOGIN_NO_MORE if known is WRONG_LOGIN and accepted else known
    if exit_status == 0:
        return CLOSED
    if exit_status is None or exit_status >= 0:
        return Cause(
            f"FFmpeg ended unexpectedly (exit status {exit_status}).", "Run again with --verbose to see what it said."
        )
    # Static builds look names up through a C library that is not there (all of johnvansickle.com's up to 7.0).
    if exit_status == -11 and host and _is_name(host):
        return CRASHES_ON_NAMES
    return Cause(f"FFmpeg was ended by signal {-exit_status}.")


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
