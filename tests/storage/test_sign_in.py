"""What Supabase Auth says to a sign-in, and what a technician is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage.answers import NotAccepted, parse
from uploader.storage.sign_in import LEAST_PAUSE, Session, error_of, session_of

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
GOOD = {"access_token": "eyJ.a.b", "token_type": "bearer", "expires_in": 3600, "refresh_token": "r1"}


def test_a_session_is_two_tokens_and_how_long_they_last() -> None:
    body = {**GOOD, "user": {"app_metadata": {"provider": "email", "location": "location_1"}}}
    assert session_of(body) == Session("eyJ.a.b", "r1", 3600.0, "location_1")


@pytest.mark.parametrize("user", [None, [], {}, {"app_metadata": None}, {"app_metadata": {"location": 7}}])
def test_a_user_may_have_no_location(user: object) -> None:
    assert session_of({**GOOD, "user": user}).location is None


def test_a_session_never_shows_its_tokens() -> None:
    assert "eyJ" not in repr(session_of(GOOD))
    assert "r1" not in repr(session_of(GOOD))


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "all is well",
        {},
        {**GOOD, "expires_in": 0},
        {**GOOD, "expires_in": "3600"},
        {**GOOD, "expires_in": float("nan")},
        {**GOOD, "expires_in": float("inf")},
        {**GOOD, "expires_in": 10**400},
        {**GOOD, "access_token": ""},
        {**GOOD, "access_token": "two words"},
        {**GOOD, "access_token": "line\nbreak"},
        {**GOOD, "refresh_token": None},
    ],
)
def test_what_is_no_session_came_from_somebody_else(body: object) -> None:
    with pytest.raises(StorageUnavailable, match="Something other than Supabase"):
        session_of(body)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"}, "does not know"),
        (400, {"code": "invalid_credentials", "message": "Invalid login credentials"}, "does not know"),
        (400, {"error": "invalid_grant", "error_description": "Invalid login credentials"}, "does not know"),
        (400, {"code": 400, "error_code": "email_not_confirmed", "msg": "Email not confirmed"}, "not been confirmed"),
        (403, {"code": 403, "error_code": "user_banned", "msg": "User is banned"}, "banned"),
        (422, {"code": 422, "error_code": "email_provider_disabled", "msg": "Email logins are disabled"}, "off"),
        (
            400,
            {"code": 400, "error_code": "captcha_failed", "msg": "captcha protection: request disallowed"},
            "captcha",
        ),
        (400, {"code": 400, "error_code": "validation_failed", "msg": "odd"}, r"refused the sign-in \(400: odd\)"),
        (404, {"message": "no Route matched"}, "no Supabase"),
        (540, {}, "paused"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, body: dict[str, object], words: str) -> None:
    error = error_of(parse(status, {}, json.dumps(body), NOW))
    assert isinstance(error, StorageRefused)
    with pytest.raises(StorageRefused, match=words):
        raise error
    assert error.advice


def test_a_wrong_key_is_a_wrong_key() -> None:
    error = error_of(parse(401, {}, '{"message": "Invalid API key"}', NOW))
    assert isinstance(error, NotAccepted)
    assert "SUPABASE_KEY" in error.advice


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [(429, {}, LEAST_PAUSE), (503, {"retry-after": "40"}, 40.0), (500, {"retry-after": "1"}, LEAST_PAUSE)],
)
def test_a_server_that_is_busy_is_left_alone_for_a_while(status: int, headers: dict[str, str], pause: float) -> None:
    error = error_of(parse(status, headers, "{}", NOW))
    assert isinstance(error, StorageUnavailable)
    assert error.retry_after == pause
