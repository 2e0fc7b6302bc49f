"""The makers of cameras met most, and the addresses of their streams. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brand:
    """A maker: how its cameras call themselves (a pattern), and the path of the substream in rtsp_url."""

    name: str
    called: str
    path: str


# Whoever sells under names of its own is with the one that makes it. First match wins.
BRANDS = (
    Brand("Hikvision", r"hikvision|hiwatch|\bds-[27]|annke|hilook", "/Streaming/Channels/102"),
    Brand("Dahua and Amcrest", r"dahua|amcrest|lorex|imou|\bipc-h|\bdh-", "/cam/realmonitor?channel=1&subtype=1"),
    Brand("Reolink", r"reolink|\brlc-|\brlk", "/h264Preview_01_sub"),
    Brand("TP-Link", r"tp-?link|tapo|vigi", "/stream2"),
    Brand("Axis", r"\baxis\b", "/axis-media/media.amp?resolution=640x360&videocodec=h264"),
    Brand("Uniview", r"uniview|\bunv\b|\bipc\d{3,4}[a-z]", "/media/video2"),
    Brand("Foscam", r"foscam", "/videoSub"),
    Brand("Hanwha", r"hanwha|wisenet|\b[px]n[dovpb]-", "/profile2/media.smp"),
    Brand("Bosch", r"\bbosch\b", "/?inst=2&h26x=4"),
    Brand("Vivotek", r"vivotek", "/live2.sdp"),
    Brand("Xiongmai", r"xiongmai|xmeye|\bxm\b|h264dvr", "/user=admin&password=&channel=1&stream=1.sdp?"),
)

# The path of a main stream, and what makes the substream's of it.
_SUBSTREAMS = (
    (r"(?i)(/streaming/channels/\d{0,2})01\b", r"\g<1>02"),  # Hikvision
    (r"(?i)(/h264/ch\d+)/main/", r"\1/sub/"),  # Hikvision, older
    (r"(?i)(/cam/realmonitor\?.*subtype=)0\b", r"\g<1>1"),  # Dahua
    (r"(?i)/(?:h26[45])?(preview_\d+)_main\b", r"/h264\g<1>_sub"),  # Reolink
    (r"(?i)/stream1$", "/stream2"),  # TP-Link
    (r"(?i)(/axis-media/media\.amp)$", r"\1?resolution=640x360&videocodec=h264"),
    (r"(?i)(/media/video)1\b", r"\g<1>2"),  # Uniview
    (r"(?i)(/unicast/c\d+/s)0(/live)", r"\g<1>1\2"),  # Uniview, recorders
    (r"(?i)/videoMain\b", "/videoSub"),  # Foscam
    (r"(?i)([&_?]stream=)0\b", r"\g<1>1"),  # Xiongmai
    (r"(?i)(/live/ch\d+)_0\b", r"\1_1"),
    (r"(?i)(/ch\d+)_0\.(h264|264)\b", r"\1_1.\2"),
)


def substream(url: str) -> str | None:
    """The path of the smaller stream of a camera whose main stream this is; None where that is not known.

    `url` must be safe to show: the path is part of an advice.
    """
    path = re.sub(r"^[a-z]+://[^/?]*", "", url, flags=re.IGNORECASE)
    for pattern, replacement in _SUBSTREAMS:
        smaller, count = re.subn(pattern, replacement, path)
        if count:
            # What Reolink's paths are written like; the pattern does not care.
            return smaller.replace("/h264preview", "/h264Preview")
    return None


def brand(*words: str) -> Brand | None:
    """The maker of a camera that says these words of itself."""
    text = " ".join(words)
    return next((known for known in BRANDS if re.search(known.called, text, re.IGNORECASE)), None)
