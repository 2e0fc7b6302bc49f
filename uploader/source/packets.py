"""The packets of a camera, counted from FFmpeg's `framecrc` output: a line for each, the same in 4.2 to 9.0. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.source.media import Media

# AV_PKT_FLAG_KEY; framecrc leaves the flags out where they are exactly this.
KEYFRAME = 1
# Of the first packets FFmpeg may not know a time, and guess.
BACKWARDS = 2
# What jitter and a burst at the beginning make of a camera's clock that is right, as a share.
CLOCK_ERROR = 0.3


@dataclass(frozen=True, slots=True)
class Track:
    """The packets of one stream so far. Times in seconds: `first` and `last` on the clock of the timestamps, which is
    the camera's; `began` and `heard` on ours."""

    packets: int = 0
    size: int = 0
    first: float = 0.0
    last: float = 0.0
    began: float = 0.0
    heard: float = 0.0
    keyframe: float | None = None
    longest: float | None = None
    backwards: int = 0

    @property
    def pace(self) -> float:
        """Seconds of ours in one of the camera's; 1 unless the camera's clock is clearly wrong."""
        theirs, ours = self.last - self.first, self.heard - self.began
        return 1.0 if theirs <= 0 or abs(ours / theirs - 1) < CLOCK_ERROR else ours / theirs

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return (self.last - self.first) * self.pace

    @property
    def keyframe_interval(self) -> float | None:
        """The longest time between two keyframes; None before the second one."""
        return self.longest * self.pace if self.longest is not None else None

    @property
    def fps(self) -> float | None:
        """Packets per second."""
        return (self.packets - 1) / self.seconds if self.seconds > 0 else None

    @property
    def reordered(self) -> bool:
        """Whether there are B-frames: packets that are shown before one that came earlier."""
        return self.backwards > BACKWARDS

    @property
    def kbits(self) -> float:
        """kbit/s."""
        return self.size * 8 / 1000 / self.seconds if self.seconds > 0 else 0.0

    def packet(self, shown: float, at: float, size: int, *, is_keyframe: bool) -> Track:
        """With one more packet, which came `at`."""
        gap = shown - self.keyframe if is_keyframe and self.keyframe is not None else None
        return Track(
            packets=self.packets + 1,
            size=self.size + size,
            first=shown if self.packets == 0 else self.first,
            last=max(self.last, shown) if self.packets else shown,
            began=at if self.packets == 0 else self.began,
            heard=at,
            keyframe=shown if is_keyframe else self.keyframe,
            longest=max(filter(None, (self.longest, gap)), default=None),
            backwards=self.backwards + (self.packets > 0 and shown < self.last),
        )


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of a camera so far, by the number of their stream."""

    tracks: dict[int, Track] = field(default_factory=dict)
    ticks: dict[int, float] = field(default_factory=dict)

    def read(self, line: str, at: float) -> Packets:
        """With one more line of FFmpeg's `framecrc`: stream, dts, pts, duration, size, checksum, flags. `at`: when."""
        if base := re.match(r"#tb (\d+): (\d+)/(\d+)", line):
            return replace(self, ticks={**self.ticks, int(base[1]): int(base[2]) / int(base[3])})
        match = re.match(r"(\d+), *(-?\d+), *(-?\d+), *\d+, *(\d+), *0x\w+(?:, F=0x(\w+))?", line)
        if match is None or int(match[1]) not in self.ticks:
            return self
        number, dts, pts, size = (int(value) for value in match.groups()[:4])
        track = self.tracks.get(number, Track())
        is_keyframe = match[5] is None or bool(int(match[5], 16) & KEYFRAME)
        # The first packet of all may have no pts.
        shown = (pts if track.packets else dts) * self.ticks[number]
        return replace(self, tracks={**self.tracks, number: track.packet(shown, at, size, is_keyframe=is_keyframe)})

    def of(self, media: Media) -> Media:
        """What is known of the streams, and their packets: the picture is stream 0, the sound stream 1."""
        picture, sound = self.tracks.get(0, Track()), self.tracks.get(1, Track())
        video, audio = media.video, media.audio
        if video is not None and picture.packets > 1:
            video = replace(
                video,
                fps=picture.fps,
                keyframe_interval=picture.keyframe_interval,
                reordered=picture.reordered,
                kbits=picture.kbits,
            )
        return replace(media, video=video, audio=replace(audio, kbits=sound.kbits) if audio else None)
