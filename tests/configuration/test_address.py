"""What technicians paste as rtsp_url, and what becomes of it."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.configuration.address import AddressError, parse

WANTED = "must start with rtsp:// or rtsps://"
EXAMPLE = "rtsp://user:password@192.168.1.20:554/stream"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("rtsp://localhost:8554/cam1", "rtsp://localhost:8554/cam1"),
        ("rtsp://192.168.1.20", "rtsp://192.168.1.20"),
        ("RTSPS://cam.local:322/live?channel=1&subtype=1", "rtsps://cam.local:322/live?channel=1&subtype=1"),
        ("rtsp://[fd00::20]:554/live", "rtsp://[fd00::20]:554/live"),
        (" rtsp://10.0.0.5/my stream ", "rtsp://10.0.0.5/my%20stream"),
        ("rtsp://admin:p@ss@10.0.0.5/live", "rtsp://admin:p%40ss@10.0.0.5/live"),
        ("rtsp://admin:a#b/c?d@10.0.0.5/live", "rtsp://admin:a%23b%2Fc%3Fd@10.0.0.5/live"),
        ("rtsp://admin:a%23b%2fc@10.0.0.5/live", "rtsp://admin:a%23b%2fc@10.0.0.5/live"),
        ("rtsp://admin:100%@10.0.0.5/live", "rtsp://admin:100%25@10.0.0.5/live"),
        ("rtsp://admin:12/34@10.0.0.5/live", "rtsp://admin:12%2F34@10.0.0.5/live"),
        ("rtsp://a b:grün:x@cam/live", "rtsp://a%20b:gr%C3%BCn%3Ax@cam/live"),
        ("rtsp://token@10.0.0.5/live", "rtsp://token@10.0.0.5/live"),
        ("rtsp://:1234@10.0.0.5/live", "rtsp://:1234@10.0.0.5/live"),
        ("rtsp://@10.0.0.5/live", "rtsp://10.0.0.5/live"),
        ("rtsp://10.0.0.5:554/live@1", "rtsp://10.0.0.5:554/live@1"),
        ("rtsp://cam:554/live@1", "rtsp://cam:554/live@1"),
        ("rtsp://cam/live?mail=me@shop.example", "rtsp://cam/live?mail=me@shop.example"),
    ],
)
def test_an_address_becomes_what_ffmpeg_takes(typed: str, url: str) -> None:
    address = parse(typed)
    assert (address.source, address.url) == ("rtsp", url)
    assert parse(url) == address


@pytest.mark.parametrize("typed", ["testsrc://", "TESTSRC://"])
def test_the_test_picture_has_an_address(typed: str) -> None:
    assert (parse(typed).source, parse(typed).url) == ("test", "testsrc://")


@pytest.mark.parametrize("typed", ["/dev/video0", "/dev/v4l/by-id/usb-046d_HD_Pro_C920-video-index0"])
def test_a_device_of_this_box_is_a_camera_too(typed: str) -> None:
    assert (parse(typed).source, parse(typed).url, parse(typed).safe_url) == ("device", typed, typed)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", f"{WANTED}, for example {EXAMPLE}"),
        ("192.168.1.20:554/live", f"{WANTED}, for example {EXAMPLE}"),
        ("admin:hunter2@192.168.1.20/live", f"{WANTED}, for example {EXAMPLE}"),
        ("-version", f"{WANTED}, for example {EXAMPLE}"),
        ("; rm -rf /", f"{WANTED}, for example {EXAMPLE}"),
        ("concat:a.ts|b.ts", f"{WANTED}, for example {EXAMPLE}"),
        ("http://admin:hunter2@10.0.0.5/live", f"{WANTED} (got http://)"),
        ("file:///etc/passwd", f"{WANTED} (got file://)"),
        ("rstp://admin:hunter2@10.0.0.5/live", f"{WANTED}; did you mean 'rtsp://'?"),
        ("rtps://10.0.0.5/live", f"{WANTED}; did you mean 'rtsp://'?"),
        ("rtspss://10.0.0.5/live", f"{WANTED}; did you mean 'rtsps://'?"),
        ("rtp://10.0.0.5/live", f"{WANTED}; did you mean 'rtsp://'?"),
        ("rtsp:/10.0.0.5/live", f"{WANTED}; did you mean 'rtsp://'?"),
        ("rtsp//10.0.0.5/live", f"{WANTED}, for example {EXAMPLE}"),
        ("tstsrc://", f"{WANTED}; did you mean 'testsrc://'?"),
        ("testsrc://clock", "must be just testsrc:// for the test picture"),
        ("/dev/sda", "must name a video device like /dev/video0"),
        ("/dev/video0 -y /etc/passwd", "must name a video device like /dev/video0"),
        ("/dev/v4l/by-id/../../sda", "must name a video device like /dev/video0"),
        ("rtsp://", f"has no address of a camera in it; it looks like {EXAMPLE}"),
        ("rtsp://admin:hunter2", f"has no address of a camera in it; it looks like {EXAMPLE}"),
        ("rtsp://$(reboot)/live", f"has no address of a camera in it; it looks like {EXAMPLE}"),
        ("rtsp://192.168.1.300/live", "holds an IP address that does not exist; it looks like 192.168.1.20"),
        ("rtsp://[192.168.1.20]/live", "holds an IP address that does not exist; it looks like 192.168.1.20"),
        ("rtsp://10.0.0.5:99999/live", "has a port that does not exist; RTSP cameras mostly use 554"),
        ("rtsp://10.0.0.5/" + "a" * 2048, "is longer than 2048 characters"),
        (
            "rtsp://10.0.0.5/live\n-i /etc/passwd",
            "holds a line break or another character that cannot be printed; write it on one line",
        ),
        (
            "rtsp://10.0.0.5/\0",
            "holds a line break or another character that cannot be printed; write it on one line",
        ),
    ],
)
def test_what_cannot_be_opened_is_refused_with_advice(typed: str, message: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse(typed)
    assert str(refused.value) == message


def test_people_see_an_address_without_its_login() -> None:
    address = parse("rtsp://admin:p@ss@10.0.0.5:554/live")
    assert address.safe_url == "rtsp://10.0.0.5:554/live"
    assert "p@ss" not in repr(address)
    assert "p%40ss" not in repr(address)


def test_the_secrets_are_the_login_and_its_password_in_every_form_the_longest_first() -> None:
    secrets = parse("rtsp://admin:p@ss@10.0.0.5/live").secrets
    assert secrets == ("admin:p%40ss", "admin:p@ss", "p%40ss", "p@ss")


def test_a_short_password_is_a_secret_only_together_with_its_user() -> None:
    assert parse("rtsp://admin:1@10.0.0.5/live").secrets == ("admin:1",)


def test_a_user_alone_may_be_a_token() -> None:
    assert parse("rtsp://f3a9@10.0.0.5/live").secrets == ("f3a9@",)


@pytest.mark.parametrize(
    ("typed", "safe_url"),
    [
        (
            "rtsp://10.0.0.5/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp",
            "rtsp://10.0.0.5/user=***_password=***_channel=1_stream=0.sdp",
        ),
        (
            "rtsp://10.0.0.5/live?username=admin&password=tlJwpbo6&channel=1",
            "rtsp://10.0.0.5/live?username=***&password=***&channel=1",
        ),
    ],
)
def test_a_login_in_the_path_is_hidden_too(typed: str, safe_url: str) -> None:
    assert (parse(typed).safe_url, parse(typed).secrets) == (safe_url, ("tlJwpbo6",))


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for typed in (text, f"rtsp://{text}", f"rtsp://{text}@cam.local/live"):
        try:
            address = parse(typed)
        except AddressError:
            continue
        assert parse(address.url) == address
        assert address.url.isascii()
        assert address.url.isprintable()


# Percent signs as such are left out: %41 means A, also where somebody meant it literally.
PASSWORDS = st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="%"), min_size=4, max_size=20)


@given(PASSWORDS)
def test_an_encoded_password_reaches_the_camera_and_is_never_shown(password: str) -> None:
    address = parse(f"rtsp://admin:{quote(password, safe='')}@192.168.1.20:554/live")
    assert unquote(urlsplit(address.url).password or "") == password
    assert address.safe_url == "rtsp://192.168.1.20:554/live"
    assert password in address.secrets


# What looks like ".../" or ".@" in a password may be taken for the camera's name: those have to be encoded.
@given(PASSWORDS.filter(lambda password: "." not in password and "[" not in password))
def test_a_password_pasted_as_it_is_reaches_the_camera(password: str) -> None:
    address = parse(f"rtsp://admin:{password}@192.168.1.20:554/live")
    assert unquote(urlsplit(address.url).password or "") == password
