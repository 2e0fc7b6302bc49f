"""What is said of which facts, word by word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from uploader.check import box_verdict, camera_verdict, store_verdict
from uploader.check.camera_verdict import Known
from uploader.check.finding import (
    MARKS,
    PLAIN,
    Section,
    Style,
    conclusion,
    document,
    fine,
    problem,
    text,
    warning,
    worst,
)
from uploader.check.store_verdict import RoundTrip, Uplink
from uploader.configuration.cameras import Camera, parse
from uploader.configuration.environment import Environment, Supabase
from uploader.ffmpeg.causes import WRONG_LOGIN, Cause, Kind
from uploader.ffmpeg.command import FFmpeg
from uploader.source.media import Audio, Media, Video

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uploader.check.finding import Finding

HEADERS = {"cache-control": "max-age=0, no-store", "access-control-allow-origin": "*"}
SERVICE_KEY = "sb_secret_0123456789"


def said(findings: Sequence[Finding]) -> list[str]:
    """Each finding on a line, with its mark and its advice."""
    return [" ".join(filter(None, (MARKS[f.level], f.text, f.advice))) for f in findings]


def trip(**other: object) -> RoundTrip:
    good = {"write": 0.0841, "read": 0.022, "list": 0.03, "remove": 0.04, "status": 200, "headers": HEADERS}
    return RoundTrip(**{**good, "intact": True, "listed": True, "removed": True, **other})  # type: ignore[arg-type]


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


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (trip(), ["✓ A playlist below shop/: written in 84 ms, read in 22 ms, listed in 30 ms, removed in 40 ms."]),
        (
            trip(status=400),
            [
                (
                    "✗ Uploads work, but viewers are refused (400): the bucket is private. Make it public in the "
                    "Supabase dashboard, or set SUPABASE_BUCKET_PRIVATE=true if only signed-in viewers shall watch."
                )
            ],
        ),
        (trip(intact=False), ["✗ Viewers get something else than was written. Is a proxy or a login page in between?"]),
        (
            trip(headers={"cache-control": "max-age=3600"}),
            [
                (
                    "! Playlists reach viewers without 'no-store', so browsers may show an old picture. Something "
                    "between the store and viewers changes Cache-Control: take it away, or switch it off there."
                ),
                (
                    "! Pages on other sites may not read the stream (CORS). "
                    "Allow all origins at the gateway in front of the store."
                ),
            ],
        ),
        (
            trip(listed=False),
            [
                (
                    "! What is written below shop/ is not listed: what an earlier run left could not be found. "
                    "Run scripts/supabase.sql in the project: the policy for SELECT is missing."
                )
            ],
        ),
        (
            trip(removed=False),
            [
                (
                    "! What is written below shop/ is not removed: the bucket would fill. "
                    "Run scripts/supabase.sql in the project: the policy for DELETE is missing."
                )
            ],
        ),
    ],
)
def test_a_round_trip(made: RoundTrip, words: list[str]) -> None:
    assert said(store_verdict.round_trip(made, "shop")) == words


def test_in_a_private_bucket_the_box_itself_is_the_viewer() -> None:
    assert said(store_verdict.round_trip(trip(status=400), "shop", private=True)) == [
        "✗ The box may write, but not read (400). Run scripts/supabase.sql in the project."
    ]


def test_a_box_that_may_write_elsewhere_is_a_warning() -> None:
    assert said(store_verdict.elsewhere(stored=False)) == ["✓ The box cannot write outside its location."]
    assert said(store_verdict.elsewhere(stored=True))[0].startswith("! This box may write into the locations of others")


LESS = "Stream fewer cameras, or set a smaller settings.bitrate, target_width or target_fps."


def test_the_uplink_is_told_in_cameras() -> None:
    measured = Uplink(4_000_000, 6.4)  # 5 Mbit/s
    assert said(store_verdict.uplink(measured, [922.0] * 6)) == [
        "✓ The uplink took 4.0 MB at 5.0 Mbit/s. It carries about 4 cameras of this kind."
    ]
    assert said(store_verdict.uplink(Uplink(1_000_000, 5.0), [922.0])) == [
        "✓ The uplink took 1.0 MB at 1.6 Mbit/s. It carries about 1 camera of this kind."
    ]
    assert said(store_verdict.uplink(Uplink(200_000, 5.0), [922.0])) == [
        f"✗ The uplink took 0.2 MB at 320 kbit/s. It carries no camera of this kind. {LESS}"
    ]
    assert said(store_verdict.uplink(measured, [])) == ["✓ The uplink took 4.0 MB at 5.0 Mbit/s."]


def test_the_cameras_together_are_held_against_the_uplink() -> None:
    measured = Uplink(4_000_000, 6.4)
    begins = "about {} of the uplink's 5.0 Mbit/s"
    assert said(store_verdict.together(measured, [500.0])) == [f"✓ The camera needs {begins.format('540 kbit/s')}."]
    assert said(store_verdict.together(measured, [2000.0] * 2)) == [
        (
            f"! All 2 cameras together need {begins.format('4.3 Mbit/s')}: "
            f"too close, when much moves in the picture. {LESS}"
        )
    ]
    assert said(store_verdict.together(measured, [2000.0] * 3)) == [
        f"✗ All 3 cameras together need {begins.format('6.5 Mbit/s')}: more than there is. {LESS}"
    ]


def test_a_copied_camera_needs_what_it_sends_and_a_converted_one_what_is_made_of_it() -> None:
    sound = Audio("pcm_alaw", 8000, 64.0)
    assert camera_verdict.needed(camera(), Media(video(), sound), 6.0) == 512.4
    assert camera_verdict.needed(camera(audio=True), Media(video(), sound), 6.0) == 576.4
    assert camera_verdict.needed(camera(), Media(video(codec="hevc")), 6.0) == 923
    assert camera_verdict.needed(camera(bitrate=300), Media(video(codec="hevc")), 6.0) == 300


def video(**other: object) -> Video:
    good = {"codec": "h264", "width": 640, "height": 360, "profile": "High", "pixels": "yuv420p", "fps": 14.96}
    return Video(**{**good, "keyframe_interval": 2.0, "reordered": False, "kbits": 512.4, **other})  # type: ignore[arg-type]


def camera(path: str = "/live", **settings: object) -> Camera:
    return Camera.model_validate({"id": "a", "rtsp_url": f"rtsp://10.0.0.5{path}", "settings": settings})


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


def test_a_finding_for_people_hides_secrets_and_indents_what_to_do() -> None:
    section = Section("Floor", [fine("Good."), problem("p4ss is wrong.", "Write another\nthan p4ss.")])
    assert text(section, Style(PLAIN), lambda words: words.replace("p4ss", "***")) == (
        "Floor\n  ok Good.\n  XX *** is wrong.\n     Write another\n     than ***.\n"
    )
    assert "\x1b[31m✗\x1b[0m p4ss" in text(section, Style(MARKS, colours=True), str)


def test_a_finding_for_programs_hides_secrets_too() -> None:
    section = Section("Floor", [problem('a"p4ss', "p4ss", size=3)], camera="cam")
    shown = document([section], lambda words: words.replace("p4ss", "***"))
    assert json.loads(json.dumps(shown)) == {
        "version": 1,
        "result": "problem",
        "sections": [
            {
                "title": "Floor",
                "camera": "cam",
                "findings": [{"level": "problem", "text": 'a"***', "advice": "***", "figures": {"size": 3}}],
            }
        ],
    }


def test_the_worst_finding_is_the_exit_status_and_all_are_counted() -> None:
    good, odd, bad = fine("a"), warning("b"), problem("c")
    assert [worst([Section("", list(found))]) for found in ([good], [good, odd], [odd, bad, good], [])] == [0, 1, 2, 0]
    assert conclusion([Section("", [good])]) == "Everything is fine."
    assert conclusion([Section("", [bad, odd]), Section("", [bad])]) == "2 problems and 1 warning."
