"""Films for the camera: FFmpeg's moving test picture, encoded once for each set of values.

Each picture carries its own number as white and black cells, so that whoever receives it can tell when it was taken.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import accumulate, cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.ffmpeg import binary

from .clip import SOUND_RATE, Clip, Frame
from .codec import H264, H265

if TYPE_CHECKING:
    from .codec import Codec

# The strip over the lowest twelfth of the picture: white, black, the frame's number (highest bit first), white.
BITS = 8
CELLS = BITS + 3
STRIP = 12


@cache
def encoded(
    *,
    codec: Codec = H264,
    fps: int = 15,
    gop: int = 15,
    size: str = "640x360",
    seconds: int = 4,
    sound: bool = False,
    bframes: int = 0,
    rhythm: tuple[float, ...] = (1.0,),
    graph: str | None = None,
    kbits: int | None = None,
) -> Clip:
    """A clip of so many `seconds` at `fps`, a keyframe every `gop` frames, `size` WIDTHxHEIGHT.

    `seconds` x `fps` must be a multiple of `gop`, so that the clip can begin again with its first keyframe, and at most
    256, so that every frame's number is its own. `rhythm` stretches the gaps between frames, in turn (variable rate).
    `graph` is a lavfi graph of another picture, with a size of its own and without our strip. `kbits`: so many kbit/s,
    instead of what the picture needs.
    """
    if seconds * fps % gop:
        raise ValueError("the last group of pictures would be cut short")
    with tempfile.TemporaryDirectory() as directory:
        film = Path(directory) / "film.ts"
        picture = ("-f", "lavfi", "-i", graph or _graph(size, fps))
        _ffmpeg(*picture, "-t", str(seconds), *_encoder(codec, gop, bframes), *_rate(kbits), str(film), codec=codec)
        stream = _ffmpeg("-i", str(film), "-c", "copy", "-f", codec.name.lower().replace("h265", "hevc"), "-")
        order = _order_shown(_ffmpeg("-i", str(film), "-c", "copy", "-f", "framecrc", "-"))
    nals = _access_units(codec, stream)
    times = list(accumulate((step / fps for step in islice(cycle(rhythm), len(nals))), initial=0.0))
    frames = tuple(
        Frame(unit, times[shown], times[due]) for due, (unit, shown) in enumerate(zip(nals, order, strict=True))
    )
    return Clip(fps, times[-1], frames, _tone(seconds) if sound else b"", codec)


@cache
def sound_only(*, seconds: int = 4) -> Clip:
    """A camera that has a microphone and no picture."""
    return Clip(15, seconds, (), _tone(seconds))


def _graph(size: str, fps: int) -> str:
    width, height = (int(side) for side in size.split("x"))
    bits = f"mod(floor(N/pow(2,{BITS + 1}-X)),2)"
    cells = f"255*if(eq(X,0)+eq(X,{CELLS - 1}),1,if(eq(X,1),0,{bits}))"
    strip = f"color=black:size={CELLS}x1:rate={fps},format=gray,geq=lum='{cells}'"
    graph = f"testsrc2=size={size}:rate={fps}[picture];{strip},scale={width}:{height // STRIP}:flags=neighbor[strip]"
    return f"{graph};[picture][strip]overlay=0:{height - height // STRIP}"


def _encoder(codec: Codec, gop: int, bframes: int) -> tuple[str, ...]:
    # Access unit delimiters say where a frame ends, whatever number of slices it has.
    common = f"aud=1:repeat-headers=1:keyint={gop}:min-keyint={gop}:scenecut=0:open-gop=0:bframes={bframes}"
    if codec is H265:
        parameters = f"{common}:log-level=none:pools=1:frame-threads=1"
        return ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", parameters)
    tune = () if bframes else ("-tune", "zerolatency")
    return ("-c:v", "libx264", "-preset", "ultrafast", *tune, "-pix_fmt", "yuv420p", "-x264-params", common)


def _rate(kbits: int | None) -> tuple[str, ...]:
    return ("-b:v", f"{kbits}k", "-maxrate", f"{kbits}k", "-bufsize", f"{kbits}k") if kbits else ()


def _tone(seconds: int) -> bytes:
    tone = f"sine=frequency=440:sample_rate={SOUND_RATE}"
    return _ffmpeg("-f", "lavfi", "-i", tone, "-t", str(seconds), "-f", "alaw", "-")


def _ffmpeg(*arguments: str, codec: Codec = H264) -> bytes:
    command = [_program(codec), "-hide_banner", "-loglevel", "error", *arguments]
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout


@cache
def _program(codec: Codec) -> str:
    """An FFmpeg that can encode this: H.265 is not in every one, but in the one that imageio-ffmpeg carries."""
    return binary.find().path if codec is H264 else _with_h265()


def _with_h265() -> str:
    own = shutil.which("ffmpeg")
    listed = subprocess.run([own, "-hide_banner", "-encoders"], capture_output=True, check=True).stdout if own else b""
    if own and b"libx265" in listed:
        return own
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def _access_units(codec: Codec, stream: bytes) -> list[tuple[bytes, ...]]:
    # Start codes, ITU-T H.264 and H.265 annex B.
    frames: list[list[bytes]] = []
    for nal in filter(None, re.split(rb"\x00{2,}\x01", stream)):
        if codec.kind(nal) == codec.delimiter:
            frames.append([])
        else:
            frames[-1].append(nal)
    return [tuple(frame) for frame in frames]


def _order_shown(crc: bytes) -> list[int]:
    """The place in the order of showing, of each frame in decoding order; from framecrc's lines "0, dts, pts, ..."."""
    shown = [int(line.split(",")[2]) for line in crc.decode().splitlines() if not line.startswith("#")]
    places = {time: place for place, time in enumerate(sorted(shown))}
    return [places[time] for time in shown]
