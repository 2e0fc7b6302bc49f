"""What a camera sends, as FFmpeg describes it: the same words in versions 4.2 to 9.0. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Video:
    """A camera's picture. What only packets tell is None while they have not been looked at.

    `fps` is frames per second, `keyframe_interval` the longest time between two keyframes in seconds (None also when
    there were not two), `reordered` whether there are B-frames: pictures sent in another order than they are shown.
    """

    codec: str
    width: int
    height: int
    profile: str = ""
    pixels: str = ""
    interlaced: bool = False
    fps: float | None = None
    keyframe_interval: float | None = None
    reordered: bool | None = None
    kbits: float | None = None

    @property
    def name(self) -> str:
        """For people: 'H.264 High, 640x360, 15 fps'."""
        codec = " ".join(filter(None, (codec_name(self.codec), self.profile)))
        rate = f", {self.fps:.3g} fps" if self.fps else ""
        return f"{codec}, {self.width}x{self.height}{rate}"

    def is_same_stream(self, other: Video) -> bool:
        """Whether nobody has changed the camera's settings in between, as far as FFmpeg's description goes."""
        return _fixed(self) == _fixed(other)


@dataclass(frozen=True, slots=True)
class Audio:
    """A camera's sound; `rate` in Hz. Some cameras announce it and send none: then `kbits` is 0."""

    codec: str
    rate: int
    kbits: float | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """What a camera sends. Also reads FFmpeg's lines about it, one after the other."""

    video: Video | None = None
    audio: Audio | None = None

    def read(self, line: str) -> Media:
        """With what this line of FFmpeg's tells. The input's streams come first; the output's are not meant."""
        match = _STREAM.search(line)
        if match is None:
            return self
        if match["kind"] == "Video" and self.video is None:
            return replace(self, video=_video(match["text"]))
        if match["kind"] == "Audio" and self.audio is None:
            return replace(self, audio=_audio(match["text"]))
        return self


# "Stream #0:0: Video: h264 (High), yuvj420p(pc, bt709, progressive), 1920x1080 [SAR 1:1 DAR 16:9], 25 fps, 90k tbn"
# Only FFmpeg's own marks stand before it: a camera may call itself what it likes, and its title is printed, too.
_OWN = r"^(?:\[[^]]*\] ?)* *"
_STREAM = re.compile(_OWN + r"Stream #0:\d+\S*: (?P<kind>Video|Audio): (?P<text>.+)")
_CODEC = re.compile(r"(\w+)(?: \(([A-Z][^()/]*)\))?")
_NAMES = {
    "h264": "H.264",
    "hevc": "H.265",
    "mjpeg": "MJPEG",
    "mpeg4": "MPEG-4",
    "pcm_alaw": "G.711",
    "pcm_mulaw": "G.711",
}


def media_time_zero(line: str) -> datetime | None:
    """When media time was 0, if FFmpeg says so with this line: of an input that is stamped with the box's time, and
    before it says anything of what comes out. "Duration: N/A, start: 1795259603.798244, bitrate: N/A"."""
    match = re.match(_OWN + r"Duration: N/A, start: (\d+\.\d+), ", line)
    return datetime.fromtimestamp(float(match[1]), UTC) if match else None


def is_resized(line: str) -> bool:
    """Whether FFmpeg says with this line that the running stream's pictures have another size from now on.

    With `-reinit_filter 0` it does in every version; otherwise it squeezes them into the old shape without a word.
    """
    return "Changing video frame properties on the fly" in line


def codec_name(codec: str) -> str:
    """FFmpeg's name of a codec, as people call it."""
    return _NAMES.get(codec, codec.upper())


def _video(text: str) -> Video | None:
    codec, size = _CODEC.match(text), re.search(r"\b(\d{2,5})x(\d{2,5})\b", text)
    if codec is None or size is None:
        return None
    rate = re.search(r" ([\d.]+) fps", text)
    pixels = re.search(r", ((?:yuv|gray|nv|bgr|rgb)\w*)(?:\(([^)]*)\))?", text)
    return Video(
        codec[1],
        *(int(size[1]), int(size[2])),
        profile=codec[2] or "",
        pixels=pixels[1] if pixels else "",
        interlaced=bool(pixels and re.search(r"top|bottom|interlaced", pixels[2] or "")),
        fps=float(rate[1]) if rate else None,
    )


def _audio(text: str) -> Audio | None:
    codec, rate = _CODEC.match(text), re.search(r" (\d+) Hz", text)
    return Audio(codec[1], int(rate[1]) if rate else 0) if codec else None


def _fixed(video: Video) -> Video:
    # Frame rates are guesses that change from one connection to the next.
    return replace(video, fps=None, keyframe_interval=None, reordered=None, kbits=None)
