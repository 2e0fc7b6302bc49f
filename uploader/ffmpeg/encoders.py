"""H.264 encoders: what each of them has to be told for a live picture in exact segments. Pure.

All of them make no B-frames, which cost latency, and a keyframe wherever FFmpeg forces one: segments begin with one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.configuration.settings import LiveStreamSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

SOFTWARE = "libx264"
# What `encoder: auto` tries, best first. The box's own chips cost next to no CPU.
HARDWARE = ("h264_nvenc", "h264_vaapi", "h264_nvmpi", "h264_v4l2m2m")
RENDER_NODE = "/dev/dri/renderD128"

# Bits per pixel of the picture asked for. The limit keeps a noisy night picture from filling the uplink: x264 at a
# constant quality made 22 Mbit/s of one at 854x480, 15 fps, and 2.3 with this limit; a clean picture stays below it.
LIMIT = 0.35
# What hardware is told to make where no bitrate is set: there is no constant quality that all chips know.
USUAL = 0.15


@dataclass(frozen=True, slots=True)
class Encoder:
    """`setup` stands before the input; `pixels` ends the filters with what it takes pictures as."""

    setup: tuple[str, ...]
    pixels: str
    arguments: tuple[str, ...]


def limit(settings: LiveStreamSettings) -> int:
    """kbit/s that the video of this camera may take at most."""
    return settings.bitrate or _kbits(settings, LIMIT)


def usual(settings: LiveStreamSettings) -> int:
    """kbit/s that the video of this camera takes by day."""
    return settings.bitrate or _kbits(settings, USUAL)


def _kbits(settings: LiveStreamSettings, bits_per_pixel: float) -> int:
    pixels = settings.target_width**2 * 9 / 16
    return max(100, round(pixels * settings.target_fps * bits_per_pixel / 1000))


def encoder(name: str, settings: LiveStreamSettings, *, old: bool = False) -> Encoder:
    """The encoder of this name; `old`: FFmpeg before 4.4, whose NVENC has other presets."""
    match name:
        case "h264_nvenc":
            return Encoder((), "format=yuv420p", (*_nvenc(old=old), *_rate(settings)))
        case "h264_vaapi":
            options = ("-c:v", name, "-bf", "0", *_rate(settings))
            return Encoder(("-vaapi_device", RENDER_NODE), "format=nv12,hwupload", options)
        case "h264_nvmpi":
            # Of NVIDIA's Jetson, in builds of jetson-ffmpeg.
            options = ("-c:v", name, "-preset", "ultrafast", "-rc", "cbr", "-bf", "0", *_rate(settings))
            return Encoder((), "format=yuv420p", options)
        case "h264_v4l2m2m":
            # Of the Raspberry Pi up to 4 and its kin. Some drivers stop when the four buffers of the default run out.
            buffers = ("-num_output_buffers", "32", "-num_capture_buffers", "16")
            options = ("-c:v", name, *buffers, "-bf", "0", *_rate(settings))
            return Encoder((), "format=yuv420p", options)
        case _:
            return Encoder((), "format=yuv420p", _x264(settings))


def has_failed(name: str, lines: Sequence[str]) -> bool:
    """Whether these last lines of an FFmpeg blame the encoder."""
    blame = rf"\[(?:\w+:)?{name} @|[Ee]rror (?:initializing output|while opening encoder)|Device creation failed"
    return name != SOFTWARE and any(re.search(blame, line) for line in lines)


def trial(ffmpeg: str, name: str, *, old: bool) -> list[str]:
    """The arguments that have this encoder encode one second of a test picture to stdout."""
    tried = encoder(name, LiveStreamSettings(), old=old)
    return [
        *(ffmpeg, "-hide_banner", "-loglevel", "error", *tried.setup),
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15", "-t", "1"),
        *("-vf", tried.pixels, *tried.arguments, "-f", "h264", "pipe:1"),
    ]


def _x264(settings: LiveStreamSettings) -> tuple[str, ...]:
    """Constant quality, cut off at the limit; a buffer of one second leaves room for a keyframe."""
    kbits = f"{limit(settings)}k"
    return (
        *("-c:v", SOFTWARE, "-preset", "ultrafast", "-tune", "zerolatency", "-crf", "23"),
        *("-maxrate", kbits, "-bufsize", kbits, "-sc_threshold", "0"),
    )


def _nvenc(*, old: bool) -> tuple[str, ...]:
    preset = ("-preset", "llhp") if old else ("-preset", "p1", "-tune", "ull")
    # forced-idr: a forced keyframe would otherwise be no place to begin at. delay 0: no frame is held back.
    return (
        *("-c:v", "h264_nvenc", *preset, "-rc", "cbr", "-zerolatency", "1", "-delay", "0", "-bf", "0"),
        *("-forced-idr", "1", "-no-scenecut", "1"),
    )


def _rate(settings: LiveStreamSettings) -> tuple[str, ...]:
    kbits = f"{usual(settings)}k"
    return ("-b:v", kbits, "-maxrate", kbits, "-bufsize", kbits)
