"""Sends one track to one client, in real time."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import rtp
from .clip import SOUND_RATE

if TYPE_CHECKING:
    from .camera import RtspCamera
    from .channels import Channel
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
        clip, number = self.camera.clip, 0
        while True:
            await self._until(number / clip.fps)
            if self.camera.frozen:
                await self.camera.awake()
                number = clip.next_keyframe(math.ceil(self._now() * clip.fps))
                continue
            for payload, last in rtp.payloads(clip.frame(number)):
                self.channel.send(self.stream.packet(payload, number / clip.fps, marker=last))
            number += 1

    async def sound(self) -> None:
        """Send the sound in small packets, each when it is due."""
        sound, size, number = self.camera.clip.sound, round(SOUND_RATE * SOUND_PACKET), 0
        while True:
            await self._until(number * SOUND_PACKET)
            if self.camera.frozen:
                await self.camera.awake()
                number = math.ceil(self._now() / SOUND_PACKET)
                continue
            position = number * size % len(sound)
            packet = self.stream.packet(sound[position : position + size], number * SOUND_PACKET, marker=number == 0)
            self.channel.send(packet)
            number += 1

    async def report(self) -> None:
        """Tell again and again which wall clock time the timestamps stand for."""
        while True:
            await self.camera.awake()
            self.channel.send(self.stream.sender_report(self._now(), time.time()), control=True)
            await asyncio.sleep(REPORT_PERIOD)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self.start

    async def _until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self._now()))
