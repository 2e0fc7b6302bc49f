"""What a store says, and what a technician is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage.answers import AlreadyThere, NoSuchBucket, NoSuchObject, NotAccepted, NotAllowed, error_of, parse

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def said(status: str, code: str, message: str, error: str = "") -> str:
    """A body of Supabase Storage."""
    return json.dumps({"statusCode": status, "error": error or code, "message": message, "code": code})


@pytest.mark.parametrize(
    ("http_status", "text", "kind", "status", "words"),
    [
        (
            400,
            said("403", "AccessDenied", "Invalid Compact JWS", "Unauthorized"),
            NotAccepted,
            403,
            "does not accept the key",
        ),
        (
            400,
            said("403", "AccessDenied", "signature verification failed"),
            NotAccepted,
            403,
            "does not accept the key",
        ),
        (
            400,
            said("400", "InvalidRequest", "headers must have required property 'authorization'"),
            NotAccepted,
            400,
            "does not accept the key",
        ),
        (401, '{"message":"Invalid API key"}', NotAccepted, 401, "does not accept the key"),
        (401, '{"message":"No API key found in request"}', NotAccepted, 401, "does not accept the key"),
        (400, said("403", "AccessDenied", '"exp" claim timestamp check failed'), NotAccepted, 403, "has expired"),
        (400, said("400", "InvalidJWT", "jwt expired"), NotAccepted, 400, "has expired"),
        (400, said("403", "AccessDenied", "new row violates row-level security policy"), NotAllowed, 403, "policies"),
        (
            400,
            said("404", "NoSuchBucket", "Bucket not found", "Bucket not found"),
            NoSuchBucket,
            404,
            "no bucket 'streams'",
        ),
        (400, said("404", "NoSuchKey", "Object not found", "not_found"), NoSuchObject, 404, "no such object"),
        (
            400,
            '{"statusCode":"404","error":"Not found","message":"The resource was not found"}',
            NoSuchObject,
            404,
            "no such object",
        ),
        (
            404,
            '{"message":"no Route matched with those values"}',
            StorageRefused,
            404,
            "no Supabase Storage at this address",
        ),
        (404, "<html>404</html>", StorageRefused, 404, "no Supabase Storage at this address"),
        (
            400,
            said("409", "KeyAlreadyExists", "The resource already exists", "Duplicate"),
            AlreadyThere,
            409,
            "already",
        ),
        (
            400,
            said("413", "EntityTooLarge", "The object exceeded the maximum allowed size", "Payload too large"),
            StorageRefused,
            413,
            "larger than the store takes",
        ),
        (413, "<html>413 Request Entity Too Large</html>", StorageRefused, 413, "larger than the store takes"),
        (
            400,
            said("415", "InvalidMimeType", "mime type video/mp2t is not supported", "invalid_mime_type"),
            StorageRefused,
            415,
            "mime type video/mp2t is not supported",
        ),
        (400, said("400", "InvalidKey", "Invalid key: a#b"), StorageRefused, 400, "does not take this name"),
        (
            402,
            '{"message":"Service for this project is restricted: exceed_egress_quota"}',
            StorageRefused,
            402,
            "quota",
        ),
        (540, "", StorageRefused, 540, "paused"),
        (418, "", StorageRefused, 418, "418"),
        (400, said("400", "Odd", "something odd"), StorageRefused, 400, "something odd"),
    ],
)
def test_what_stays_until_somebody_acts(
    http_status: int, text: str, kind: type[StorageRefused], status: int, words: str
) -> None:
    error = error_of(parse(http_status, {}, text, NOW), "streams")
    assert type(error) is kind
    assert isinstance(error, StorageRefused)
    assert error.status == status
    assert words in str(error)


@pytest.mark.parametrize(
    ("http_status", "text"),
    [
        (408, ""),
        (400, said("423", "ResourceLocked", "The resource is locked")),
        (429, said("429", "SlowDown", "Too many connections", "too_many_connections")),
        (500, said("500", "InternalError", "Internal Server Error")),
        (502, "<html><h1>502 Bad Gateway</h1></html>"),
        (400, said("503", "DatabaseConnectionLimit", "The database has reached its maximum number of connections")),
        (503, said("503", "LockTimeout", "acquiring lock timeout")),
        (520, "error code: 520"),
        (544, said("544", "DatabaseTimeout", "The connection to the database timed out")),
        (400, said("409", "TransactionError", "could not serialize access")),
    ],
)
def test_what_passes_by_itself(http_status: int, text: str) -> None:
    assert isinstance(error_of(parse(http_status, {}, text, NOW), "streams"), StorageUnavailable)


@pytest.mark.parametrize(
    ("status", "content_type"),
    [(302, ""), (307, "text/html"), (401, "text/html"), (403, "text/html; charset=utf-8"), (407, "text/html")],
)
def test_a_network_that_wants_a_login_first_passes_when_somebody_logs_in(status: int, content_type: str) -> None:
    error = error_of(parse(status, {"content-type": content_type}, "<html>Welcome", NOW), "streams")
    assert isinstance(error, StorageUnavailable)
    assert "login page" in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("86400", 120.0),
        ("9" * 5000, None),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_the_store_may_ask_for_a_pause(header: str, seconds: float | None) -> None:
    error = error_of(parse(429, {"retry-after": header}, "", NOW), "streams")
    assert isinstance(error, StorageUnavailable)
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '"words"', "{", "[" * 50_000, '{"statusCode":[],"message":{}}', '{"statusCode":"200"}']
)
def test_a_body_of_any_form_is_borne(text: str) -> None:
    assert "500" in str(error_of(parse(500, {}, text, NOW), "streams"))


def test_a_strangers_words_are_kept_short_and_on_one_line() -> None:
    text = json.dumps({"statusCode": "400", "message": "a\n\x1b[31mb" + "c" * 1000})
    words = str(error_of(parse(400, {}, text, NOW), "streams"))
    assert "a [31mbc" in words
    assert words.isprintable()
    assert len(words) < 400
