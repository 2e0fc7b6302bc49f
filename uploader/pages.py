"""The worker's pages and API, out of the cameras that run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uploader.hls.playlist import iso
from uploader.reporting.metrics import exposition
from uploader.reporting.process import process
from uploader.server.access import ANYBODY, Access
from uploader.server.app import create_app
from uploader.server.page_token import cookie_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

    from uploader.configuration.environment import Supabase
    from uploader.fleet import Fleet
    from uploader.pictures.preview import Preview
    from uploader.pipeline import Pipeline
    from uploader.plan import Plan
    from uploader.reporting.feed import Feed


def pages(
    plan: Plan, store: Supabase, routes: Sequence[BaseRoute], fleet: Fleet, problems: Callable[[], Sequence[str]]
) -> Starlette:
    """The application. `routes` are those of the worker's own store, where `store` is that; `problems` what is wrong in
    the configuration."""
    return create_app(
        lambda: [_shown(plan, pipeline) for pipeline in fleet.pipelines],
        routes,
        _origin(store.url) if plan.environment.supabase is not None else "'self'",
        lambda camera: next(pipeline.details for pipeline in fleet.pipelines if pipeline.camera.id == camera),
        problems,
        partial(_feed, fleet),
        partial(_preview, fleet),
        lambda: exposition([pipeline.figures for pipeline in fleet.pipelines], process()),
        public=plan.is_public,
        access=_access(plan, store),
        address=plan.address,
    )


def _access(plan: Plan, store: Supabase) -> Access:
    """Who may see the pages. The worker itself shows its own store the store's key."""
    if plan.token is None:
        return ANYBODY
    cookie = cookie_of(plan.token)
    plan.redaction.learn(plan.token, cookie)
    return Access(plan.token, cookie, store.key if plan.environment.supabase is None else None)


def _shown(plan: Plan, pipeline: Pipeline) -> dict[str, object]:
    """A camera in the API: its status, its figures, and where to find the rest."""
    figures = pipeline.figures
    return {
        "id": pipeline.camera.id,
        **pipeline.reporter.status.as_json(),
        "now": iso(figures.now),
        "figures": figures.as_json(),
        "stream_url": pipeline.stream_url,
        "status_url": pipeline.status_url,
        "page_url": f"{plan.address}/cameras/{pipeline.camera.id}",
    }


def _feed(fleet: Fleet, camera: str) -> Feed | None:
    return next((pipeline.reporter.feed for pipeline in fleet.pipelines if pipeline.camera.id == camera), None)


def _preview(fleet: Fleet, camera: str) -> Preview | None:
    return next((pipeline.preview for pipeline in fleet.pipelines if pipeline.camera.id == camera), None)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
