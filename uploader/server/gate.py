"""Stands before the whole application: nobody gets behind it whom `access` does not let in."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from uploader.server import token_page
from uploader.server.access import SIGN_IN, Access, Answer, Call
from uploader.server.wrong_tokens import WrongTokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

TOKEN, AGAIN = "token", "again"
# Bytes, and seconds: nobody types more, and no phone needs longer to send it.
LARGEST_FORM, SLOWEST_FORM = 4096, 10.0
# A browser keeps the cookie for so long (s); none keeps one for longer than 400 days.
KEPT = 365 * 24 * 3600
_SAID = {
    Answer.UNKNOWN_HOST: (400, "Without a token the worker answers to 127.0.0.1 and localhost only."),
    Answer.FOREIGN_PAGE: (
        403,
        "Pages of other sites may read here with a token only: set STOREFEED_TOKEN, and send it.",
    ),
}


class Gate:
    """The middleware. It denies by default: a route that is added behind it needs no thought to be safe."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._wrong = WrongTokens()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            request = Request(scope, receive)
            try:
                response = await self._response(request)
            except ClientDisconnect:
                return
            await (response or self._app)(scope, receive, send)
        else:  # there are no WebSockets here
            await send({"type": "websocket.close", "code": 1008})

    async def _response(self, request: Request) -> Response | None:
        """The answer of the gate itself; None: the application's."""
        form = await _form(request) if (request.method, request.scope["path"]) == ("POST", SIGN_IN) else {}
        call, now = _call(request, form), asyncio.get_running_loop().time()
        answer = self._access.answer(call, self._wrong, now)
        if said := self._wrong.sentence(call.peer, now):
            log.warning("%s", said)
        match answer:
            case Answer.WELCOME:
                return self._welcome(request, form.get("to") or _clean(request))
            case Answer.PASS:
                return _redirect(_clean(request)) if _is_asked_again(request) else None
            case Answer.WAIT:
                return _later(request, form, self._wrong.wait(call.peer, now))
            case Answer.ASK:
                return _asked(request, form, call)
            case _:
                status, said = _SAID[answer]
                return JSONResponse({"error": said}, status, {"cache-control": "no-store"})

    def _welcome(self, request: Request, to: str) -> Response:
        response = _redirect(to)
        response.set_cookie(
            _cookie_name(request),
            self._access.cookie or "",
            max_age=KEPT,
            secure=request.scope["scheme"] == "https",
            httponly=True,
            samesite="strict",
        )
        return response


def _call(request: Request, form: dict[str, str]) -> Call:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    return Call(
        request.method,
        request.scope["path"],
        request.client.host if request.client else "",
        request.headers.get("host", ""),
        request.headers.get("origin"),
        form.get(TOKEN) if request.method == "POST" else request.query_params.get(TOKEN),
        request.cookies.get(_cookie_name(request)),
        bearer.strip() if scheme.lower() == "bearer" else None,
    )


def _cookie_name(request: Request) -> str:
    """Cookies are the same for all ports of a box (RFC 6265, section 8.5), and a box may have two workers."""
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"storefeed_{port if port.isdecimal() and port.isascii() else request.scope['scheme']}"


async def _form(request: Request) -> dict[str, str]:
    """What was typed into the page for people without the token; nothing when nobody can have typed that."""
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_FORM):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_FORM:
                    return {}
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=10)
    except (TimeoutError, ValueError):
        return {}
    typed = {name: values[-1].strip() for name, values in fields.items()}
    return {**typed, TOKEN: _pasted(typed.get(TOKEN, ""))}


def _pasted(text: str) -> str:
    """The token, also where the whole link was pasted."""
    _, found, query = text.partition(f"?{TOKEN}=")
    return parse_qs(f"{TOKEN}={query}").get(TOKEN, [""])[-1] if found else text


def _asked(request: Request, form: dict[str, str], call: Call) -> Response:
    """401, with a word about a token that was wrong.

    A browser keeps a SameSite=Strict cookie back when another site led here (a link in a message); asked again from
    this page, it shows it.
    """
    said = token_page.WRONG if call.offered or call.cookie or call.bearer else ""
    bare = request.method == "GET" and not said and not _is_asked_again(request)
    again = _with(_clean(request), AGAIN) if bare else None
    return _no_token(request, form, 401, said, {"www-authenticate": "Bearer"}, again)


def _later(request: Request, form: dict[str, str], wait: float) -> Response:
    seconds = max(1, math.ceil(wait))
    said = token_page.LATER.format(seconds=seconds)
    return _no_token(request, form, 429, said, {"retry-after": str(seconds)})


def _no_token(
    request: Request, form: dict[str, str], status: int, said: str, headers: dict[str, str], again: str | None = None
) -> Response:
    """A page for people, a sentence for programs."""
    headers = headers | token_page.headers()
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(token_page.page(form.get("to") or _clean(request), said, again), status, headers)
    return JSONResponse({"error": said or token_page.ASKED}, status, headers)


def _redirect(to: str) -> Response:
    headers = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
    # As a path of this worker, whatever it was: "//elsewhere" would be another host.
    return RedirectResponse(f"/{to.lstrip('/')}", 303, headers)


def _is_asked_again(request: Request) -> bool:
    return request.method == "GET" and AGAIN in request.query_params


def _clean(request: Request) -> str:
    """The request's own address on this worker, without what is meant for the gate."""
    path = "/" if request.scope["path"] == SIGN_IN else quote(request.scope["path"])
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {TOKEN, AGAIN}]
    return f"{path}?{urlencode(kept)}" if kept else path


def _with(address: str, name: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{name}=1"
