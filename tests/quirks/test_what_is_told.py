"""Cameras that give no picture at all: what the technician is told, and how soon, with every FFmpeg at hand."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import by_version
from tests.quirks.watching import watching
from tests.rtsp_camera import H265, Login, RtspCamera, Script, encoded, sound_only
from uploader.reporting.status import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.rtsp_camera import Clip
    from uploader.ffmpeg.command import FFmpeg

SMALL = partial(encoded, size="320x180")
# From the start to the words (s), on a machine that may be busy; FFmpeg waits 5 s for an answer, 10 s for packets.
AT_ONCE, NO_ANSWER, NO_PACKETS = 8.0, 15.0, 25.0


@dataclass(frozen=True, slots=True)
class Quirk:
    """`says` begins the reason; `within` seconds."""

    says: str
    script: Script = field(default_factory=Script)
    film: Callable[[], Clip] = SMALL
    state: State = State.RECONNECTING
    within: float = AT_ONCE
    settings: Mapping[str, object] = field(default_factory=dict)
    password: str = "right"


QUIRKS = {
    "row 12, a wrong password": Quirk("The camera refused the login (401).", state=State.REFUSED, password="wrong"),
    "row 13, 403": Quirk("The camera user may not view", Script(answers={"DESCRIBE": 403}), state=State.REFUSED),
    "row 13, 404": Quirk("The camera answers, but the path", Script(answers={"DESCRIBE": 404})),
    "row 13, 453": Quirk("The camera refuses another viewer (453).", Script(max_clients=0)),
    "row 13, 461": Quirk("The camera does not offer this way", Script(tcp=False), settings={"transport": "tcp"}),
    "row 13, 503": Quirk("The camera is too busy for another viewer", Script(answers={"DESCRIBE": 503})),
    "row 14, something that speaks no RTSP": Quirk("What answers at that address", Script(gibberish=True)),
    "row 15, PLAY without packets": Quirk(
        "The camera accepts the connection but sends no video.", Script(packets_after=math.inf), within=NO_PACKETS
    ),
    "a camera that hangs": Quirk(
        "The camera takes the call and does not answer.", Script(delays={"DESCRIBE": math.inf}), within=NO_ANSWER
    ),
    "a microphone only": Quirk("The camera's stream has no video.", film=sound_only),
}


FFMPEGS = by_version()
every_ffmpeg = pytest.mark.parametrize("version", FFMPEGS)
ALL = [(version, name) for version in FFMPEGS for name in QUIRKS]


@pytest.fixture(scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[State, str]]:
    """State and reason of every quirk, one FFmpeg's after the other's."""
    words: dict[tuple[str, str], tuple[State, str]] = {}
    for version, ffmpeg in FFMPEGS.items():
        first = [first_words(quirk, tmp_path_factory.mktemp("quirk"), ffmpeg) for quirk in QUIRKS.values()]
        words |= {(version, name): said for name, said in zip(QUIRKS, await asyncio.gather(*first), strict=True)}
    return words


async def first_words(quirk: Quirk, scratch: Path, ffmpeg: FFmpeg) -> tuple[State, str]:
    """What is told first, beyond 'starting'."""
    clip = await asyncio.to_thread(quirk.film)
    async with RtspCamera(clip, script=quirk.script, login=Login("admin", "right")) as camera:
        url = camera.address(user="admin", password=quirk.password)
        async with watching(url, ffmpeg, scratch, {**quirk.settings}) as history:
            await history.until(lambda seen: bool(seen.reasons), limit=quirk.within)
            assert not history.published
            return history.condition.state, history.reasons[0]


@pytest.mark.parametrize(("version", "name"), ALL)
async def test_it_is_told_in_plain_words_within_seconds(
    version: str, name: str, told: dict[tuple[str, str], tuple[State, str]]
) -> None:
    state, reason = told[version, name]
    assert reason.startswith(QUIRKS[name].says)
    assert state is QUIRKS[name].state


@every_ffmpeg
async def test_row_14_a_port_where_nobody_listens(version: str, tmp_path: Path) -> None:
    async with RtspCamera(SMALL()) as camera:
        camera.close()
        async with watching(camera.url, FFMPEGS[version], tmp_path) as history:
            await history.until(lambda seen: bool(seen.reasons), limit=AT_ONCE)
            assert history.reasons[0].startswith("A device answers at that address, but not on that port")


@every_ffmpeg
async def test_h265_is_converted_and_told(version: str, tmp_path: Path) -> None:
    film = SMALL(codec=H265)
    async with RtspCamera(film) as camera, watching(camera.url, FFMPEGS[version], tmp_path) as history:
        await history.until(lambda seen: bool(seen.published), limit=20)
        await history.until(lambda seen: "H.265" in str(seen.status.get("video")), limit=15)
