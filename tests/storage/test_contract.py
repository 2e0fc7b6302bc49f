"""What a store promises to the worker and to players, in HTTP and as an ObjectStore.

Every assertion was measured on the real Supabase Storage. Run it against one of your own with
STOREFEED_TEST_SUPABASE_URL and STOREFEED_TEST_SUPABASE_KEY (service key).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from uploader.errors import StorageRefused
from uploader.segments.segment import Abandoned, FinishedSegment, GrowingSegment
from uploader.storage import PLAYLIST, SEGMENT, ObjectKind, StoredObject
from uploader.storage.answers import AlreadyThere
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.storage.conftest import Service
    from uploader.storage.supabase import SupabaseStore

# Made once: it takes 30 ms.
TLS = httpx.create_ssl_context()
BODY = bytes(range(256)) * 40
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Client:
    """HTTP to one folder of the public bucket, with the key."""

    http: httpx.AsyncClient
    browser: httpx.AsyncClient
    service: Service
    folder: str

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    async def upload(self, name: str, content: Any = BODY, *, method: str = "POST", **headers: str) -> httpx.Response:  # noqa: ANN401
        named = {"content-type": "video/mp2t", **{key.replace("_", "-"): value for key, value in headers.items()}}
        url = f"/object/{self.service.public}/{self.path(name)}"
        return await self.http.request(method, url, content=content, headers=named)

    async def upload_form(self, name: str, content: bytes, content_type: str, **fields: str) -> httpx.Response:
        return await self.http.post(
            f"/object/{self.service.public}/{self.path(name)}",
            data=fields,
            files={"file": (name, content, content_type)},
            headers={"x-upsert": "true"},
        )

    async def see(self, name: str, method: str = "GET", **headers: str) -> httpx.Response:
        """What a browser sees, without any key."""
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return await self.browser.request(method, self.public_url(name), headers=named)

    def public_url(self, name: str) -> str:
        return f"{self.service.url}/storage/v1/object/public/{self.service.public}/{self.path(name)}"

    async def list(self, **query: object) -> list[dict[str, Any]]:
        response = await self.http.post(f"/object/list/{self.service.public}", json={"prefix": self.folder, **query})
        assert response.status_code == 200
        rows: list[dict[str, Any]] = response.json()
        return rows

    async def remove(self, *names: str) -> httpx.Response:
        paths = [self.path(name) for name in names]
        return await self.http.request("DELETE", f"/object/{self.service.public}", json={"prefixes": paths})


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Client]:
    api = f"{service.url}/storage/v1"
    async with (
        httpx.AsyncClient(base_url=api, headers=service.headers, timeout=20, verify=TLS) as http,
        httpx.AsyncClient(timeout=20, verify=TLS) as browser,
    ):
        yield Client(http, browser, service, uuid.uuid4().hex)


@pytest.fixture
async def store(service: Service) -> AsyncIterator[SupabaseStore]:
    async with supabase_store(url=service.url, identity=GivenToken(service.key), bucket=service.public) as opened:
        yield opened


def refused(response: httpx.Response) -> tuple[int, str, str]:
    """HTTP status, the status that is meant, and its code."""
    body = response.json()
    return response.status_code, body["statusCode"], body["code"]


# Uploading


async def test_a_new_object_is_stored_and_its_key_is_given_back(client: Client) -> None:
    response = await client.upload("a.ts")
    assert response.status_code == 200
    assert response.json()["Key"] == f"{client.service.public}/{client.path('a.ts')}"
    assert response.json()["Id"]
    assert (await client.see("a.ts")).content == BODY


async def test_an_existing_object_is_not_replaced_without_upsert(client: Client) -> None:
    await client.upload("a.ts", b"first")
    response = await client.upload("a.ts", b"second")
    assert response.status_code == 400
    assert response.json() == {
        "statusCode": "409",
        "error": "Duplicate",
        "message": "The resource already exists",
        "code": "KeyAlreadyExists",
    }
    assert (await client.see("a.ts")).content == b"first"


async def test_upsert_replaces_bytes_and_headers_and_keeps_the_id(client: Client) -> None:
    first = await client.upload("a", b"first", cache_control="max-age=1")
    second = await client.upload(
        "a", b"second", x_upsert="true", content_type="application/json", cache_control="no-store"
    )
    seen = await client.see("a")
    assert first.json()["Id"] == second.json()["Id"]
    assert (seen.content, seen.headers["content-type"]) == (b"second", "application/json")
    assert seen.headers["cache-control"] == "no-store"


async def test_put_creates_and_replaces(client: Client) -> None:
    assert (await client.upload("a.ts", b"first", method="PUT")).status_code == 200
    assert (await client.upload("a.ts", b"second", method="PUT")).status_code == 200
    assert (await client.see("a.ts")).content == b"second"


async def test_a_form_gives_max_age_and_the_content_type_of_its_file(client: Client) -> None:
    response = await client.upload_form(
        "a.m3u8", b"#EXTM3U", "application/vnd.apple.mpegurl", cacheControl="0, no-store"
    )
    seen = await client.see("a.m3u8")
    assert response.status_code == 200
    assert seen.content == b"#EXTM3U"
    assert seen.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert seen.headers["cache-control"] == "max-age=0, no-store"


async def test_a_raw_body_without_headers_is_bytes_that_are_not_cached(client: Client) -> None:
    request = client.http.build_request("POST", f"/object/{client.service.public}/{client.path('a')}", content=BODY)
    request.headers.pop("content-type", None)
    assert (await client.http.send(request)).status_code == 200
    seen = await client.see("a")
    assert seen.headers["content-type"] == "application/octet-stream"
    assert seen.headers["cache-control"] == "no-cache"


async def test_a_growing_object_is_seen_only_when_it_is_complete(client: Client) -> None:
    async with growing(client, "a.ts") as finish:
        assert (await client.see("a.ts")).status_code == 400
        assert (await finish()).status_code == 200
    assert (await client.see("a.ts")).content == b"first half, second half"


async def test_readers_have_the_old_version_while_the_new_one_arrives(client: Client) -> None:
    await client.upload("a.ts", b"old")
    async with growing(client, "a.ts") as finish:
        assert (await client.see("a.ts")).content == b"old"
        await finish()
    assert (await client.see("a.ts")).content == b"first half, second half"


async def test_an_aborted_upload_leaves_what_was_there(client: Client) -> None:
    await client.upload("old.ts", b"old")
    for name in ("old.ts", "new.ts"):
        with suppress(httpx.TransportError):
            await client.upload(name, broken_off(), x_upsert="true")
    await asyncio.sleep(0.1)
    assert (await client.see("old.ts")).content == b"old"
    assert (await client.see("new.ts")).status_code == 400
    assert [row["name"] for row in await client.list()] == ["old.ts"]


async def test_the_last_upload_to_complete_wins(client: Client) -> None:
    async with growing(client, "a.ts") as finish:
        await client.upload("a.ts", b"started later, completed first", x_upsert="true")
        await finish()
    assert (await client.see("a.ts")).content == b"first half, second half"


async def test_what_was_written_is_read_at_once(client: Client) -> None:
    for round_ in range(20):
        await client.upload("a.ts", b"%d" % round_, x_upsert="true")
        assert (await client.see("a.ts")).content == b"%d" % round_


async def test_parallel_uploads_are_all_stored(client: Client) -> None:
    names = [f"{number}.ts" for number in range(20)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.upload(name, name.encode())) for name in names]
    assert {task.result().status_code for task in tasks} == {200}
    assert {row["name"] for row in await client.list()} == set(names)


@asynccontextmanager
async def growing(client: Client, name: str) -> AsyncIterator[Any]:
    """An upload of unknown length whose first half has been sent; call what is given for the rest and the answer."""
    half_sent, go_on = asyncio.Event(), asyncio.Event()

    async def halves() -> AsyncIterator[bytes]:
        yield b"first half, "
        half_sent.set()
        await go_on.wait()
        yield b"second half"

    task = asyncio.create_task(client.upload(name, halves(), x_upsert="true"))

    async def finish() -> httpx.Response:
        go_on.set()
        return await task

    await half_sent.wait()
    await asyncio.sleep(0.05)
    yield finish


async def broken_off() -> AsyncIterator[bytes]:
    yield b"x" * 300_000
    raise httpx.WriteError("the box lost its power")


# Reading


async def test_a_public_object_says_what_caches_and_players_need(client: Client) -> None:
    await client.upload("a.ts", cache_control="max-age=31536000, immutable")
    seen = await client.see("a.ts", origin="https://dashboard.example")
    assert seen.headers["etag"] == f'"{hashlib.md5(BODY, usedforsecurity=False).hexdigest()}"'
    assert seen.headers["cache-control"] == "max-age=31536000, immutable"
    assert seen.headers["accept-ranges"] == "bytes"
    assert seen.headers["content-length"] == str(len(BODY))
    assert seen.headers["access-control-allow-origin"] == "*"
    assert abs(parsedate_to_datetime(seen.headers["last-modified"]).timestamp() - time.time()) < 60


async def test_an_unchanged_object_is_not_sent_again(client: Client) -> None:
    await client.upload("a.ts")
    etag = (await client.see("a.ts")).headers["etag"]
    seen = await client.see("a.ts", if_none_match=etag)
    assert (seen.status_code, seen.content) == (304, b"")


async def test_a_changed_object_is_sent_again(client: Client) -> None:
    await client.upload("a.ts")
    etag = (await client.see("a.ts")).headers["etag"]
    await client.upload("a.ts", b"changed", x_upsert="true")
    seen = await client.see("a.ts", if_none_match=etag)
    assert (seen.status_code, seen.content) == (200, b"changed")


async def test_head_has_the_headers_without_the_body(client: Client) -> None:
    await client.upload("a.ts")
    seen = await client.see("a.ts", "HEAD")
    assert (seen.status_code, seen.content, seen.headers["content-length"]) == (200, b"", str(len(BODY)))


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=100-", 100, len(BODY)), ("bytes=-10", len(BODY) - 10, len(BODY))],
)
async def test_a_range_is_sent_alone(client: Client, wanted: str, start: int, end: int) -> None:
    await client.upload("a.ts")
    seen = await client.see("a.ts", range=wanted)
    assert (seen.status_code, seen.content) == (206, BODY[start:end])
    assert seen.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BODY)}"


async def test_a_range_beyond_the_end_is_416(client: Client) -> None:
    await client.upload("a.ts")
    assert (await client.see("a.ts", range=f"bytes={len(BODY)}-")).status_code == 416


async def test_an_unknown_query_changes_nothing(client: Client) -> None:
    await client.upload("a.ts")
    seen = await client.browser.get(client.public_url("a.ts"), params={"cacheNonce": "7"})
    assert seen.content == BODY


async def test_a_missing_object_is_400_with_404_inside(client: Client) -> None:
    seen = await client.see("missing.ts")
    assert refused(seen) == (400, "404", "NoSuchKey")
    assert seen.json()["error"] == "not_found"


async def test_a_private_bucket_does_not_exist_for_the_public(client: Client) -> None:
    for bucket in (client.service.private, "no-such-bucket"):
        seen = await client.browser.get(f"{client.service.url}/storage/v1/object/public/{bucket}/a.ts")
        assert refused(seen) == (400, "404", "NoSuchBucket")


@pytest.mark.parametrize("route", ["object", "object/authenticated"])
async def test_a_private_object_is_read_with_the_key(client: Client, route: str) -> None:
    await client.http.post(f"/object/{client.service.private}/{client.path('a.ts')}", content=BODY)
    assert (await client.http.get(f"/{route}/{client.service.private}/{client.path('a.ts')}")).content == BODY
    missing = await client.http.get(f"/{route}/{client.service.private}/{client.path('b.ts')}")
    assert refused(missing) == (400, "404", "NoSuchKey")


async def test_any_page_may_read(client: Client) -> None:
    asked = {"origin": "https://dashboard.example", "access-control-request-method": "GET"}
    allowed = await client.browser.options(client.public_url("a.ts"), headers=asked)
    assert allowed.status_code in {200, 204}
    assert allowed.headers["access-control-allow-origin"] == "*"


# Refusing


async def test_only_the_key_may_write(client: Client) -> None:
    url = f"{client.service.url}/storage/v1/object/{client.service.public}/{client.path('a.ts')}"
    head, claims, signature = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJyb2xlIjoic2VydmljZV9yb2xlIn0",
        "AAAA" * 10 + "AAA",
    )
    garbage, forged, nobody = [
        await client.browser.post(url, content=BODY, headers=headers)
        for headers in (
            {"authorization": "Bearer garbage"},
            {"authorization": f"Bearer {head}.{claims}.{signature}"},
            {},
        )
    ]
    assert refused(garbage) == (400, "403", "AccessDenied")
    assert garbage.json()["message"] == "Invalid Compact JWS"
    assert refused(forged) == (400, "403", "AccessDenied")
    assert forged.json()["message"] == "signature verification failed"
    assert refused(nobody) == (400, "400", "InvalidRequest")
    assert (await client.see("a.ts")).status_code == 400


async def test_a_bucket_that_is_missing_takes_nothing(client: Client) -> None:
    response = await client.http.post("/object/no-such-bucket/a.ts", content=BODY)
    assert refused(response) == (400, "404", "NoSuchBucket")


@pytest.mark.parametrize("name", ["a~b", "a%23b", "a%25b", "a%5Bb", "a%5Db", "a%7Cb", "caf%C3%A9"])
async def test_names_that_supabase_does_not_take_are_refused(client: Client, name: str) -> None:
    assert refused(await client.upload(name)) == (400, "400", "InvalidKey")


@pytest.mark.parametrize(
    "name", ["a b", "a!b", "a.b", "a*b", "a'b", "(a)", "a&b", "$a", "@a", "a=b", "a;b", "a:b", "a,b"]
)
async def test_names_that_supabase_takes_are_taken(client: Client, name: str) -> None:
    assert (await client.upload(name)).status_code == 200
    assert [row["name"] for row in await client.list()] == [name]
    assert (await client.see(name)).content == BODY


@pytest.mark.parametrize("length", ["known", "unknown"])
async def test_an_object_larger_than_its_bucket_allows_is_refused(client: Client, length: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x" * 800
        yield b"x" * 800

    content = b"x" * 1600 if length == "known" else chunks()
    url, headers = f"/object/{client.service.limited}/{client.path('a.ts')}", {"content-type": "video/mp2t"}
    assert refused(await client.http.post(url, content=content, headers=headers)) == (400, "413", "EntityTooLarge")
    assert (await client.http.get(url)).status_code == 400


@pytest.mark.parametrize("content_type", ["text/plain", "video/mp2t; charset=utf-8"])
async def test_a_type_that_its_bucket_does_not_allow_is_refused_to_the_letter(
    client: Client, content_type: str
) -> None:
    url = f"/object/{client.service.limited}/{client.path('a.ts')}"
    response = await client.http.post(url, content=b"x", headers={"content-type": content_type})
    assert response.json()["statusCode"] == "415"
    assert response.json()["error"] == "invalid_mime_type"


# Listing and removing


async def test_a_listing_shows_objects_with_their_size_and_folders_without_id(client: Client) -> None:
    await client.upload("a.ts")
    await client.upload("deeper/b.ts")
    rows = {row["name"]: row for row in await client.list()}
    assert rows.keys() == {"a.ts", "deeper"}
    assert rows["a.ts"]["id"]
    assert rows["a.ts"]["metadata"]["size"] == len(BODY)
    assert rows["a.ts"]["metadata"]["mimetype"] == "video/mp2t"
    assert rows["deeper"]["id"] is None


async def test_a_listing_comes_in_pages_and_in_order(client: Client) -> None:
    for name in ("b", "a", "c"):
        await client.upload(name)
    assert [row["name"] for row in await client.list(limit=2)] == ["a", "b"]
    assert [row["name"] for row in await client.list(limit=2, offset=2)] == ["c"]
    by_name_down, by_age = {"column": "name", "order": "desc"}, {"column": "created_at", "order": "asc"}
    assert [row["name"] for row in await client.list(sortBy=by_name_down)] == ["c", "b", "a"]
    assert [row["name"] for row in await client.list(sortBy=by_age)] == ["b", "a", "c"]
    assert [row["name"] for row in await client.list(search="c")] == ["c"]


async def test_a_folder_that_does_not_exist_is_empty(client: Client) -> None:
    assert await client.list() == []


async def test_removing_gives_back_what_was_there(client: Client) -> None:
    await client.upload("a.ts")
    await client.upload("b.ts")
    response = await client.remove("a.ts", "missing.ts")
    assert response.status_code == 200
    assert [row["name"] for row in response.json()] == [client.path("a.ts")]
    assert (await client.see("a.ts")).status_code == 400
    assert [row["name"] for row in await client.list()] == ["b.ts"]


async def test_removing_nothing_is_refused(client: Client) -> None:
    assert (await client.remove()).status_code == 400


# Buckets


async def test_a_bucket_says_whether_it_is_public(client: Client) -> None:
    assert (await client.http.get(f"/bucket/{client.service.public}")).json()["public"] is True
    assert (await client.http.get(f"/bucket/{client.service.private}")).json()["public"] is False


async def test_a_bucket_cannot_be_made_twice(client: Client) -> None:
    name = client.service.public
    response = await client.http.post("/bucket", json={"id": name, "name": name})
    assert (response.status_code, response.json()["statusCode"]) == (400, "409")


async def test_a_missing_bucket_is_not_found(client: Client) -> None:
    response = await client.http.get("/bucket/no-such-bucket")
    assert (response.status_code, response.json()["statusCode"]) == (400, "404")


# As the worker sees it


async def test_preparing_accepts_the_bucket_that_is_there(store: SupabaseStore) -> None:
    await store.prepare()


async def test_preparing_refuses_a_private_bucket(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken(service.key), bucket=service.private) as private:
        with pytest.raises(StorageRefused, match="is private"):
            await private.prepare()


@pytest.mark.parametrize("kind", [SEGMENT, PLAYLIST])
async def test_what_is_put_is_got_and_seen_by_browsers(store: SupabaseStore, client: Client, kind: ObjectKind) -> None:
    await store.put(client.path("a"), b"first", kind)
    await store.put(client.path("a"), b"second", kind)
    seen = await client.see("a")
    assert await store.get(client.path("a")) == b"second"
    assert str(seen.url) == store.public_url(client.path("a"))
    assert seen.content == b"second"
    assert seen.headers["content-type"] == kind.content_type
    assert seen.headers["cache-control"] == f"max-age={kind.max_age}"


async def test_what_grows_while_it_is_put_is_seen_when_it_is_whole(store: SupabaseStore, client: Client) -> None:
    segment = GrowingSegment(0.0)
    segment.add(BODY)
    putting = asyncio.create_task(store.put(client.path("a.ts"), segment, SEGMENT))
    await asyncio.sleep(0.2)
    assert (await client.see("a.ts")).status_code == 400
    segment.add(BODY)
    segment.finish(FinishedSegment(segment.body, 1.0, NOON, 1.0))
    await putting
    seen = await client.see("a.ts")
    assert seen.content == BODY * 2
    assert seen.headers["content-type"] == SEGMENT.content_type
    assert seen.headers["cache-control"] == f"max-age={SEGMENT.max_age}"
    await store.put(client.path("a.ts"), segment, SEGMENT)


async def test_of_what_is_abandoned_while_it_grows_nothing_is_ever_seen(store: SupabaseStore, client: Client) -> None:
    segment = GrowingSegment(0.0)
    segment.add(BODY)
    putting = asyncio.create_task(store.put(client.path("a.ts"), segment, SEGMENT))
    await asyncio.sleep(0.2)
    segment.abandon()
    with pytest.raises(Abandoned):
        await putting
    await store.put(client.path("b.ts"), BODY, SEGMENT)
    assert await store.list(client.folder) == [StoredObject("b.ts", len(BODY))]


async def test_an_object_that_is_missing_is_none(store: SupabaseStore, client: Client) -> None:
    assert await store.get(client.path("missing")) is None


async def test_a_bucket_that_is_missing_is_an_error(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken(service.key), bucket="no-such-bucket") as missing:
        with pytest.raises(StorageRefused, match="no bucket 'no-such-bucket'"):
            await missing.get("a")
        with pytest.raises(StorageRefused, match="no bucket 'no-such-bucket'"):
            await missing.put("a", BODY, SEGMENT)


async def test_listing_leaves_folders_out(store: SupabaseStore, client: Client) -> None:
    await store.put(client.path("a.ts"), BODY, SEGMENT)
    await store.put(client.path("deeper/b.ts"), BODY, SEGMENT)
    assert await store.list(client.folder) == [StoredObject("a.ts", len(BODY))]
    assert await store.list(client.path("nowhere")) == []


async def test_folders_are_there_while_they_hold_something(store: SupabaseStore, client: Client) -> None:
    for name in ("a.ts", "frames/2026/11/b.webp", "frames/2025/12/c.webp", "other/d"):
        await store.put(client.path(name), BODY, SEGMENT)
    assert await store.folders(client.folder) == {"frames", "other"}
    assert await store.folders(client.path("frames")) == {"2025", "2026"}
    assert await store.folders(client.path("frames/2026/11")) == set()
    assert await store.folders(client.path("nowhere")) == set()
    await store.remove([client.path("frames/2025/12/c.webp")])
    assert await store.folders(client.path("frames")) == {"2026"}


async def test_what_is_stored_once_is_never_replaced(store: SupabaseStore, client: Client) -> None:
    kind = ObjectKind("image/webp", "31536000, immutable", once=True)

    async def piece_by_piece() -> AsyncIterator[bytes]:
        yield b"third"

    await store.put(client.path("a.webp"), b"first", kind)
    for body in (b"second", piece_by_piece()):
        with pytest.raises(AlreadyThere):
            await store.put(client.path("a.webp"), body, kind)
    assert (await client.see("a.webp")).content == b"first"
    await store.put(client.path("b.webp"), piece_by_piece(), kind)
    assert (await client.see("b.webp")).content == b"third"


async def test_removing_says_what_is_gone(store: SupabaseStore, client: Client) -> None:
    await store.put(client.path("a.ts"), BODY, SEGMENT)
    assert await store.remove([client.path("a.ts"), client.path("missing.ts")]) == {client.path("a.ts")}
    assert await store.remove([]) == set()
    assert await store.list(client.folder) == []


async def test_a_wrong_key_is_told_in_plain_words(service: Service) -> None:
    async with supabase_store(url=service.url, identity=GivenToken("wrong.key"), bucket=service.public) as wrong:
        for attempt in (wrong.prepare(), wrong.put("a", BODY, SEGMENT), wrong.get("a")):
            with pytest.raises(StorageRefused, match="does not accept the key"):
                await attempt
