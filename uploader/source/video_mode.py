"""How one camera's video is made, from one FFmpeg to the next: copied while it fits, transcoded where it does not.

The rules are in `passthrough`, and in `sound` whether there is sound with it; here they meet a running FFmpeg. When
one is to be made in another way than it does, `otherwise` is set, and what it still gives does not count.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uploader.ffmpeg import encoders
from uploader.segments.copied_segment import longest_copy, parameters
from uploader.segments.gathering import Gathering
from uploader.source.media import Media, is_resized
from uploader.source.packet_loss import PacketLoss
from uploader.source.passthrough import Choice, Passthrough
from uploader.source.sound import STOPPED, Sound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uploader.configuration.cameras import Camera
    from uploader.ffmpeg.causes import Cause
    from uploader.ffmpeg.encoder_trial import Encoders
    from uploader.reporting.status import Condition
    from uploader.segments.segment import FinishedSegment


class VideoMode:
    """One camera's. `tell` hears of it with the first segment that was made in another way than the one before, and
    `notify` of what is wrong with what the camera sends, by name; None when it is over."""

    def __init__(
        self,
        camera: Camera,
        encoders: Encoders | None,
        tell: Callable[[Choice], None] = lambda _: None,
        notify: Callable[[str, Condition | None], None] = lambda _, __: None,
    ) -> None:
        self._camera = camera
        self._encoders = encoders
        self._tell = tell
        self._notify = notify
        self._told: Choice | None = None
        self._notified: dict[str, Condition | None] = {}
        self._sound = Sound(camera.settings.audio and camera.source == "rtsp")
        self._loss = PacketLoss()
        self._passthrough = Passthrough(camera)
        self.otherwise = asyncio.Event()
        # Of the running FFmpeg: what it encodes with (None: it copies), what it said of the camera, how the segments
        # begin that it copied, how many there are, and its media time (s) at the last cut, late rather than early.
        self.encoder: str | None = None
        self._media = Media()
        self._parameters = b""
        self._segments = 0
        self._cut: float | None = None
        self._empty = self._gathering = Gathering(camera.settings.segment_duration, longest_copy(camera.settings))

    @property
    def camera(self) -> Camera:
        """The camera as FFmpeg is to be asked for it now: without its sound, where that never comes."""
        if self._sound.asked or not self._sound.wanted:
            return self._camera
        return self._camera.model_copy(update={"settings": self._camera.settings.model_copy(update={"audio": False})})

    def connecting(self) -> None:
        """Before a connection that is not only renewed to make the video in another way."""
        self._passthrough = self._passthrough.connecting(_clock())

    async def begin(self) -> None:
        """Before every FFmpeg."""
        self.otherwise.clear()
        self._sound = self._sound.begin(_clock())
        self._media, self._parameters, self._segments, self._cut = Media(), b"", 0, None
        self._gathering = self._empty
        self.encoder = None if self._passthrough.copies else await self._working_encoder()

    async def _working_encoder(self) -> str:
        if self._encoders is None:
            return encoders.SOFTWARE
        return await self._encoders.choose(self._camera.settings.encoder)

    def heard(self, line: str) -> None:
        """FFmpeg has said something: what the camera sends, perhaps."""
        before, self._media = self._media, self._media.read(line)
        if before.video is None and self._media.video is not None and self._camera.source == "rtsp":
            self._learn(self._passthrough.sees(self._media.video, _clock()))
        if self._media.audio is not None:
            self._sound = self._sound.described(_clock())
        if is_resized(line):
            self.otherwise.set()
        self._loss = self._loss.heard(line, _clock())

    def checked(self, *, pictured: bool) -> None:
        """Time has passed, and there has been a picture, or not yet."""
        if not pictured and self._sound.asked:
            self._sound = self._sound.waited(_clock())
            if not self._sound.asked:
                self.otherwise.set()
        for name, notice in (("sound", self._sound.notice), ("network", self._loss.notice(_clock()))):
            if notice != self._notified.get(name):
                self._notified[name] = notice
                self._notify(name, notice)

    def starved(self) -> Cause | None:
        """Pictures come and no segment gets finished: because of the sound, which is then not asked for any more?"""
        before, self._sound = self._sound, self._sound.stopped(_clock())
        return STOPPED if before.asked and not self._sound.asked else None

    def progressed(self, media_time: float) -> None:
        """FFmpeg has come so far (s), and every cut up to there was seen."""
        if self._cut is None:
            self._cut = media_time
        if self.encoder is None and not self.otherwise.is_set():
            self._learn(self._passthrough.unfinished(media_time - self._cut, _clock()))

    def gathered(self, piece: FinishedSegment, media_time: float) -> list[FinishedSegment]:
        """The segments that are complete with this piece; without copying, every piece is one."""
        if self.encoder is not None:
            return [piece]
        self._cut = media_time
        self._gathering, complete = self._gathering.add(piece)
        return complete

    def rest(self) -> list[FinishedSegment]:
        """What was held back until more would come; FFmpeg has ended."""
        self._gathering, complete = self._gathering.rest()
        return complete

    def fits(self, segment: FinishedSegment, media_time: float) -> bool:
        """Whether this segment may be shown. A copied one is as the camera made it."""
        if not segment.duration:
            return False  # FFmpeg ended with the first picture of it: nobody knows how long that lasts
        if self.encoder is None and not self.otherwise.is_set():
            self._check_copied(segment)
        if self.otherwise.is_set():
            return False
        self._segments += 1
        self._cut = media_time
        self._say()
        return True

    def _check_copied(self, segment: FinishedSegment) -> None:
        self._learn(self._passthrough.copied(len(segment.body), segment.duration, _clock()))
        found = parameters(segment.body)
        if self._parameters and found != self._parameters:
            self.otherwise.set()  # another size, most likely: a new FFmpeg judges it afresh
        self._parameters = found

    def ended(self, lines: Sequence[str]) -> None:
        """FFmpeg has ended by itself, and these were its last words."""
        if self._segments:
            return
        if self.encoder is None:
            self._learn(self._passthrough.ended(lines, _clock()))
        elif self._encoders is not None and encoders.has_failed(self.encoder, lines):
            self._encoders.failed(self.encoder)
            self.otherwise.set()

    def _learn(self, passthrough: Passthrough) -> None:
        before, self._passthrough = self._passthrough, passthrough
        if passthrough.excused_at != before.excused_at:
            self.otherwise.set()  # copied again, by another FFmpeg that begins with a keyframe
        if passthrough.copies != (self.encoder is None):
            self.otherwise.set()

    def _say(self) -> None:
        choice = self._passthrough.choice(self.encoder or "")
        if choice != self._told:
            self._told = choice
            self._tell(choice)


def _clock() -> float:
    return asyncio.get_running_loop().time()
