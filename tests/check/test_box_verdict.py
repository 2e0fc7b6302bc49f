"""What is said of the box, word by word: settings, FFmpeg, clock, key, disk."""

from __future__ import annotations

import pytest

from tests.check.spoken import said
from uploader.check import box_verdict
from uploader.configuration.cameras import parse
from uploader.configuration.environment import Environment, Supabase
from uploader.ffmpeg.command import FFmpeg

SERVICE_KEY = "sb_secret_0123456789"


def test_mistakes_in_the_files_come_with_their_lines_and_the_good_cameras_are_counted() -> None:
    file = parse('- id: a\n  rtsp_url: "testsrc://"\n- id: b\n  rtsp_url: "rstp://10.0.0.5/live"\n')
    assert said(box_verdict.cameras(file, [".env:2: LOCATION_ID: has no end quote."])) == [
        "✗ cameras.yaml:4: camera 'b': rtsp_url must start with rtsp:// or rtsps://; did you mean 'rtsp://'?",
        "✗ .env:2: LOCATION_ID: has no end quote.",
        "✓ 1 camera to stream.",
    ]
    off = parse('[{id: a, rtsp_url: "testsrc://"}, {id: b, rtsp_url: "testsrc://", enabled: false}]')
    assert said(box_verdict.cameras(off, [])) == ["✓ 1 camera to stream, 1 not."]
    assert said(box_verdict.cameras(parse('- {id: a, rtsp_url: "testsrc://", enabled: false}'), [])) == [
        "! No camera is switched on for streaming. Set 'enabled: true' for at least one."
    ]
    assert said(box_verdict.readers(["cameras.yaml", ".env"])) == [
        (
            "! Every user of this box can read the passwords in cameras.yaml .env. "
            "To keep them: chmod o-r cameras.yaml .env"
        )
    ]
    assert box_verdict.readers([]) == []


def test_the_encoder_is_told() -> None:
    assert said(box_verdict.ffmpeg(FFmpeg("/usr/bin/ffmpeg", "5.1.9", 59), "libx264", frames=False)) == [
        "✓ FFmpeg 5.1.9 at /usr/bin/ffmpeg.",
        "✓ Pictures are converted by the processor (libx264): the box has no chip for it that works.",
    ]
    assert said(box_verdict.ffmpeg(FFmpeg("ffmpeg", "6.0", 60), "h264_vaapi", frames=False))[1] == (
        "✓ Pictures are converted by the box's own chip (h264_vaapi)."
    )


def test_frames_that_cannot_be_webp_are_told_to_those_who_ask_for_frames() -> None:
    without, able = FFmpeg("ffmpeg", "6.0", 60), FFmpeg("ffmpeg", "6.0", 60, makes_webp=True)
    assert said(box_verdict.ffmpeg(without, "libx264", frames=True))[2:] == [
        (
            "! This FFmpeg makes no WebP: the frames of frames_every are JPEGs (.jpg), and larger. "
            "An FFmpeg with libwebp makes WebP: 'sudo apt install ffmpeg' brings one."
        )
    ]
    assert len(said(box_verdict.ffmpeg(able, "libx264", frames=True))) == 2
    assert len(said(box_verdict.ffmpeg(without, "libx264", frames=False))) == 2


SYNCHRONISE = "Switch it on: sudo timedatectl set-ntp true; a firewall must let UDP port 123 out."


@pytest.mark.parametrize(
    ("synchronised", "ahead", "words"),
    [
        (True, 0.4, "✓ The clock agrees with the store's."),
        (False, -1.9, "✓ The clock agrees with the store's."),
        (True, None, "✓ The clock is kept right from the network."),
        (False, None, f"! The clock is not kept right from the network (NTP). {SYNCHRONISE}"),
        (
            None,
            None,
            "✓ This system does not say whether its clock is right; a test picture (testsrc://) shows it.",
        ),
        (True, 7.0, "! The clock is 7 seconds ahead. Viewers see wrong times. It is being set at the moment."),
        (None, -20.0, f"! The clock is 20 seconds behind. Viewers see wrong times. {SYNCHRONISE}"),
        (
            False,
            -86400.0 * 9000,
            f"✗ The clock is 9000 days behind. Certificates and sign-ins may be refused. {SYNCHRONISE}",
        ),
    ],
)
def test_the_clock(synchronised: bool | None, ahead: float | None, words: str) -> None:
    assert said(box_verdict.clock(synchronised=synchronised, ahead=ahead)) == [words]


def test_a_key_that_opens_everything_is_a_warning_with_a_way_out() -> None:
    url = "https://abc.supabase.co"
    assert box_verdict.key(Supabase(url, "sb_publishable_1")) == []
    assert said(box_verdict.key(Supabase(url, SERVICE_KEY))) == [
        (
            "! SUPABASE_KEY may do everything in the project; whoever takes this box has it. "
            "Give the box a user of its own: 'Least privilege in five steps' in the README."
        )
    ]
    assert said(box_verdict.key(Supabase(url, SERVICE_KEY, email="b@b.example", password="x"))) == [
        (
            "! SUPABASE_KEY may do everything in the project; whoever takes this box has it. "
            "The publishable key is enough for this box."
        )
    ]
    assert said(box_verdict.key(Supabase("http://abc.supabase.co", "sb_publishable_1"))) == [
        "! SUPABASE_URL begins with http://: everybody on the way can read the key. Use https://."
    ]


def test_who_can_reach_the_pages_is_told() -> None:
    reached = "✓ The worker's pages can be reached from"
    assert said(box_verdict.pages(Environment())) == [f"{reached} this box only."]
    assert said(box_verdict.pages(Environment(token="0123456789abcdef"))) == [f"{reached} this box only, with a token."]
    assert said(box_verdict.pages(Environment(host="192.168.1.20"))) == [
        (
            f"{reached} beyond this box (STOREFEED_HOST=192.168.1.20, port 8000), with a token: one that the worker "
            "makes. 'python live_stream.py link' shows the link for a phone."
        )
    ]
    given = said(box_verdict.pages(Environment(host="::", token="0123456789abcdef")))
    assert "with a token: STOREFEED_TOKEN." in given[0]
    assert "0123456789abcdef" not in given[0]


def test_little_room_on_the_disk_is_told_before_it_is_none() -> None:
    begins = "Neither SUPABASE_URL nor SUPABASE_KEY is set: the worker's own store is used, in /data,"
    assert said(box_verdict.own_store("/data", 81_900_000_000)) == [f"✓ {begins} 81.9 GB free."]
    assert said(box_verdict.own_store("/data", 300_000_000)) == [
        f"! {begins} 300 MB free: that is little. Free some disk."
    ]
    assert said(box_verdict.own_store("/data", 9_000_000)) == [
        f"✗ {begins} 9 MB free: too little. Free some disk, or choose another: STOREFEED_DATA=/path."
    ]
