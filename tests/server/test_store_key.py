"""The key of the embedded store."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest

from uploader.errors import InputError
from uploader.server.store_key import refusal_of, store_key

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0


def token(**claims: object) -> str:
    parts = ({"alg": "HS256"}, claims)
    return ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "AAAA"])


def test_the_key_is_made_once_and_only_this_user_may_read_it(tmp_path: Path) -> None:
    key = store_key(tmp_path / "data")
    assert store_key(tmp_path / "data") == key
    assert (tmp_path / "data" / "store.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["store.key"]
    assert store_key(tmp_path / "other") != key


def test_a_key_that_everybody_could_read_is_made_private(tmp_path: Path) -> None:
    key = store_key(tmp_path)
    (tmp_path / "store.key").chmod(0o644)
    assert store_key(tmp_path) == key
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"half.a", b"\xff\x00"])
def test_a_damaged_key_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "store.key").write_bytes(damage)
    assert refusal_of(store_key(tmp_path), store_key(tmp_path), NOW) is None


def test_a_key_that_cannot_be_kept_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(InputError, match="cannot be kept"):
        store_key(tmp_path / "data")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "Invalid Compact JWS"),
        ("garbage", "Invalid Compact JWS"),
        ("a.b.c", "Invalid Compact JWS"),
        ("é.é.é", "Invalid Compact JWS"),
        ("W10.W10.W10", "Invalid Compact JWS"),
        ("[" * 20000, "Invalid Compact JWS"),
        (token(role="service_role"), "signature verification failed"),
        (token(role="service_role", exp=NOW + 1), "signature verification failed"),
        (token(role="service_role", exp="soon"), "signature verification failed"),
        (token(role="service_role", exp=NOW - 1), '"exp" claim timestamp check failed'),
    ],
)
def test_any_other_token_is_refused_in_supabases_words(tmp_path: Path, given: str, words: str) -> None:
    key = store_key(tmp_path)
    assert refusal_of(given, key, NOW) == words
    assert refusal_of(key, key, NOW) is None
