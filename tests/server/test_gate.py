"""Who gets behind the gate: every route the application has, by everybody who may come along."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.routing import Mount, Route

from tests import virtual_time
from uploader.server import token_page
from uploader.server.access import HEALTH, Access
from uploader.server.app import create_app
from uploader.server.objects import ObjectFiles
from uploader.server.page_token import cookie_of
from uploader.server.storage_api import storage_routes
from uploader.server.wrong_tokens import PERIOD, TRIES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Message

TOKEN, STORE_KEY, WRONG = "right-token-0123456789", "eyJ.store.key", "wrong-token-0123456789"
BOX, PHONE = "192.168.1.20:8000", "192.168.1.77"
COOKIE = {"cookie": f"storefeed_8000={cookie_of(TOKEN)}"}
BEARER = {"authorization": f"Bearer {TOKEN}"}
PARTS = {"{id}": "cam_floor", "{bucket}": "streams", "{name:path}": "location_1/cam_floor/stream.m3u8"}
ACCESS = Access(TOKEN, cookie_of(TOKEN), STORE_KEY)


def application(directory: Path, access: Access = ACCESS) -> Starlette:
    store = storage_routes(ObjectFiles(directory / "objects"), STORE_KEY)
    return create_app(lambda: [{"id": "cam_floor"}], store, "", access=access)


def calls(routes: Iterable[object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of everything that the application answers, found by looking through it."""
    for route in routes:
        if isinstance(route, Route):
            path = prefix + route.path
            for part, example in PARTS.items():
                path = path.replace(part, example)
            yield from ((method, path) for method in sorted((route.methods or set()) - {"HEAD"}))
        else:
            assert isinstance(route, Mount)
            inner = _routes(route.app)
            yield from calls(inner, prefix + route.path) if inner else iter([("GET", f"{prefix}{route.path}/a.js")])


def _routes(app: object) -> list[object]:
    """Those of the router inside all that is wrapped around it."""
    while app is not None and not hasattr(app, "routes"):
        app = getattr(app, "app", None) or getattr(app, "_app", None)
    return list(getattr(app, "routes", ()))


def everything() -> list[tuple[str, str]]:
    return [call for call in calls(application(Path("nowhere")).routes) if call[1] != HEALTH]


ROUTES = everything()


async def asked(app: ASGIApp, call: tuple[str, str], headers: dict[str, str], peer: str = PHONE) -> httpx.Response:
    async with client_of(app, peer) as client:
        return await client.request(*call, headers=headers)


def client_of(app: ASGIApp, peer: str = PHONE, base_url: str = f"http://{BOX}") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(peer, 50000)), base_url=base_url)


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    return application(tmp_path)


def test_the_routes_are_all_there_are() -> None:
    paths = {path for _, path in ROUTES}
    assert {"/", "/metrics", "/assets/a.js", "/api/cameras/cam_floor/preview.mjpeg"} <= paths
    assert "/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8" in paths
    assert len(ROUTES) >= 19


@pytest.mark.parametrize("peer", [PHONE, "127.0.0.1", "::1", ""])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": f"Bearer {WRONG}"},
        {"authorization": f"Bearer {cookie_of(TOKEN)}"},
        {"authorization": f"Basic {TOKEN}"},
        {"cookie": f"storefeed_8000={WRONG}"},
        {"cookie": f"storefeed_8000={TOKEN}"},
        {"cookie": f"storefeed_8001={cookie_of(TOKEN)}"},
        {**COOKIE, "origin": "https://elsewhere.example"},
        {**COOKIE, "origin": "http://192.168.1.20:9000"},
        {**COOKIE, "origin": "null"},
    ],
)
async def test_without_the_token_nobody_gets_anything_from_anywhere(
    app: Starlette, headers: dict[str, str], peer: str
) -> None:
    told = set()
    for call in (*ROUTES, ("GET", "/no/such/page"), ("DELETE", "/token"), ("POST", "/")):
        answer = await asked(app, call, headers, peer)
        assert answer.status_code == 401, call
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "access-control-allow-origin" not in answer.headers
        told.add(answer.text if call[0] != "HEAD" else "")
    assert len(told) == 1, "what is asked for tells nothing about what there is"


@pytest.mark.parametrize("headers", [COOKIE, BEARER, {**BEARER, "origin": "https://elsewhere.example"}])
async def test_with_the_token_every_route_answers_as_it_does_without_a_gate(
    app: Starlette, tmp_path: Path, headers: dict[str, str]
) -> None:
    ungated = application(tmp_path, Access())
    for call in ROUTES:
        own = await asked(ungated, call, {**headers, "host": "localhost", "origin": "http://localhost"})
        answer = await asked(app, call, headers)
        assert (answer.status_code, answer.text) == (own.status_code, own.text), call


async def test_the_key_of_the_store_opens_the_store_and_nothing_else(app: Starlette) -> None:
    key = {"authorization": f"Bearer {STORE_KEY}"}
    answers = {path: (await asked(app, (method, path), key)).status_code for method, path in ROUTES}
    assert {path for path, status in answers.items() if status == 401} == {
        path for path in answers if not path.startswith("/storage/v1/")
    }


async def test_whether_the_worker_is_there_may_be_asked_by_anybody(app: Starlette) -> None:
    answer = await asked(app, ("GET", HEALTH), {})
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_the_link_becomes_a_cookie_and_an_address_without_the_token(app: Starlette) -> None:
    answer = await asked(app, ("GET", f"/cameras/cam_floor?token={TOKEN}&a=b%26c&again=1"), {})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cameras/cam_floor?a=b%26c")
    assert answer.headers["set-cookie"] == (
        f"storefeed_8000={cookie_of(TOKEN)}; HttpOnly; Max-Age=31536000; Path=/; SameSite=strict"
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert TOKEN not in str(answer.headers) + answer.text


async def test_the_form_does_the_same_and_leads_to_this_worker_only(app: Starlette) -> None:
    for to, location in [
        ("/cameras/cam_floor?a=1", "/cameras/cam_floor?a=1"),
        ("//elsewhere.example/x", "/elsewhere.example/x"),
        ("/\\elsewhere.example", "/%5Celsewhere.example"),
        ("https://elsewhere.example", "/https://elsewhere.example"),
        ("", "/"),
    ]:
        async with client_of(app) as client:
            answer = await client.post(
                "/token", data={"token": f" {TOKEN} ", "to": to}, headers={"origin": f"http://{BOX}"}
            )
        assert (answer.status_code, answer.headers["location"]) == (303, location)
        assert "storefeed_8000=" in answer.headers["set-cookie"]


async def test_the_whole_link_may_be_pasted_into_the_form(app: Starlette) -> None:
    async with client_of(app) as client:
        for pasted in (f"http://{BOX}/?token={TOKEN}", f"http://{BOX}/?token=%72{TOKEN[1:]}"):
            assert (await client.post("/token", data={"token": pasted})).status_code == 303
            client.cookies.clear()
        assert (await client.post("/token", data={"token": f"http://{BOX}/?token={WRONG}"})).status_code == 401
        assert (await client.post("/token", content="&".join(["token=x"] * 50))).status_code == 401


async def test_a_page_elsewhere_cannot_fill_in_the_form(app: Starlette) -> None:
    async with client_of(app) as client:
        for origin in ("https://elsewhere.example", "null"):
            answer = await client.post("/token", data={"token": TOKEN}, headers={"origin": origin})
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers


async def test_a_form_that_nobody_typed_is_not_read_to_its_end(app: Starlette) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"token=" + b"x" * 1000

    async with client_of(app) as client:
        assert (await client.post("/token", content=endless())).status_code == 401
    assert sent < 10


def test_a_form_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async def halting() -> AsyncIterator[bytes]:
        yield b"token="
        await asyncio.sleep(3600)

    async def story() -> float:
        began = asyncio.get_running_loop().time()
        async with client_of(application(tmp_path)) as client:
            assert (await client.post("/token", content=halting())).status_code == 401
        return asyncio.get_running_loop().time() - began

    assert virtual_time.run(story()) < 60


async def test_behind_a_proxy_that_speaks_https_the_cookie_is_for_https(app: Starlette) -> None:
    async with client_of(app, base_url="https://shop-7.lan") as client:
        answer = await client.get(f"/?token={TOKEN}")
    assert answer.headers["set-cookie"].startswith("storefeed_https=")
    assert "; Secure" in answer.headers["set-cookie"]


async def test_people_see_a_page_that_asks_once_more_before_it_asks_them(app: Starlette) -> None:
    person = {"accept": "text/html,application/xhtml+xml"}
    first = await asked(app, ("GET", "/cameras/cam_floor?a=1"), person)
    assert first.status_code == 401
    assert '<meta http-equiv="refresh" content="0; url=/cameras/cam_floor?a=1&amp;again=1">' in first.text
    second = await asked(app, ("GET", "/cameras/cam_floor?a=1&again=1"), person)
    assert "http-equiv" not in second.text
    assert '<input type="hidden" name="to" value="/cameras/cam_floor?a=1">' in second.text
    back = await asked(app, ("GET", "/cameras/cam_floor?a=1&again=1"), {**person, **COOKIE})
    assert (back.status_code, back.headers["location"]) == (303, "/cameras/cam_floor?a=1")


async def test_people_with_a_wrong_token_are_told_so_and_are_shown_nothing_of_it(app: Starlette) -> None:
    answer = await asked(app, ("GET", f"/?token={WRONG}<b>"), {"accept": "text/html"})
    assert answer.status_code == 401
    assert token_page.WRONG in answer.text
    assert WRONG not in answer.text


def test_the_page_of_the_token_may_load_nothing_and_writes_nothing_unescaped() -> None:
    assert "default-src 'none'" in token_page.headers()["content-security-policy"]
    shown = token_page.page('/"><script>alert(1)</script>', "<b>", "/'\"><script>")
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "http://" not in shown
    assert "https://" not in shown


async def test_a_page_of_another_site_may_play_the_embedded_store_with_the_token_in_its_own_hands(
    app: Starlette,
) -> None:
    path = "/storage/v1/object/public/streams/a"
    wish = {
        "origin": "https://app.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    allowed = await asked(app, ("OPTIONS", path), wish)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "*")
    assert "access-control-allow-credentials" not in allowed.headers
    assert (await asked(app, ("OPTIONS", "/api/cameras"), wish)).status_code == 401


async def test_there_is_no_way_in_by_a_web_socket(app: Starlette) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "websocket", "path": "/", "headers": [], "query_string": b""}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_guesser_is_asked_to_wait_and_let_in_with_the_right_one_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        app = application(tmp_path)
        for number in range(TRIES):
            answer = await asked(app, ("GET", "/metrics"), {"authorization": f"Bearer guess-{number}"})
            assert answer.status_code == 401
        locked = await asked(app, ("GET", "/metrics"), BEARER)
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "60")
        assert "60 seconds" in locked.json()["error"]
        assert (await asked(app, ("GET", "/metrics"), BEARER, "192.168.1.78")).status_code == 200
        key = {"authorization": f"Bearer {STORE_KEY}"}
        store = await asked(app, ("GET", "/storage/v1/bucket"), key)
        assert store.status_code == 200, "the worker's own uploads go on"
        assert (await asked(app, ("GET", "/metrics"), {})).status_code == 401
        await asyncio.sleep(PERIOD + 1)
        assert (await asked(app, ("GET", "/metrics"), BEARER)).status_code == 200

    virtual_time.run(story())
    assert len(caplog.messages) == 2, "the first at once, the others a minute later"
    assert "guess" not in caplog.text
    assert TOKEN not in caplog.text
