"""Bodies of uploads, cut into chunks in every way."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.server.upload_body import LONGEST_FIELD, MalformedBody, UploadBody, upload_body

FORM = {"content-type": "multipart/form-data; boundary=cut"}
FILE = b"\r\n--cu\r\n\x00\xff" * 20
FIELD = b'--cut\r\nContent-Disposition: form-data; name="cacheControl"\r\n\r\n0, no-store\r\n'
PART = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.ts"\r\nContent-Type: video/mp2t\r\n\r\n'
END = b"\r\n--cut--\r\n"


def take(body: UploadBody, *chunks: bytes) -> bytes:
    taken = b"".join(body.feed(chunk) for chunk in chunks)
    body.finish()
    return taken


@given(st.integers(min_value=1, max_value=300))
def test_a_form_is_the_same_in_chunks_of_any_size(size: int) -> None:
    whole = FIELD + PART + FILE + END
    body = upload_body(FORM)
    assert take(body, *(whole[start : start + size] for start in range(0, len(whole), size))) == FILE
    assert (body.content_type, body.cache_control) == ("video/mp2t", "max-age=0, no-store")


def test_a_raw_body_is_the_file() -> None:
    body = upload_body({"content-type": "video/mp2t", "cache-control": "no-store"})
    assert take(body, b"a", b"b") == b"ab"
    assert (body.content_type, body.cache_control) == ("video/mp2t", "no-store")


def test_a_field_after_the_file_comes_too_late() -> None:
    body = upload_body(FORM)
    assert take(body, PART + FILE + b"\r\n" + FIELD + b"--cut--\r\n") == FILE
    assert body.cache_control == "no-cache"


def test_only_the_first_file_counts() -> None:
    assert take(upload_body(FORM), PART + b"first\r\n" + PART + b"second" + END) == b"first"


def test_an_empty_file_is_a_file() -> None:
    assert take(upload_body(FORM), PART + END) == b""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        FIELD + b"--cut--\r\n",
        PART + b"half",
        PART[:40],
        b"no form at all",
        b"--cut\r\nContent-Disposition\r\n\r\n",
        FIELD.replace(b"0,", b"0" * LONGEST_FIELD) + PART + END,
    ],
)
def test_a_form_without_a_whole_file_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedBody):
        take(upload_body(FORM), content)


@pytest.mark.parametrize("content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 1000}"])
def test_a_form_without_a_usable_boundary_is_malformed(content_type: str) -> None:
    with pytest.raises(MalformedBody):
        upload_body({"content-type": content_type})


@given(st.binary(max_size=200))
def test_garbage_is_malformed_or_read_but_never_a_crash(garbage: bytes) -> None:
    with suppress(MalformedBody):
        take(upload_body(FORM), b"--cut\r\n" + garbage)
