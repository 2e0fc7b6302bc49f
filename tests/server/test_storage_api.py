"""What the embedded store does better than it must: nothing gets stuck, nothing is left behind, nothing falls over."""

from __future__ import annotations

import json
import resource
import socket
import time
import uuid
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.storage.live_store import Access, served
from uploader.server.objects import ObjectFiles
from uploader.server.storage_api import storage_routes, store_key
from uploader.server.upload import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Made once: it takes 30 ms.
TLS = httpx.create_ssl_context()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def access(directory: Path) -> Iterator[Access]:
    key = store_key(directory)
    with served(Starlette(routes=storage_routes(ObjectFiles(directory / "objects"), key))) as url:
        yield Access(url, key)


@pytest.fixture
def impatient(access: Access, directory: Path) -> Iterator[Access]:
    """The same store, where a body may pause for a moment only."""
    routes = storage_routes(ObjectFiles(directory / "objects"), access.key, stalled=0.3)
    with served(Starlette(routes=routes)) as url:
        yield Access(url, access.key)


@pytest.fixture
def http(access: Access) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {access.key}"}
    with httpx.Client(base_url=f"{access.url}/storage/v1", headers=headers, verify=TLS) as client:
        client.post("/bucket", json={"name": "streams", "public": True})
        yield client


@pytest.fixture
def path() -> str:
    return f"/object/streams/{uuid.uuid4().hex}/a.ts"


def incoming(directory: Path) -> int:
    return len(list((directory / "objects" / "incoming").iterdir()))


def until(condition: Callable[[], bool]) -> bool:
    """Whether `condition` comes to hold within 5 s."""
    deadline = time.monotonic() + 5.0
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def connection(access: Access) -> Iterator[socket.socket]:
    host, port = urlsplit(access.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        yield client


def read_all(client: socket.socket) -> bytes:
    """All that comes until the store closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def refused(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["statusCode"], body["code"]


def test_a_refused_upload_does_not_poison_its_connection(http: httpx.Client, path: str) -> None:
    http.post(path, content=b"first")
    ports = set()
    for _ in range(3):
        response = http.post(path, content=b"x" * 2_000_000)
        ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
        assert refused(response) == (400, "409", "KeyAlreadyExists")
        assert http.get(path).content == b"first"
    assert len(ports) == 1


@pytest.mark.usefixtures("http")
def test_an_upload_that_stops_arriving_is_given_up_and_leaves_nothing(
    impatient: Access, directory: Path, path: str
) -> None:
    with connection(impatient) as client:
        client.sendall(upload_head(impatient, path, 1_000_000) + b"x" * 600_000)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body stopped arriving" in answer
    assert incoming(directory) == 0


@pytest.mark.usefixtures("http")
def test_a_query_that_stops_arriving_is_given_up(impatient: Access) -> None:
    with connection(impatient) as client:
        client.sendall(upload_head(impatient, "/object/list/streams", 100) + b"{")
        assert read_all(client).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_goes_away_leaves_nothing(access: Access, directory: Path, path: str) -> None:
    with connection(access) as client:
        client.sendall(upload_head(access, path, 1_000_000) + b"x" * 600_000)
        assert until(lambda: incoming(directory) == 1)
    assert until(lambda: incoming(directory) == 0)


def upload_head(access: Access, path: str, length: int) -> bytes:
    lines = f"POST /storage/v1{path} HTTP/1.1", "host: x", f"authorization: Bearer {access.key}"
    return "\r\n".join([*lines, f"content-length: {length}", "", ""]).encode()


def test_a_full_disk_is_told_and_leaves_the_old_object(http: httpx.Client, directory: Path, path: str) -> None:
    http.post(path, content=b"old")
    with disk_of(100_000):
        response = http.put(path, content=b"x" * 500_000)
    assert refused(response) == (500, "500", "InternalError")
    assert http.get(path).content == b"old"
    assert incoming(directory) == 0


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_largest_object_is_taken_and_one_byte_more_is_not(http: httpx.Client, directory: Path, path: str) -> None:
    def body(size: int) -> Iterator[bytes]:
        for start in range(0, size, 1 << 20):
            yield bytes(min(1 << 20, size - start))

    assert http.put(path, content=body(LARGEST)).status_code == 200
    assert refused(http.put(path, content=body(LARGEST + 1))) == (400, "413", "EntityTooLarge")
    assert http.head(path).headers["content-length"] == str(LARGEST)
    http.delete(path).raise_for_status()
    assert incoming(directory) == 0


def test_a_slow_reader_of_a_large_object_gets_one_version(http: httpx.Client, path: str) -> None:
    old, new = b"old!" * 2_000_000, b"new!" * 2_000_000
    http.put(path, content=old)
    with http.stream("GET", path) as response:
        chunks = response.iter_raw(65536)
        first = next(chunks)
        with httpx.Client(base_url=http.base_url, headers=http.headers, verify=TLS) as other:
            other.put(path, content=new)
            assert other.get(path).content == new
        assert first + b"".join(chunks) == old


def test_one_object_is_removed_once(http: httpx.Client, path: str) -> None:
    http.post(path, content=b"x")
    assert http.delete(path).json() == {"message": "Successfully deleted"}
    assert refused(http.delete(path)) == (400, "404", "NoSuchKey")


def test_the_key_is_taken_as_a_gateway_passes_it_on(access: Access, http: httpx.Client, path: str) -> None:
    url = f"{access.url}{http.base_url.path.rstrip('/')}{path}"
    assert httpx.post(url, content=b"x", headers={"apikey": access.key}, verify=TLS).status_code == 200
    both = {"apikey": access.key, "authorization": "Bearer wrong"}
    assert refused(httpx.put(url, content=b"x", headers=both, verify=TLS)) == (400, "403", "AccessDenied")


def test_an_expired_token_is_told_apart(access: Access, path: str) -> None:
    parts = ({"alg": "HS256"}, {"role": "service_role", "exp": 1_000_000_000})
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    headers = {"authorization": f"Bearer {'.'.join([*encoded, 'AAAA'])}"}
    response = httpx.post(f"{access.url}/storage/v1{path}", content=b"x", headers=headers, verify=TLS)
    assert refused(response) == (400, "403", "AccessDenied")
    assert response.json()["message"] == '"exp" claim timestamp check failed'


def test_a_page_that_somebody_uploads_is_not_shown_as_one(http: httpx.Client, path: str) -> None:
    http.post(path, content=b"<script>", headers={"content-type": "text/html; charset=utf-8"})
    seen = http.get(path)
    assert (seen.headers["content-type"], seen.headers["x-content-type-options"]) == ("text/plain", "nosniff")


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


def test_many_objects_are_removed_at_once(http: httpx.Client) -> None:
    names = [f"many/{number}" for number in range(1000)]
    for name in names[:3]:
        http.post(f"/object/streams/{name}", content=b"x")
    rows = http.request("DELETE", "/object/streams", json={"prefixes": names}).json()
    assert [row["name"] for row in rows] == names[:3]


def test_buckets_are_listed(http: httpx.Client) -> None:
    assert [(bucket["id"], bucket["public"]) for bucket in http.get("/bucket").json()] == [("streams", True)]


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
