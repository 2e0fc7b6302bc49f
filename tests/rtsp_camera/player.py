"""Sends one track to one client, in real time."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from .clip import SOUND_RATE

if TYPE_CHECKING:
    from .camera import RtspCamera
    from .channels import Channel
    from .clip import Clip
    from .rtp import RtpStream

REPORT_PERIOD = 1.0  # seconds between RTCP sender reports; RFC 3550 section 6.2 has 5, but tests are short
SOUND_PACKET = 0.02  # seconds (RFC 3551 section 4.2)


@dataclass(frozen=True, slots=True)
class Player:
    """Plays the clip from its beginning; `start` is the loop's time of its first frame. Ends by cancellation."""

    camera: RtspCamera
    channel: Channel
    stream: RtpStream
    start: float

    async def video(self) -> None:
        """Send every frame when it is due. What fell into a freeze is left out, up to the next keyframe."""
        clip, begun = self.camera.clip, -self.camera.script.joins_at
        number = next(number for number in count() if clip.frame(number).due + begun >= 0)
        while True:
            if self.camera.clip is not clip:
                clip, begun, number = self.camera.clip, begun + clip.frame(number).due, 0
            await self._until(begun + clip.frame(number).due)
            if self.camera.frozen:
                await self.camera.awake()
                number = clip.next_keyframe(self._now() - begun)
                continue
            self._send(clip, number, begun)
            number += 1

    def _send(self, clip: Clip, number: int, begun: float) -> None:
        frame = clip.frame(number)
        stamp = self.camera.clock.stamp(begun + frame.shown, number)
        for payload, last in clip.codec.payloads(frame.nals):
            self.channel.send(self.stream.packet(payload, stamp, marker=last))
        self.camera.taken[number % len(clip.frames)].append(time.time())

    async def sound(self) -> None:
        """Send the sound in small packets, each when it is due."""
        sound, size, number = self.camera.clip.sound, round(SOUND_RATE * SOUND_PACKET), 0
        while True:
            await self._until(number * SOUND_PACKET)
            if self.camera.frozen:
                await self.camera.awake()
                number = math.ceil(self._now() / SOUND_PACKET)
                continue
            if self.camera.mute:
                number += 1
                continue
            position = number * size % len(sound)
            stamp = self.camera.clock.stamp(number * SOUND_PACKET, 0)
            self.channel.send(self.stream.packet(sound[position : position + size], stamp, marker=number == 0))
            number += 1

    async def report(self) -> None:
        """Tell again and again which wall clock time the timestamps stand for."""
        await self._until(0.0)
        while True:
            await self.camera.awake()
            self.channel.send(
                self.stream.sender_report(self.camera.clock.stamp(self._now(), 0), time.time()), control=True
            )
            await asyncio.sleep(REPORT_PERIOD)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self.start

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self._now()))
