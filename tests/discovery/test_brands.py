"""The substream of a camera is found from its main stream's address."""

from __future__ import annotations

import pytest

from uploader.configuration.address import parse
from uploader.discovery.brands import BRANDS, brand, substream


@pytest.mark.parametrize(
    ("main", "smaller"),
    [
        ("/Streaming/Channels/101", "/Streaming/Channels/102"),
        ("/Streaming/Channels/1601", "/Streaming/Channels/1602"),
        ("/h264/ch1/main/av_stream", "/h264/ch1/sub/av_stream"),
        ("/cam/realmonitor?channel=3&subtype=0", "/cam/realmonitor?channel=3&subtype=1"),
        ("/h264Preview_01_main", "/h264Preview_01_sub"),
        ("/h265Preview_02_main", "/h264Preview_02_sub"),
        ("/Preview_01_main", "/h264Preview_01_sub"),
        ("/stream1", "/stream2"),
        ("/axis-media/media.amp", "/axis-media/media.amp?resolution=640x360&videocodec=h264"),
        ("/media/video1", "/media/video2"),
        ("/unicast/c1/s0/live", "/unicast/c1/s1/live"),
        ("/videoMain", "/videoSub"),
        (
            "/user=admin&password=hidden&channel=1&stream=0.sdp?",
            "/user=***&password=***&channel=1&stream=1.sdp?",
        ),
        ("/Streaming/Channels/102", None),
        ("/live", None),
        ("", None),
    ],
)
def test_the_substream(main: str, smaller: str | None) -> None:
    assert substream(parse(f"rtsp://admin:secret@10.0.0.5:554{main}").safe_url) == smaller


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("HIKVISION DS-2CD2143G0-I",), "Hikvision"),
        (("Amcrest", "IP8M"), "Dahua and Amcrest"),
        (("IPC-HFW2431S",), "Dahua and Amcrest"),
        (("RLC-810A",), "Reolink"),
        (("Tapo C200",), "TP-Link"),
        (("AXIS M3045-V",), "Axis"),
        (("taxis",), None),
        ((), None),
    ],
)
def test_the_maker_is_known_by_what_a_camera_says_of_itself(words: tuple[str, ...], name: str | None) -> None:
    found = brand(*words)
    assert (found.name if found else None) == name


def test_every_makers_path_makes_a_good_address() -> None:
    assert all(parse(f"rtsp://10.0.0.5:554{known.path}").url.endswith(known.path[-4:]) for known in BRANDS)
