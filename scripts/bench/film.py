"""A network camera that shows a film whose every picture carries the time since the film began.

The film is encoded beforehand, so that filming costs nothing while something is measured. The camera sends each picture
when it is due; `RtspFilm.began` plus the time in a picture is when it left the camera.
"""

from __future__ import annotations

import time

from tests.rtsp_camera import Clip, RtspCamera, encoded
from uploader.ffmpeg.test_source import film

FPS = 15
SECONDS = 64
# As cameras do: a keyframe each two seconds, whatever the worker then makes of it.
GOP = 2 * FPS
# A camera's sensor has as much as makes the film need what is usual for its size: 0.9 Mbit/s (encoders.USUAL).
NOISE = 3


def clip(
    *,
    fps: int = FPS,
    gop: int = GOP,
    size: str | None = None,
    seconds: int = SECONDS,
    noise: int = 0,
    kbits: int | None = None,
) -> Clip:
    """The film, with a keyframe every `gop` frames, enlarged to `size` WIDTHxHEIGHT, with so much `noise` (of 100) of a
    camera's sensor, at `kbits` kbit/s or as many as its picture needs; it takes some seconds to make."""
    larger = f",scale={size.replace('x', ':')}:flags=neighbor" if size else ""
    noisy = f",noise=alls={noise}:allf=t" if noise else ""
    return encoded(graph=film(fps) + larger + noisy, fps=fps, gop=gop, seconds=seconds, kbits=kbits)


class RtspFilm(RtspCamera):
    """The camera. `began` is when it last began to play, Unix time (s)."""

    began = 0.0

    def begin(self) -> None:
        """Somebody asks for the film from its beginning."""
        self.began = time.time()
        super().begin()

    def sent(self, burnt_in: float, near: float) -> float:
        """Unix time (s) at which the picture with this time in it left the camera, the last before `near`."""
        return near - (near - self.began - burnt_in) % SECONDS
