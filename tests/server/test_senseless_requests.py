"""Requests to the embedded store that make no sense, or mean it ill: each is refused in Supabase's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.requests import connection, incoming, read_all, refused

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.storage.live_store import Access


@pytest.mark.parametrize("content_type", ["video", "a/b\tc\x7f", "é/x", "a/b; é", "x/" + "y" * 2000])
def test_a_content_type_that_is_none_is_refused(http: httpx.Client, path: str, content_type: str) -> None:
    form = (
        f'--cut\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: {content_type}\r\n\r\nx'
    )
    headers = {"content-type": "multipart/form-data; boundary=cut"}
    response = http.post(path, content=f"{form}\r\n--cut--\r\n".encode("latin-1"), headers=headers)
    assert refused(response) == (400, "415", "InvalidMimeType")


def test_a_field_cannot_smuggle_a_header(http: httpx.Client, path: str) -> None:
    response = http.post(path, data={"cacheControl": "0\r\nset-cookie: a=b"}, files={"file": ("a", b"x", "a/b")})
    assert refused(response) == (400, "400", "InvalidRequest")
    assert http.get(path).status_code == 400


@pytest.mark.parametrize(
    "content", [b"", b"--cut--\r\n", b"no form", b'--cut\r\nContent-Disposition: x; filename="a"\r\n\r\nx']
)
def test_a_form_without_a_whole_file_is_refused(http: httpx.Client, directory: Path, path: str, content: bytes) -> None:
    response = http.post(path, content=content, headers={"content-type": "multipart/form-data; boundary=cut"})
    assert refused(response) == (400, "400", "InvalidRequest")
    assert incoming(directory) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"prefix":1}',
        b'{"prefix":"","limit":0}',
        b'{"prefix":"","offset":-1}',
        b'{"prefix":"\\ud800"}',
        b'{"prefix":"","sortBy":{"column":"size"}}',
        b"[" * 50_000,
        b"\xff",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(http: httpx.Client, body: bytes) -> None:
    assert refused(http.post("/object/list/streams", content=body)) == (400, "400", "InvalidRequest")


def test_a_query_that_never_ends_is_refused(http: httpx.Client) -> None:
    response = http.request("DELETE", "/object/streams", content=b" " * 3_000_000)
    assert refused(response) == (400, "413", "EntityTooLarge")


@pytest.mark.parametrize("body", [{"name": "a/b"}, {"name": ""}, {"name": "x" * 100}])
def test_a_bucket_without_a_proper_name_is_refused(http: httpx.Client, body: dict[str, str]) -> None:
    assert refused(http.post("/bucket", json=body)) == (400, "400", "InvalidBucketName")


@pytest.mark.parametrize(
    "name", ["..%2f..%2fstore.key", "%2e%2e/%2e%2e/store.key", "%2fetc/passwd", "a%00b", "a//b", "%ff"]
)
def test_no_path_leads_out_of_the_bucket(access: Access, name: str) -> None:
    for route in ("", "public/", "authenticated/"):
        assert b'"code":"InvalidKey"' in sent(access, "GET", f"/object/{route}streams/{name}")


def sent(access: Access, method: str, target: str, body: bytes = b"", header: str = "x: y") -> bytes:
    """The answer to a request that no client would send."""
    lines = f"{method} /storage/v1{target} HTTP/1.1", "host: x", f"authorization: Bearer {access.key}", header
    head = "\r\n".join([*lines, f"content-length: {len(body)}", "connection: close", "", ""])
    with connection(access) as client:
        client.sendall(head.encode("latin-1") + body)
        return read_all(client)


@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]),
    start=st.sampled_from(["/object/streams/", "/object/public/streams/", "/object/list/", "/bucket", "/"]),
    tail=st.text(alphabet="abc/.%+=?&\\~\xe9objectlistpublicbucket", max_size=30),
    body=st.binary(max_size=40),
    header=st.sampled_from(["content-type", "range", "if-none-match", "cache-control", "x-upsert", "if-range"]),
    value=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_nothing_that_a_client_sends_is_a_failure_of_the_store(
    access: Access, method: str, start: str, tail: str, body: bytes, header: str, value: str
) -> None:
    answer = sent(access, method, f"{start}{tail}", body, f"{header}: {value}")
    assert answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4"))
