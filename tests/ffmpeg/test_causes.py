"""What FFmpeg says becomes a cause and an advice, for every message that was seen of FFmpeg 4.2, 5.1, 7.0 and 9.0."""

from __future__ import annotations

import pytest

from uploader.ffmpeg.causes import (
    CLOSED,
    CRASHES_ON_NAMES,
    LOGIN_NO_MORE,
    NO_RTSP,
    SILENT,
    SILENT_AFTER,
    WRONG_LOGIN,
    Kind,
    cause,
)

RTSP = "[rtsp @ 0x55d] [error]"
NINE = "[in#0 @ 0x55d] [error]"

# What was printed, and how the reason begins. What is in brackets only FFmpeg 9.0 prints so.
SAID = {
    f"{RTSP} method DESCRIBE failed: 401 Unauthorized": "The camera refused the login (401).",
    f"{NINE} method DESCRIBE failed: 401 (Unauthorized)": "The camera refused the login (401).",
    "[error] rtsp://x/live: Server returned 401 Unauthorized (authorization failed)": "The camera refused the login",
    f"{RTSP} method DESCRIBE failed: 403 Forbidden": "The camera user may not view this stream (403).",
    f"{NINE} method DESCRIBE failed: 403 (Forbidden)": "The camera user may not view this stream (403).",
    f"{RTSP} method DESCRIBE failed: 404 Not Found": "The camera answers, but the path in rtsp_url does not exist",
    f"{NINE} method DESCRIBE failed: 404 (Not Found)": "The camera answers, but the path in rtsp_url does not exist",
    f"{RTSP} method SETUP failed: 453 Not Enough Bandwidth": "The camera refuses another viewer (453).",
    f"{NINE} method SETUP failed: 453 (Not Enough Bandwidth)": "The camera refuses another viewer (453).",
    f"{RTSP} method DESCRIBE failed: 503 Service Unavailable": "The camera is too busy for another viewer (503).",
    f"{RTSP} method SETUP failed: 461 Unsupported Transport": "The camera does not offer this way of transport (461).",
    f"{RTSP} method DESCRIBE failed: 400 Bad Request": "The camera does not understand the request (400).",
    f"{RTSP} method DESCRIBE failed: 500 Internal Server Error": "The camera reports a fault of its own (5xx).",
    "[tcp @ 0x1] [error] Failed to resolve hostname cam.shop: Name or service not known": "The camera's name is",
    "[tcp @ 0x1] Connection to tcp://10.0.0.5:554?timeout=0 failed: Connection refused": "A device answers at",
    "[error] rtsp://10.0.0.5/live: No route to host": "Nothing answers at the camera's address.",
    "[error] rtsp://10.0.0.5/live: Network is unreachable": "This box has no network.",
    "[error] rtsp://10.0.0.5/live: Connection timed out": "The camera does not answer.",
    "[tcp @ 0x1] [error] Connection to tcp://10.0.0.5:554 failed: Connection timed out": "The camera does not answer.",
    f"{NINE} Failed reading RTSP data: Connection timed out": "The camera takes the call and does not answer.",
    "[rtsp @ 0x1] Port missing in uri": "The address in rtsp_url cannot be read.",
    f"{RTSP} method PLAY failed: 455 Method Not Valid in This State": "The camera's stream has no video.",
    "[fatal] Stream map '0:v:0' matches no streams.": "The camera's stream has no video.",
    f"{RTSP} Could not find codec parameters for stream 0 (Video: h264)": "The camera accepts the",
    "[error] rtsp://10.0.0.5/live: Invalid data found when processing input": "What answers at that",
    "[fatal] Unrecognized option 'stimeout'.": "This FFmpeg does not know an option that is needed.",
    "[fatal] Unable to open RTSP for listening": "This FFmpeg does not know an option that is needed.",
    "[fatal] Unknown encoder 'libx264'": "This FFmpeg cannot convert what the camera sends.",
    "[libx264 @ 0x1] [error] width not divisible by 2 (853x480)": "The width of the picture must be even.",
    "[error] av_interleaved_write_frame(): No space left on device": "The box has no room left for segments.",
    "[hls @ 0x1] [error] Failed to open file '/run/x/3.ts'": "Segments cannot be written.",
    "[tls @ 0x1] [error] error:0A00010B:SSL routines::wrong version number": "The camera's encryption (rtsps) does not",
    "[video4linux2 @ 0x1] [error] ioctl(VIDIOC_STREAMON): Device or resource busy": "Another program uses this video",
    "[error] /dev/video0: Permission denied": "This user may not open the video device.",
    "[error] /dev/video0: No such file or directory": "There is no such video device.",
    "[error] rtsp://10.0.0.5/live: Connection reset by peer": "The camera cut the connection off.",
    "[error] malloc of size 921600 failed: Cannot allocate memory": "The box has no memory left.",
}


@pytest.mark.parametrize("line", SAID, ids=lambda line: line[-40:])
def test_every_message_has_words_of_its_own(line: str) -> None:
    why = cause(["[warning] something else before", line, "[fatal] Error opening input files"], 1)
    assert why.reason.startswith(SAID[line])
    assert why.advice


def test_what_the_camera_answered_counts_more_than_what_followed_from_it() -> None:
    lines = [f"{RTSP} method SETUP failed: 461 Unsupported Transport", "[error] rtsp://x/live: Protocol not supported"]
    assert "461" in cause(lines, 1).reason


@pytest.mark.parametrize(
    "line",
    [
        "[warning] DTS 401403404, next:453461503 st:0 invalid dropping",
        "[h264 @ 0x401] concealing 404 DC, 404 AC, 404 MV errors in P frame",
        "[tcp @ 0x1] [warning] port 5503, size 461",
    ],
)
def test_a_number_in_a_line_is_no_answer_of_the_camera(line: str) -> None:
    assert cause([line], 0) == CLOSED


@pytest.mark.parametrize(
    ("brand", "path"),
    [
        ("Hikvision", "/Streaming/Channels/102"),
        ("Dahua", "subtype=1"),
        ("Reolink", "/h264Preview_01_sub"),
        ("TP-Link", "/stream2"),
        ("Axis", "/axis-media/media.amp"),
    ],
)
def test_a_wrong_path_is_answered_with_the_right_one_of_each_brand(brand: str, path: str) -> None:
    advice = cause([f"{RTSP} method DESCRIBE failed: 404 Not Found"], 1).advice
    assert brand in advice
    assert path in advice


@pytest.mark.parametrize("said", ["Failed to resolve hostname 10.0.0.5#x", "Port missing in uri"])
def test_a_login_that_breaks_the_address_is_to_be_written_apart_from_it(said: str) -> None:
    advice = cause([said], 1).advice
    assert "'username' and 'password'" in advice
    assert advice.index("'password'") < advice.index("%23")


def test_a_login_that_was_good_before_is_more_likely_one_viewer_too_many() -> None:
    lines = [f"{RTSP} method DESCRIBE failed: 401 Unauthorized"]
    assert cause(lines, 1) == WRONG_LOGIN
    assert cause(lines, 1, accepted=True) == LOGIN_NO_MORE
    assert "too many viewers" in LOGIN_NO_MORE.advice


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("method DESCRIBE failed: 401 Unauthorized", Kind.REFUSED),
        ("method DESCRIBE failed: 404 Not Found", Kind.PASSING),
        ("method SETUP failed: 453 Not Enough Bandwidth", Kind.BUSY),
        ("rtsp://x/live: Connection refused", Kind.UNREACHABLE),
        ("rtsp://x/live: No route to host", Kind.UNREACHABLE),
        ("rtsp://x/live: Connection timed out", Kind.UNREACHABLE),
        ("Failed to resolve hostname cam.shop", Kind.PASSING),
    ],
)
def test_a_cause_says_what_it_means_for_the_next_try(said: str, kind: Kind) -> None:
    assert cause([said], 1).kind is kind


def test_a_clean_exit_is_a_camera_that_hung_up() -> None:
    assert cause([], 0) == CLOSED


@pytest.mark.parametrize(("host", "crashes"), [("cam.shop", True), ("10.0.0.5", False), ("fe80::1", False)])
def test_a_static_ffmpeg_that_crashes_on_a_name_is_told(host: str, *, crashes: bool) -> None:
    assert (cause([], -11, host=host) == CRASHES_ON_NAMES) is crashes


def test_a_signal_and_a_riddle_are_told_as_they_are() -> None:
    assert cause([], -9).reason == "FFmpeg was ended by signal 9."
    assert "exit status 7" in cause(["what?"], 7).reason


def test_an_answer_that_never_comes_is_not_called_nonsense() -> None:
    lines = ["[error] rtsp://10.0.0.5/live: Invalid data found when processing input"]
    assert cause(lines, 1, lasted=0.2) == NO_RTSP
    assert cause(lines, 1, lasted=SILENT_AFTER + 0.3) == SILENT
