"""What each H.264 encoder is told, to the letter."""

from __future__ import annotations

import pytest

from uploader.configuration.cameras import Camera
from uploader.configuration.settings import LiveStreamSettings
from uploader.ffmpeg.command import FFmpeg, command
from uploader.ffmpeg.encoders import HARDWARE, SOFTWARE, encoder

NEW = FFmpeg("ffmpeg", "5.1.9", libavformat=59)
OLD = FFmpeg("ffmpeg", "4.2.7", libavformat=58)
CAMERA = Camera(id="cam_floor", rtsp_url="rtsp://10.0.0.5/live")
SCALE = "scale=w=trunc(min(854\\,iw)/2)*2:h=-2"
GOP = "-r 15 -g 30 -keyint_min 30 -force_key_frames expr:gte(t,n_forced*2)"
RATE = "-b:v 923k -maxrate 923k -bufsize 923k"

VIDEO = {
    "libx264": f"-vf {SCALE},format=yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -crf 23 "
    f"-maxrate 2154k -bufsize 2154k -sc_threshold 0 {GOP}",
    "h264_nvenc": f"-vf {SCALE},format=yuv420p -c:v h264_nvenc -preset p1 -tune ull -rc cbr -zerolatency 1 -delay 0 "
    f"-bf 0 -forced-idr 1 -no-scenecut 1 {RATE} {GOP}",
    "h264_vaapi": f"-vf {SCALE},format=nv12,hwupload -c:v h264_vaapi -bf 0 {RATE} {GOP}",
    "h264_nvmpi": f"-vf {SCALE},format=yuv420p -c:v h264_nvmpi -preset ultrafast -rc cbr -bf 0 {RATE} {GOP}",
    "h264_v4l2m2m": f"-vf {SCALE},format=yuv420p -c:v h264_v4l2m2m -num_output_buffers 32 -num_capture_buffers 16 "
    f"-bf 0 {RATE} {GOP}",
}


@pytest.mark.parametrize("name", VIDEO)
def test_an_encoder_gets_these_arguments(name: str) -> None:
    arguments = command(NEW, CAMERA, "/run", encoder=name)
    video = arguments[arguments.index("-an") + 1 : arguments.index("-f", arguments.index("-an"))]
    assert " ".join(video) == VIDEO[name]


def test_every_encoder_that_can_be_set_is_known() -> None:
    assert {SOFTWARE, *HARDWARE} == set(VIDEO)
    assert all(LiveStreamSettings.model_validate({"encoder": name}).encoder == name for name in VIDEO)


def test_the_device_is_named_before_the_input() -> None:
    arguments = command(NEW, CAMERA, "/run", encoder="h264_vaapi")
    assert arguments.index("-vaapi_device") < arguments.index("-i")
    assert arguments[arguments.index("-vaapi_device") + 1] == "/dev/dri/renderD128"


def test_an_old_ffmpeg_has_other_presets_for_nvidia() -> None:
    arguments = command(OLD, CAMERA, "/run", encoder="h264_nvenc")
    assert arguments[arguments.index("-preset") + 1] == "llhp"
    assert "-tune" not in arguments


@pytest.mark.parametrize("name", VIDEO)
def test_a_bitrate_holds_for_every_encoder(name: str) -> None:
    arguments = encoder(name, LiveStreamSettings(bitrate=700)).arguments
    assert arguments[arguments.index("-maxrate") + 1] == "700k"
    assert arguments[arguments.index("-bufsize") + 1] == "700k"
