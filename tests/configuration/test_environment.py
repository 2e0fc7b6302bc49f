"""The environment: read once, mistakes in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from uploader.configuration import environment
from uploader.errors import InputError

PROJECT = {"SUPABASE_URL": "https://abc.supabase.co/", "SUPABASE_KEY": "sb_secret_0123456789"}
ACCOUNT = {"SUPABASE_EMAIL": "box-1@boxes.example", "SUPABASE_PASSWORD": "horse 0123456789"}


def test_an_empty_environment_means_the_store_that_comes_with_the_worker() -> None:
    read = environment.read({})
    assert read == environment.Environment()
    assert (read.bucket, read.location, read.port) == ("streams", "location_1", 8000)


def test_a_project_is_taken_from_two_variables() -> None:
    read = environment.read({**PROJECT, "SUPABASE_ACCESS_TOKEN": "eyJ.a.b"})
    assert read.supabase == environment.Supabase("https://abc.supabase.co", "sb_secret_0123456789", "eyJ.a.b")
    assert read.secrets == ("sb_secret_0123456789", "eyJ.a.b")


def test_a_box_may_have_a_user_of_its_own() -> None:
    read = environment.read({**PROJECT, **ACCOUNT})
    assert read.supabase is not None
    assert (read.supabase.email, read.supabase.password) == ("box-1@boxes.example", "horse 0123456789")
    assert read.secrets == ("sb_secret_0123456789", "horse 0123456789")


def test_what_is_read_never_shows_its_secrets() -> None:
    assert "0123456789" not in repr(environment.read({**PROJECT, **ACCOUNT}))
    assert "0123456789" not in repr(environment.read({**PROJECT, "SUPABASE_ACCESS_TOKEN": "token-0123456789"}))


@pytest.mark.parametrize(("word", "private"), [("true", True), ("Yes", True), ("1", True), ("off", False), ("", False)])
def test_a_bucket_is_public_unless_it_is_said_to_be_private(word: str, private: bool) -> None:
    read = environment.read({**PROJECT, "SUPABASE_BUCKET_PRIVATE": word})
    assert read.supabase is not None
    assert read.supabase.private is private


def test_everything_else_can_be_set() -> None:
    read = environment.read(
        {"SUPABASE_BUCKET": "videos", "LOCATION_ID": "shop-7", "STOREFEED_PORT": "9001", "STOREFEED_DATA": "/srv/feed"}
    )
    assert (read.bucket, read.location, read.port, read.data) == ("videos", "shop-7", 9001, Path("/srv/feed"))


@pytest.mark.parametrize(
    ("host", "read", "open_to_the_network", "address"),
    [
        ("", "127.0.0.1", False, "http://127.0.0.1:8000"),
        ("localhost", "localhost", False, "http://localhost:8000"),
        ("127.0.0.2", "127.0.0.2", False, "http://127.0.0.2:8000"),
        ("[::1]", "::1", False, "http://[::1]:8000"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1", False, "http://[::ffff:127.0.0.1]:8000"),
        ("0.0.0.0", "0.0.0.0", True, "http://127.0.0.1:8000"),  # noqa: S104
        ("::", "::", True, "http://[::1]:8000"),
        ("192.168.1.20", "192.168.1.20", True, "http://192.168.1.20:8000"),
        ("shop-7.lan", "shop-7.lan", True, "http://shop-7.lan:8000"),
    ],
)
def test_where_the_pages_listen_says_who_can_reach_them(
    host: str, read: str, open_to_the_network: bool, address: str
) -> None:
    found = environment.read({"STOREFEED_HOST": host})
    assert (found.host, found.is_open_to_the_network, found.address) == (read, open_to_the_network, address)


def test_the_token_of_the_pages_is_a_secret() -> None:
    read = environment.read({"STOREFEED_TOKEN": "0123456789abcdef"})
    assert read.secrets == (read.token,) == ("0123456789abcdef",)
    assert "0123456789" not in repr(read)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SUPABASE_URL": "https://abc.supabase.co"}, "SUPABASE_URL is set but SUPABASE_KEY is not."),
        ({"SUPABASE_KEY": "secret-key"}, "SUPABASE_KEY is set but SUPABASE_URL is not."),
        (
            {"SUPABASE_URL": "https://abc.supabase.co", "SUPABASE_KEY": "  "},
            "SUPABASE_URL is set but SUPABASE_KEY is not.",
        ),
        ({**PROJECT, "SUPABASE_URL": "abc.supabase.co"}, "SUPABASE_URL is not the address of a Supabase project."),
        ({**PROJECT, "SUPABASE_URL": "https://:secret@abc"}, "SUPABASE_URL is not the address of a Supabase project."),
        ({**PROJECT, "SUPABASE_URL": "ftp://abc"}, "SUPABASE_URL is not the address of a Supabase project."),
        ({**PROJECT, "SUPABASE_URL": "https://abc:port"}, "SUPABASE_URL is not the address of a Supabase project."),
        *(
            ({**PROJECT, "SUPABASE_URL": url}, "SUPABASE_URL is not the address of a Supabase project.")
            for url in ("https://abc..supabase.co", f"https://{'a' * 64}.supabase.co")
        ),
        (
            {**PROJECT, "SUPABASE_EMAIL": "box@boxes.example"},
            "SUPABASE_EMAIL is set but SUPABASE_PASSWORD is not.",
        ),
        ({**PROJECT, "SUPABASE_PASSWORD": "secret"}, "SUPABASE_PASSWORD is set but SUPABASE_EMAIL is not."),
        (
            {**PROJECT, **ACCOUNT, "SUPABASE_ACCESS_TOKEN": "secret"},
            "SUPABASE_ACCESS_TOKEN and SUPABASE_EMAIL are both set.",
        ),
        ({**PROJECT, **ACCOUNT, "SUPABASE_EMAIL": "box-1"}, "SUPABASE_EMAIL is 'box-1'."),
        ({**PROJECT, "SUPABASE_KEY": "secret\u2013key"}, "SUPABASE_KEY holds characters that no key has."),
        (
            {**PROJECT, "SUPABASE_ACCESS_TOKEN": "secret token"},
            "SUPABASE_ACCESS_TOKEN holds characters that no key has.",
        ),
        (ACCOUNT, "SUPABASE_EMAIL is set but SUPABASE_URL is not."),
        ({"SUPABASE_ACCESS_TOKEN": "secret"}, "SUPABASE_ACCESS_TOKEN is set but SUPABASE_URL is not."),
        ({"SUPABASE_BUCKET_PRIVATE": "true"}, "SUPABASE_BUCKET_PRIVATE is set but SUPABASE_URL is not."),
        ({**PROJECT, "SUPABASE_BUCKET_PRIVATE": "maybe"}, "SUPABASE_BUCKET_PRIVATE is 'maybe'."),
        ({"STOREFEED_PORT": "http"}, "STOREFEED_PORT is 'http'."),
        ({"STOREFEED_PORT": "70000"}, "STOREFEED_PORT is '70000'."),
        ({"STOREFEED_PORT": "9" * 5000}, f"STOREFEED_PORT is '{'9' * 5000}'."),
        (
            {"STOREFEED_DATA": "~nobody-of-this-name/x"},
            "STOREFEED_DATA is '~nobody-of-this-name/x', and there is no such user.",
        ),
        ({"STOREFEED_HOST": "http://192.168.1.20"}, "STOREFEED_HOST is 'http://192.168.1.20'."),
        ({"STOREFEED_HOST": "192.168.1.20:8000"}, "STOREFEED_HOST is '192.168.1.20:8000'."),
        ({"STOREFEED_HOST": "192.168.1"}, "STOREFEED_HOST is '192.168.1'."),
        ({"STOREFEED_HOST": "192.168.1.999"}, "STOREFEED_HOST is '192.168.1.999'."),
        ({"STOREFEED_HOST": "*"}, "STOREFEED_HOST is '*'."),
        ({"STOREFEED_TOKEN": "secret-of-15-ch"}, "STOREFEED_TOKEN has 15 characters, which can be guessed."),
        ({"STOREFEED_TOKEN": "a secret of words"}, "STOREFEED_TOKEN holds characters that get lost in an address."),
        ({"LOCATION_ID": "../other"}, "LOCATION_ID is '../other'."),
        ({"SUPABASE_BUCKET": "a b"}, "SUPABASE_BUCKET is 'a b'."),
    ],
)
def test_a_mistake_is_one_plain_sentence(variables: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        environment.read(variables)
    assert raised.value.what == sentence
    assert raised.value.advice
    assert "secret" not in str(raised.value)
