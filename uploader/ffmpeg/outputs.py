"""What FFmpeg writes of a camera, and where: segments and the tap, or one pipe. Pure.

The directory of one run holds all of it. It is FFmpeg's alone and never leaves the box.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from uploader.segments.copied_segment import PIECE

if TYPE_CHECKING:
    from uploader.configuration.settings import LiveStreamSettings

PLAYLIST = "ffmpeg.m3u8"
SEGMENT_PATTERN = "%d.ts"
# What is sent while it is made comes through a named pipe there.
PIPE = "frames.ts"
# What is cut into files is drawn off here as well, as it comes.
TAP = "tap.ts"

# What lies between two pictures, at most (s); some cameras send one now and then.
LONGEST_GAP = 30
# The watcher looks once a second at the latest, and must then find every segment in the list. With a picture come all
# that were made up to fill the time since the one before.
LISTED = 5

# What may fail without ending the stream.
_UNIMPORTANT = {"onfail": "ignore"}
_FEW_TABLES = {"pat_period": "3600", "sdt_period": "3600"}
_AS_IT_COMES = (
    # Every frame leaves FFmpeg with its last byte. Its tables come with keyframes only, as objects get their own.
    *("-f", "mpegts", "-flush_packets", "1", "-muxdelay", "0", "-muxpreload", "0"),
    *(argument for name, value in _FEW_TABLES.items() for argument in (f"-{name}", value)),
    "-y",  # the pipe is there already
)


def outputs(settings: LiveStreamSettings, directory: str, *, made: bool) -> list[str]:
    """The arguments that have all of it written into `directory`. `made`: the video is made here, not copied."""
    if settings.sent_while_made:
        return [*_headers_in_every_part(settings), *_AS_IT_COMES, f"{directory}/{PIPE}"]
    # Only what is made here can fill a gap; a copied stream is cut where there is a keyframe.
    length, fills = (settings.segment_duration, LONGEST_GAP) if made else (PIECE, 0)
    hls = {
        "f": "hls",
        "hls_time": f"{length:g}",
        "hls_list_size": str(LISTED + math.ceil(fills / length)),
        # temp_file: a name appears only when the file is whole. Not delete_segments: a slow uplink would lose segments
        # that are still wanted. Not append_list: every run has its own directory, and this playlist is never published.
        "hls_flags": "temp_file+omit_endlist+independent_segments",
        "hls_segment_filename": f"{directory}/{SEGMENT_PATTERN}",
    }
    # Nobody may be there to look.
    tap = {"f": "mpegts", "flush_packets": "1", "max_delay": "0", **_FEW_TABLES, **_UNIMPORTANT}
    both = (_tee(hls, f"{directory}/{PLAYLIST}"), _tee(tap, f"{directory}/{TAP}"))
    return ["-f", "tee", "-y", "|".join(both)]


def _headers_in_every_part(settings: LiveStreamSettings) -> list[str]:
    """Whoever joins between two keyframes has to learn what is encoded before the first of them."""
    return ["-flags", "+global_header", "-bsf:v", "dump_extra=freq=all"] if settings.part_duration else []


def _tee(options: dict[str, str], path: str) -> str:
    """One of several outputs of the same encoder: https://ffmpeg.org/ffmpeg-formats.html#tee. Values are unquoted twice
    on the way, first as all outputs are told apart, then as options are."""
    told = ":".join(f"{name}={_quoted(value)}" for name, value in options.items())
    return _quoted(f"[{told}]{path}")


def _quoted(text: str) -> str:
    return re.sub(r"([\\'|:\[\] ])", r"\\\1", text)


def writes(last: str) -> str | None:
    """The file that a command of ours with this last argument writes last; None: it is none of ours."""
    mark = "".join(f"{name}={value}]" for name, value in _UNIMPORTANT.items())
    plain = re.sub(r"\\(.)", r"\1", last)
    path = plain.rpartition(mark)[2] if mark in plain else last
    return path if path.rpartition("/")[2] in {PLAYLIST, PIPE, TAP} else None
