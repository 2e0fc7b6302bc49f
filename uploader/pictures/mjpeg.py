"""H.264 -> JPEG pictures, one after the other, by an FFmpeg of its own that never calls the camera. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from uploader.segments.transport_stream import elementary_stream

if TYPE_CHECKING:
    from uploader.ffmpeg.command import FFmpeg
    from uploader.segments.transport_stream import Frame

# Enough to aim a camera, and for a phone on the store's Wi-Fi (pixels).
WIDEST = 1280
QUALITY = 4
# No picture is so large; only what is not FFmpeg's can look like one (bytes).
LARGEST = 16 * 1024 * 1024

# ITU-T H.264 7.3.2.4: an access unit delimiter. FFmpeg takes a picture as whole when the next one begins; this one
# begins nothing, so no picture has to wait for the next.
_DELIMITER = bytes.fromhex("0000000109f0")
_HEADER = re.compile(rb"Content-length: (\d{1,8})\r\n\r\n")


def moving(ffmpeg: FFmpeg, skipped: int = 0) -> list[str]:
    """The arguments that make FFmpeg turn H.264 on stdin into pictures on stdout at once, from the one on that comes
    after `skipped` others."""
    # Nothing is looked at before it is shown, and no thread holds back a picture.
    return _command(ffmpeg, skipped, "-flags", "low_delay", "-threads", "1")


def still(ffmpeg: FFmpeg, skipped: int) -> list[str]:
    """The same for H.264 that is all there and has an end: as fast as the box can, whatever is held back meanwhile."""
    return _command(ffmpeg, skipped, "-threads", "0")


def _command(ffmpeg: FFmpeg, skipped: int, *decoding: str) -> list[str]:
    chosen = f"select=gte(n\\,{skipped})," if skipped else ""
    return [
        *(ffmpeg.path, "-hide_banner", "-loglevel", "fatal", "-nostats"),
        *("-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0", *decoding),
        *("-f", "h264", "-i", "pipe:0", "-an", "-vf", f"{chosen}scale=w=min({WIDEST}\\,iw):h=-2"),
        *("-c:v", "mjpeg", "-q:v", str(QUALITY), "-threads", "1", *ffmpeg.every_picture),
        *("-flush_packets", "1", "-f", "mpjpeg", "pipe:1"),
    ]


def picture(frame: Frame) -> bytes:
    """What to write to FFmpeg's stdin for this frame."""
    return elementary_stream(frame.packets) + _DELIMITER


class PictureReader:
    """Fed with what that FFmpeg writes, in pieces of any size, gives whole pictures."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The pictures that these bytes complete."""
        self._rest += data
        pictures: list[bytes] = []
        while (header := _HEADER.search(self._rest)) and len(self._rest) >= (end := header.end() + int(header[1])):
            pictures.append(self._rest[header.end() : end])
            self._rest = self._rest[end:]
        self._rest = self._rest[-LARGEST:]
        return pictures
