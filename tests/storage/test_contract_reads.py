"""What a store promises to browsers and caches, and to whoever lists and removes.

Every assertion was measured on the real Supabase Storage: see conftest for how to run it against one of your own.
"""

from __future__ import annotations

import hashlib
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from tests.storage.bucket_client import BODY, refused

if TYPE_CHECKING:
    from tests.storage.bucket_client import Client


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
