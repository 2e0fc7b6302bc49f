"""What the embedded store does better than it must: nothing gets stuck, nothing is left behind, nothing falls over."""

from __future__ import annotations

import json
import resource
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.server.requests import TLS, connection, incoming, read_all, refused
from uploader.server.upload import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.storage.live_store import Access


def until(condition: Callable[[], bool]) -> bool:
    """Whether `condition` comes to hold within 5 s."""
    deadline = time.monotonic() + 5.0
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_refused_upload_does_not_poison_its_connection(http: httpx.Client, path: str) -> None:
    http.post(path, content=b"first")
    ports = set()
    for _ in range(3):
        response = http.post(path, content=b"x" * 2_000_000)
        ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))
        assert refused(response) == (400, "409", "KeyAlreadyExists")
        assert http.get(path).content == b"first"
    assert len(ports) == 1


def test_an_upload_that_stops_arriving_is_given_up_and_leaves_nothing(
    impatient: Access, directory: Path, path: str
) -> None:
    with connection(impatient) as client:
        client.sendall(upload_head(impatient, path, 1_000_000) + b"x" * 600_000)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body stopped arriving" in answer
    assert incoming(directory) == 0


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


def test_many_objects_are_removed_at_once(http: httpx.Client) -> None:
    names = [f"many/{number}" for number in range(1000)]
    for name in names[:3]:
        http.post(f"/object/streams/{name}", content=b"x")
    rows = http.request("DELETE", "/object/streams", json={"prefixes": names}).json()
    assert [row["name"] for row in rows] == names[:3]


def test_buckets_are_listed(http: httpx.Client) -> None:
    assert [(bucket["id"], bucket["public"]) for bucket in http.get("/bucket").json()] == [("streams", True)]
