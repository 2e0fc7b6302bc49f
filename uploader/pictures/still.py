"""One keyframe -> one still picture, by an FFmpeg that lives for a moment. Pure."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.ffmpeg.command import FFmpeg


@dataclass(frozen=True, slots=True)
class Format:
    """How a picture is encoded, and what it is to browsers. `arguments` are FFmpeg's; `sides` finds width and height,
    two numbers as `numbers` says (struct)."""

    suffix: str
    content_type: str
    arguments: tuple[str, ...]
    sides: re.Pattern[bytes]
    numbers: str


# BT.601 and its range are all that WebP and JPEG know; a camera's picture may come in another.
WEBP = Format(
    ".webp",
    "image/webp",
    ("-vf", "scale=out_color_matrix=bt601:out_range=tv", "-c:v", "libwebp", "-quality", "75"),
    # RFC 9649 section 2.5, RFC 6386 section 9.1: a file with one "VP8 " chunk; 3 bytes of frame tag, the start code.
    re.compile(rb"\ARIFF.{4}WEBPVP8 .{7}\x9d\x01\x2a(.{4})", re.DOTALL),
    "<HH",
)
# Where FFmpeg was built without libwebp.
JPEG = Format(
    ".jpg",
    "image/jpeg",
    ("-vf", "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p", "-c:v", "mjpeg", "-q:v", "4"),
    # ITU-T T.81 B.2.2: baseline, three components of 8 bits; height comes first.
    re.compile(rb"\A\xff\xd8.*?\xff\xc0\x00\x11\x08(.{4})", re.DOTALL),
    ">HH",
)


def format_for(ffmpeg: FFmpeg) -> Format:
    """What this FFmpeg can make."""
    return WEBP if ffmpeg.makes_webp else JPEG


def command(ffmpeg: FFmpeg, made: Format) -> list[str]:
    """The arguments that make FFmpeg turn the first picture of the H.264 on stdin into one of this format on stdout."""
    return [
        *(ffmpeg.path, "-hide_banner", "-loglevel", "fatal", "-nostats", "-threads", "1"),
        *("-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0", "-f", "h264", "-i", "pipe:0"),
        *("-an", "-frames:v", "1", *made.arguments, "-threads", "1", "-f", "image2pipe", "pipe:1"),
    ]


def size(picture: bytes, made: Format) -> tuple[int, int] | None:
    """Width and height in pixels; None: this is no picture of that format."""
    found = made.sides.match(picture)
    if found is None:
        return None
    first, second = struct.unpack(made.numbers, found[1])
    return (first & 0x3FFF, second & 0x3FFF) if made is WEBP else (second, first)
