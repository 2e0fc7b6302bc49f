"""The worker's own HTTP: the viewer page, the API, and the embedded store where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from uploader.reporting.metrics import CONTENT_TYPE
from uploader.server.access import ANYBODY, HEALTH
from uploader.server.gate import Gate
from uploader.server.pictures import Pictures
from uploader.server.playlist_events import PlaylistEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from uploader.pictures.preview import Preview
    from uploader.reporting.feed import Feed
    from uploader.server.access import Access

VIEWER = Path(__file__).parent / "viewer"
NOT_BUILT = (
    "<!doctype html><title>Storefeed</title><p>The viewer page is not built yet. Run scripts/run once with a network."
)


def create_app(
    cameras: Callable[[], Sequence[dict[str, object]]],
    store: Sequence[BaseRoute],
    origin: str,
    details: Callable[[str], dict[str, object]] = lambda _: {},
    problems: Callable[[], Sequence[str]] = tuple,
    feeds: Callable[[str], Feed | None] = lambda _: None,
    previews: Callable[[str], Preview | None] = lambda _: None,
    metrics: Callable[[], str] = str,
    *,
    public: bool = True,
    access: Access = ANYBODY,
    address: str | None = None,
) -> Starlette:
    """The application. `cameras` gives what /api/cameras shows, `details` what is added for one camera by its id,
    `problems` what is wrong in the configuration; `store` the embedded store's routes, empty when objects go elsewhere;
    `origin` is where the stored objects are played from; `feeds` tells at once what is stored of a camera,
    `previews` shows it, `metrics` is everything in Prometheus' words; `public`: anybody may read what is stored.
    `access` says who may see all that. `address` is what this box calls the application in what `cameras` gives; others
    are told the name they used themselves."""
    api = _Api(cameras, details, problems, address)
    pictures = Pictures(previews)
    return Starlette(
        routes=[
            Route("/", _viewer),
            Route("/cameras/{id}", _viewer),
            Route("/api/cameras", api.all),
            Route("/api/cameras/{id}", api.one),
            PlaylistEvents(feeds, public=public).route,
            Route("/api/cameras/{id}/snapshot.jpg", pictures.snapshot),
            Route("/api/cameras/{id}/preview.mjpeg", pictures.moving),
            Route(HEALTH, _health),
            Route("/metrics", _Metrics(metrics).answer),
            Mount("/assets", StaticFiles(directory=VIEWER / "assets", check_dir=False)),
            *store,
        ],
        middleware=[Middleware(Gate, access=access), Middleware(_SecurityHeaders, origin=origin)],
    )


class _Api:
    def __init__(
        self,
        cameras: Callable[[], Sequence[dict[str, object]]],
        details: Callable[[str], dict[str, object]],
        problems: Callable[[], Sequence[str]],
        address: str | None,
    ) -> None:
        self._cameras = cameras
        self._details = details
        self._problems = problems
        self._address = address

    async def all(self, request: Request) -> Response:
        cameras = [self._as_seen_by(request, camera) for camera in self._cameras()]
        return JSONResponse({"cameras": cameras, "problems": list(self._problems())}, headers=_UNCACHED)

    async def one(self, request: Request) -> Response:
        for camera in self._cameras():
            if camera["id"] == request.path_params["id"]:
                shown = self._as_seen_by(request, camera)
                return JSONResponse({**shown, **self._details(str(camera["id"]))}, headers=_UNCACHED)
        return JSONResponse({"error": "There is no such camera here."}, status_code=404, headers=_UNCACHED)

    def _as_seen_by(self, request: Request, camera: dict[str, object]) -> dict[str, object]:
        """A phone cannot play what is at 127.0.0.1. The Host header is one the gate knows."""
        if self._address is None:
            return camera
        here = str(request.base_url).rstrip("/")
        return {key: _moved(value, self._address, here) for key, value in camera.items()}


def _moved(value: object, old: str, new: str) -> object:
    return f"{new}{value[len(old) :]}" if isinstance(value, str) and value.startswith(f"{old}/") else value


class _Metrics:
    def __init__(self, metrics: Callable[[], str]) -> None:
        self._metrics = metrics

    async def answer(self, request: Request) -> Response:  # noqa: ARG002
        return Response(self._metrics(), headers={**_UNCACHED, "content-type": CONTENT_TYPE})


_UNCACHED = {"cache-control": "no-store"}


async def _viewer(request: Request) -> Response:  # noqa: ARG001
    page = VIEWER / "index.html"
    return FileResponse(page, headers={"cache-control": "no-cache"}) if page.is_file() else HTMLResponse(NOT_BUILT)


async def _health(request: Request) -> Response:  # noqa: ARG001
    return PlainTextResponse("ok\n", headers=_UNCACHED)


class _SecurityHeaders:
    """The page may talk to this worker and to where the video is stored, and to nobody else."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        policy = (
            "default-src 'self'; style-src 'self'; worker-src blob:; object-src 'none'; "
            f"base-uri 'none'; frame-ancestors 'none'; img-src 'self' data: blob: {origin}; "
            f"connect-src 'self' {origin}; media-src 'self' blob: {origin}"
        )
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        ours = scope["type"] == "http" and not scope["path"].startswith("/storage/")
        await self._app(scope, receive, send_with_headers if ours else send)
