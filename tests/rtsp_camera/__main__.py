"""One camera to look at by hand, until Ctrl-C: `python -m tests.rtsp_camera --fault 10 freeze 5`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from typing import TYPE_CHECKING

from . import H264, H265, Away, Clockwork, Drop, Freeze, HalfOpen, Jump, Login, Network, PowerCut, Reset, Script
from .camera import RtspCamera
from .film import encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Fault

CODECS = {"h264": H264, "h265": H265}
FAULTS: dict[str, Callable[..., Fault]] = {
    "away": Away,
    "drop": Drop,
    "freeze": Freeze,
    "half-open": HalfOpen,
    "jump": Jump,
    "power-cut": PowerCut,
    "reset": Reset,
}


def options() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(prog="python -m tests.rtsp_camera", description=__doc__)
    parser.add_argument("--port", type=int, default=8554)
    parser.add_argument("--codec", choices=CODECS, default="h264")
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--gop", type=int, default=30, help="frames from keyframe to keyframe")
    parser.add_argument("--seconds", type=int, default=8, help="length of the clip; x fps at most 256")
    parser.add_argument("--bframes", type=int, default=0)
    parser.add_argument("--sound", action="store_true", help="G.711")
    parser.add_argument("--mute", action="store_true", help="announce sound and send none")
    parser.add_argument("--login", metavar="USER:PASSWORD")
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets lost, e.g. 0.02")
    parser.add_argument("--clock-rate", type=float, default=1.0, help="2: the camera's clock is twice too fast")
    parser.add_argument("--max-clients", type=int, default=16)
    known = ", ".join(FAULTS)
    parser.add_argument("--fault", nargs="+", action="append", default=[], metavar="AT KIND [SECONDS]", help=known)
    return parser.parse_args()


async def serve(chosen: argparse.Namespace) -> None:
    """Run the camera and say where it is."""
    clip = encoded(
        codec=CODECS[chosen.codec],
        fps=chosen.fps,
        gop=chosen.gop,
        size=chosen.size,
        seconds=chosen.seconds,
        sound=chosen.sound or chosen.mute,
        bframes=chosen.bframes,
    )
    login = Login(*chosen.login.split(":", 1)) if chosen.login else None
    async with RtspCamera(clip, login=login, script=script(chosen), port=chosen.port) as camera:
        print(camera.url, flush=True)
        await asyncio.Event().wait()


def script(chosen: argparse.Namespace) -> Script:
    """What was typed, as the camera's script."""
    return Script(
        faults=tuple(
            (float(at), FAULTS[kind](*(float(second) for second in seconds))) for at, kind, *seconds in chosen.fault
        ),
        mute=chosen.mute,
        max_clients=chosen.max_clients,
        clock=Clockwork(rate=chosen.clock_rate),
        network=Network(loss=chosen.loss),
    )


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options()))
