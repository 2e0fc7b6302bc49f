"""Why a camera has no picture, out of what FFmpeg said last, in plain words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a camera has no picture, in plain words. `refused` is a login that trying again will not mend."""

    reason: str
    advice: str = ""
    refused: bool = False


# First match wins. From lines of FFmpeg 4.2, 5.1, 7.0 and 9.0.
_CAUSES: tuple[tuple[str, Cause], ...] = (
    (
        r"\b401\b.*unauthor|authorization failed",
        Cause(
            "The camera refused the login (401).",
            "Check user and password; if they are right, the camera may have too many viewers.",
            refused=True,
        ),
    ),
    (
        r"\b403\b.*forbidden",
        Cause("The camera user may not view this stream (403).", "Give the user the right to view.", refused=True),
    ),
    (
        r"\b404\b.*not found",
        Cause("The camera answers, but the path in rtsp_url does not exist (404).", "Correct the path."),
    ),
    (
        r"\b453\b|not enough bandwidth|\b503\b.*unavailable",
        Cause("The camera refuses another viewer.", "Close other players, or restart the camera."),
    ),
    (
        r"\b461\b|unsupported transport",
        Cause("The camera does not offer this transport (461).", "Allow RTSP over TCP in the camera."),
    ),
    (
        r"failed to resolve hostname",
        Cause(
            "The camera's name is unknown on this network.",
            "Use its IP address; in a password, # / ? must be written %23 %2F %3F.",
        ),
    ),
    (
        r"connection refused",
        Cause(
            "A device answers at that address, but not on that port.",
            "Wrong port, RTSP switched off, or the camera is starting.",
        ),
    ),
    (
        r"network is unreachable|no route to host",
        Cause("No way to the camera.", "Is it switched on, and on the same network as this box?"),
    ),
    (r"stream map '.*' matches no streams", Cause("The camera's stream has no video.", "Check the path in rtsp_url.")),
    (
        r"could not find codec parameters|cannot determine format",
        Cause(
            "The camera accepts the connection but sends no video.",
            "Restart the camera; check that its stream is enabled.",
        ),
    ),
    (r"connection timed out", Cause("The camera does not answer.", "Is it switched on? Did its address change?")),
    (
        r"no space left|failed to (?:open|rename) (?:file|segment)",
        Cause("The box has no room left for segments.", "Free some disk or memory."),
    ),
    (
        r"\[tls @|ssl routines",
        Cause("The camera's encryption (rtsps) does not work with this box.", "Try rtsp:// instead."),
    ),
    (r"device or resource busy", Cause("Another program uses this video device.", "Close it.")),
    (
        r"no such file or directory|no such device",
        Cause("There is no such video device.", "Check the cable, and rtsp_url."),
    ),
    (r"invalid data found", Cause("That address does not speak RTSP.", "Check address and port.")),
)

CLOSED = Cause("The camera closed the connection.", "It may be restarting, or its settings were changed.")
CLOCK_JUMPED = Cause("The camera's clock jumped.", "Let the camera take its time from the network (NTP).")


def cause(lines: list[str], exit_status: int | None) -> Cause:
    """Why FFmpeg ended, from its last lines and its exit status (0 is no success: a camera that hangs up gives 0)."""
    text = "\n".join(lines)
    for pattern, known in _CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return known
    if exit_status == 0:
        return CLOSED
    if exit_status is not None and exit_status < 0:
        return Cause(f"FFmpeg was ended by signal {-exit_status}.")
    return Cause(
        f"FFmpeg ended unexpectedly (exit status {exit_status}).", "Run again with --verbose to see what it said."
    )
