"""What a box gives away when it is stolen or overheard."""

from __future__ import annotations

import base64
import json
import logging

import pytest

from uploader.configuration.environment import Supabase
from uploader.storage.credentials import signed_in
from uploader.storage.exposure import is_all_powerful, is_overheard


def token(claims: object) -> str:
    return f"eyJ.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.sig"


@pytest.mark.parametrize(
    ("key", "powerful"),
    [
        ("sb_secret_0123", True),
        (token({"role": "service_role"}), True),
        (token({"role": "anon"}), False),
        (token(["service_role"]), False),
        ("sb_publishable_0123", False),
        ("a.b.c", False),
        ("a.ü.c", False),
    ],
)
def test_a_key_that_may_do_everything_is_known(key: str, powerful: bool) -> None:
    assert is_all_powerful(key) is powerful


@pytest.mark.parametrize(
    ("url", "overheard"),
    [
        ("http://abcdefgh.supabase.co", True),
        ("http://8.8.8.8:8000", True),
        ("http://[2606:4700::1111]", True),
        ("https://abcdefgh.supabase.co", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://192.168.1.9:8000", False),
        ("http://10.0.0.1", False),
        ("http://100.64.0.7", False),
        ("http://[fe80::1]", False),
        ("http://localhost:8000", False),
        ("http://kong:8000", False),
        ("http://supabase.local", False),
    ],
)
async def test_a_key_in_the_clear_is_told_once_where_strangers_can_hear_it(
    url: str, overheard: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert is_overheard(url) is overheard
    with caplog.at_level(logging.WARNING):
        async with signed_in(Supabase(url, "sb_publishable_0123"), "location_1") as credentials:
            credentials.replace(Supabase(url, "sb_publishable_4567"))
    told = [record.message for record in caplog.records]
    assert (
        told == ["SUPABASE_URL begins with http://: everybody on the way can read the key. Use https://."] * overheard
    )
