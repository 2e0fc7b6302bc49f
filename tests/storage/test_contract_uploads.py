"""What a store promises to whoever uploads: when something can be seen, what replaces what, what is refused.

Every assertion was measured on the real Supabase Storage: see conftest for how to run it against one of your own.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.storage.bucket_client import BODY, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.storage.bucket_client import Client


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
