"""Which encoder is used: one that has proved to work.

Where there is no hardware, programs stand in for FFmpegs that have some; and the real ones have to find out that there
is none, by the trial or, where the trial was too hopeful, with pictures.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.ffmpegs import ffmpegs
from uploader.configuration.camera import Camera
from uploader.configuration.settings import LiveStreamSettings
from uploader.ffmpeg.command import FFmpeg
from uploader.ffmpeg.encoder_trial import ENOUGH, Encoders
from uploader.ffmpeg.encoders import HARDWARE, encoder, has_failed
from uploader.segments.watcher import DirectoryEvents
from uploader.source.passthrough import Choice
from uploader.source.video_mode import VideoMode
from uploader.supervision.course import Supervision
from uploader.supervision.history import Phase
from uploader.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from pathlib import Path


every_ffmpeg = pytest.mark.parametrize("ffmpeg", ffmpegs(), ids=lambda ffmpeg: ffmpeg.version)


def box(directory: Path, story: str) -> FFmpeg:
    """An FFmpeg on a box with other hardware. It keeps a list of what it was asked to encode with."""
    program = directory / "ffmpeg"
    program.write_text(
        f"#!{sys.executable}\nimport sys, time\nname = sys.argv[sys.argv.index('-c:v') + 1]\n"
        f"open({str(directory / 'asked')!r}, 'a').write(name + '\\n')\n"
        f"def encode(): sys.stdout.buffer.write(bytes(5000))\n{story}\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return FFmpeg(str(program), "5.1", libavformat=59)


def asked(directory: Path) -> list[str]:
    return sorted((directory / "asked").read_text(encoding="utf-8").split())


async def test_auto_takes_the_best_that_works(tmp_path: Path) -> None:
    ffmpeg = box(tmp_path, "encode() if name in ('h264_vaapi', 'h264_v4l2m2m') else sys.exit(1)")
    assert await Encoders(ffmpeg).choose("auto") == "h264_vaapi"


async def test_without_hardware_it_is_libx264(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(1)")).choose("auto") == "libx264"


async def test_an_encoder_that_ends_well_and_gives_nothing_does_not_work(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(0)")).choose("auto") == "libx264"


async def test_an_encoder_that_hangs_is_given_up(tmp_path: Path) -> None:
    ffmpeg = box(tmp_path, "encode() if name == 'h264_v4l2m2m' else time.sleep(60)")
    encoders = Encoders(ffmpeg, deadline=4.0)
    assert await encoders.choose("auto") == "h264_v4l2m2m"


async def test_all_cameras_share_one_trial_and_only_of_what_is_wanted(tmp_path: Path) -> None:
    encoders = Encoders(box(tmp_path, "encode()"))
    assert await asyncio.gather(*(encoders.choose("h264_nvmpi") for _ in range(8))) == ["h264_nvmpi"] * 8
    assert asked(tmp_path) == ["h264_nvmpi"]


async def test_libx264_needs_no_trial(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "encode()")).choose("libx264") == "libx264"
    assert not (tmp_path / "asked").exists()


async def test_a_named_encoder_that_does_not_work_is_replaced(tmp_path: Path) -> None:
    assert await Encoders(box(tmp_path, "sys.exit(1)")).choose("h264_nvenc") == "libx264"


async def test_an_encoder_that_fails_later_is_not_chosen_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoders = Encoders(box(tmp_path, "encode()"))
    assert await encoders.choose("auto") == "h264_nvenc"
    for _ in range(2):  # two cameras had it
        encoders.failed("h264_nvenc")
    assert await encoders.choose("auto") == "h264_vaapi"
    assert caplog.messages == ["The encoder h264_nvenc failed; libx264 is used from now on."]


@every_ffmpeg
async def test_the_real_ffmpeg_passes_the_trial_where_it_can(ffmpeg: FFmpeg) -> None:
    assert await Encoders(ffmpeg).works("libx264")
    # Jetson's: in no FFmpeg that is not made for it.
    assert not await Encoders(ffmpeg).works("h264_nvmpi")


@every_ffmpeg
@pytest.mark.parametrize("wanted", ["auto", *HARDWARE])
async def test_what_the_real_ffmpeg_chooses_works_for_real(ffmpeg: FFmpeg, wanted: str, tmp_path: Path) -> None:
    chosen = await Encoders(ffmpeg).choose(wanted)
    made_by, film = encoder(chosen, LiveStreamSettings(), old=ffmpeg.is_old), tmp_path / "film.h264"
    picture = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15", "-t", "1", "-vf", made_by.pixels)
    run = [ffmpeg.path, "-v", "error", *made_by.setup, *picture, *made_by.arguments, "-f", "h264", str(film)]
    await asyncio.to_thread(subprocess.run, run, check=True, stdin=subprocess.DEVNULL, timeout=30)
    assert film.stat().st_size > ENOUGH


class Hopeful(Encoders):
    """Takes every encoder that has not failed yet for one that works."""

    async def works(self, name: str) -> bool:
        return name not in self._failed


@every_ffmpeg
async def test_an_encoder_that_cannot_be_opened_is_replaced_within_the_same_connection(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """What FFmpeg says of a missing chip or driver is understood; nobody is told of a failure."""
    hoped_for = [name for name in HARDWARE if listed(ffmpeg, name)]
    streams = await asyncio.gather(*(streamed(ffmpeg, name, tmp_path) for name in hoped_for))
    assert hoped_for, "this FFmpeg was built without any hardware encoder"
    for name, (phases, choices) in zip(hoped_for, streams, strict=True):
        assert phases == [Phase.START, Phase.FIRST_FRAME, Phase.LIVE, Phase.STOPPED], name
        # A box that has the chip goes on with it.
        assert [choice.encoder for choice in choices] in ([name], ["libx264"])


def listed(ffmpeg: FFmpeg, name: str) -> bool:
    run = subprocess.run([ffmpeg.path, "-hide_banner", "-encoders"], capture_output=True, check=True, text=True)
    return f" {name} " in run.stdout


async def streamed(ffmpeg: FFmpeg, name: str, scratch: Path) -> tuple[list[Phase], list[Choice]]:
    """The test picture with this encoder, until there are segments; what it went through, and how it was made."""
    entry = {"id": name, "rtsp_url": "testsrc://", "settings": {"encoder": name, "segment_duration": 1}}
    camera, choices, told = Camera.model_validate(entry), list[Choice](), list[Supervision]()
    mode, segments = VideoMode(camera, Hopeful(ffmpeg), choices.append), list[object]()
    with DirectoryEvents().running() as events:
        supervisor = Supervisor(camera, ffmpeg, scratch, events, segments.append, told.append, mode=mode)
        task = asyncio.create_task(supervisor.run())
        async with asyncio.timeout(60):
            while len(segments) < 2:  # noqa: ASYNC110  (told from two sides)
                await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return [step.phase for step in told[-1].history.steps], choices


def test_an_encoder_is_blamed_for_what_it_says() -> None:
    assert has_failed("h264_nvenc", ["[h264_nvenc @ 0x1] [error] OpenEncodeSessionEx failed: out of memory (10)"])
    assert has_failed("h264_vaapi", ["[enc:h264_vaapi @ 0x1] [error] Failed to upload"])
    assert not has_failed("h264_nvenc", ["[rtsp @ 0x1] [error] method DESCRIBE failed: 401 Unauthorized"])
    assert not has_failed("libx264", ["[libx264 @ 0x1] [error] broken"])
