"""What is said of a camera, word by word."""

from __future__ import annotations

import pytest

from tests.check.spoken import said
from uploader.check import camera_verdict
from uploader.check.camera_verdict import Known
from uploader.configuration.cameras import Camera
from uploader.ffmpeg.causes import WRONG_LOGIN, Cause, Kind
from uploader.source.media import Audio, Media, Video


def video(**other: object) -> Video:
    good = {"codec": "h264", "width": 640, "height": 360, "profile": "High", "pixels": "yuv420p", "fps": 14.96}
    return Video(**{**good, "keyframe_interval": 2.0, "reordered": False, "kbits": 512.4, **other})  # type: ignore[arg-type]


def camera(path: str = "/live", **settings: object) -> Camera:
    return Camera.model_validate({"id": "a", "rtsp_url": f"rtsp://10.0.0.5{path}", "settings": settings})


def test_a_copied_camera_needs_what_it_sends_and_a_converted_one_what_is_made_of_it() -> None:
    sound = Audio("pcm_alaw", 8000, 64.0)
    assert camera_verdict.needed(camera(), Media(video(), sound), 6.0) == 512.4
    assert camera_verdict.needed(camera(audio=True), Media(video(), sound), 6.0) == 576.4
    assert camera_verdict.needed(camera(), Media(video(codec="hevc")), 6.0) == 923
    assert camera_verdict.needed(camera(bitrate=300), Media(video(codec="hevc")), 6.0) == 300


@pytest.mark.parametrize(
    ("looked_at", "sends", "words"),
    [
        (camera(), video(), ["✓ The camera's own H.264 fits and is sent as it is."]),
        (
            camera(),
            video(codec="hevc", profile="Main"),
            ["! The camera sends H.265; converted for browsers. Choosing H.264 on the camera saves CPU."],
        ),
        (
            camera(),
            video(keyframe_interval=10.0),
            [
                (
                    "! The camera sends a keyframe every 10 s; converted, because segments begin with one. A keyframe "
                    "(I-frame) interval of 2 s on the camera, and Smart Codec or H.264+ off, saves CPU."
                )
            ],
        ),
        (
            camera(),
            video(keyframe_interval=None),
            [
                (
                    "! The camera sends a keyframe less often than every 2 s; converted, because segments begin "
                    "with one. A keyframe (I-frame) interval of 2 s on the camera, and Smart Codec or H.264+ off, "
                    "saves CPU."
                )
            ],
        ),
        (
            camera("/Streaming/Channels/101"),
            video(width=1920, height=1080),
            [
                (
                    "! The camera's picture is 1920 pixels wide, 854 are asked for; made smaller. The camera's "
                    "substream, or target_width: 1920, saves CPU. It mostly is at /Streaming/Channels/102 in rtsp_url."
                )
            ],
        ),
        (
            camera(),
            video(fps=5.0),
            [
                "✓ The camera's own H.264 fits and is sent as it is.",
                (
                    "! It sends 5 frames per second, 15 are asked for. "
                    "Raise the frame rate on the camera, or write target_fps: 5."
                ),
            ],
        ),
        (camera(rotate=90), video(), ["✓ The picture is turned by 90 degrees."]),
        (camera(video="transcode"), video(), ["✓ settings.video is 'transcode'."]),
        (
            camera(audio=True),
            video(),
            [
                "✓ The camera's own H.264 fits and is sent as it is.",
                "! It announces sound and sends none. Switch its microphone on, or remove 'audio: true'.",
            ],
        ),
    ],
)
def test_a_camera_and_how_its_picture_goes_out(looked_at: Camera, sends: Video, words: list[str]) -> None:
    media = Media(sends, Audio("pcm_alaw", 8000, 0.0))
    assert said(camera_verdict.seen(looked_at, media, 6.0, "libx264"))[1:] == words


def test_what_a_camera_sends_stands_in_one_line() -> None:
    heard = Media(video(reordered=True), Audio("pcm_mulaw", 8000, 64.0))
    assert said(camera_verdict.seen(camera(), heard, 6.0, "libx264"))[0] == (
        "✓ It sends H.264 High, 640x360, 15 fps, 512 kbit/s, a keyframe every 2 s, B-frames; sound G.711."
    )
    silent = Media(video(), Audio("aac", 8000, 0.0))
    assert "; sound AAC (announced, none comes)." in said(camera_verdict.seen(camera(), silent, 6.0, "libx264"))[0]
    assert said(camera_verdict.seen(camera(), Media(), 6.0, "libx264")) == [
        "✗ The camera's stream has no video. Check the path in rtsp_url."
    ]
    gone = Cause("Nothing answers.", "Is it on?", Kind.UNREACHABLE)
    assert said([camera_verdict.unreachable(gone)]) == [
        "✗ Nothing answers. Is it on? 'live_stream.py discover' looks for cameras on this network."
    ]
    assert said([camera_verdict.unreachable(WRONG_LOGIN)]) == [
        (
            "✗ The camera refused the login (401). "
            "Check user and password; if they are right, the camera may have too many viewers."
        )
    ]


def test_what_a_running_worker_knows_is_taken_over() -> None:
    live = Known("live", mode="copy", why="The camera's own H.264 fits and is sent as it is.", camera="H.264, 640x360")
    assert said(camera_verdict.running(live)) == [
        "✓ The running worker says: live, H.264, 640x360.",
        "✓ The camera's own H.264 fits and is sent as it is.",
    ]
    refused = Known("not_uploading", "The store does not accept the key.", "Copy it again.")
    assert said(camera_verdict.running(refused)) == [
        "✗ The running worker says: not uploading. The store does not accept the key. Copy it again."
    ]
    assert said(camera_verdict.running(Known("starting"))) == ["! The running worker says: starting."]
