"""The part of the Supabase Storage HTTP API that a worker and a player use, over files of this box.

Same paths, same bodies, same status codes: what talks to this talks to the real one, and the other way round.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

from anyio.to_thread import run_sync
from pydantic import BaseModel, Field, ValidationError
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from uploader.server import refusals
from uploader.server.listing import ListQuery, listing, object_row
from uploader.server.object_response import ObjectResponse
from uploader.server.objects import Bucket, ObjectFiles, is_bucket_name, is_object_name
from uploader.server.store_key import refusal_of, store_key
from uploader.server.upload import STALLED, Upload, unless_stalled

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["storage_routes", "store_key"]

# The largest query in JSON: a thousand long names to remove.
LARGEST_QUERY = 2 * 1024 * 1024


def storage_routes(files: ObjectFiles, key: str, *, stalled: float = STALLED) -> list[BaseRoute]:
    """The routes under /storage/v1 for an application. `key` opens everything; public buckets are read without it.

    A body that pauses for `stalled` seconds is given up.
    """
    api = _StorageApi(files, key, stalled)
    routes = [
        Route("/bucket", api.buckets, methods=["GET"]),
        Route("/bucket", api.create_bucket, methods=["POST"]),
        Route("/bucket/{bucket}", api.bucket, methods=["GET"]),
        Route("/object/list/{bucket}", api.list, methods=["POST"]),
        Route("/object/public/{bucket}/{name:path}", api.read_public, methods=["GET"]),
        Route("/object/authenticated/{bucket}/{name:path}", api.read, methods=["GET"]),
        Route("/object/{bucket}", api.remove, methods=["DELETE"]),
        Route("/object/{bucket}/{name:path}", api.read, methods=["GET"]),
        Route("/object/{bucket}/{name:path}", api.upload, methods=["POST", "PUT"]),
        Route("/object/{bucket}/{name:path}", api.remove_one, methods=["DELETE"]),
    ]
    # In Supabase the gateway answers browsers, the same for every path.
    app = CORSMiddleware(_Answering(Router(routes, redirect_slashes=False)), ["*"], ["*"], ["*"])
    return [Mount("/storage/v1", app)]


class _Answering:
    """Turns a Refusal into an answer. A client that left gets none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except ClientDisconnect:
            return
        except refusals.Refusal as refusal:
            await _answer(refusal)(scope, receive, send)
        except OSError as error:
            # The disk is full or failing. Half an object on its way is cut off rather than completed with lies.
            if not started:
                await _answer(refusals.internal_error(error.strerror or "disk error"))(scope, receive, send)


def _answer(refusal: refusals.Refusal) -> Response:
    return JSONResponse(refusal.body, refusal.http_status, refusal.headers)


class _RemoveQuery(BaseModel):
    prefixes: Annotated[list[str], Field(min_length=1)]


class _NewBucket(BaseModel):
    name: str
    id: str | None = None
    public: bool = False
    file_size_limit: Annotated[int, Field(ge=1)] | None = None
    allowed_mime_types: list[str] | None = None


_Query = TypeVar("_Query", bound=BaseModel)


class _StorageApi:
    def __init__(self, files: ObjectFiles, key: str, stalled: float) -> None:
        self._files = files
        self._key = key
        self._stalled = stalled

    async def buckets(self, request: Request) -> Response:
        self._check_key(request)
        return JSONResponse([_bucket_row(bucket) for bucket in await run_sync(self._files.buckets)])

    async def bucket(self, request: Request) -> Response:
        self._check_key(request)
        return JSONResponse(_bucket_row(self._bucket(request)))

    async def create_bucket(self, request: Request) -> Response:
        self._check_key(request)
        wish = await self._query(request, _NewBucket)
        name = wish.id or wish.name
        if not is_bucket_name(name):
            raise refusals.invalid_bucket_name()
        bucket = Bucket(name, wish.public, _now(), wish.file_size_limit, wish.allowed_mime_types)
        if not await run_sync(self._files.create_bucket, bucket):
            raise refusals.bucket_already_exists()
        return JSONResponse({"name": name})

    async def upload(self, request: Request) -> Response:
        self._check_key(request)
        bucket, name = self._bucket(request), _object_name(request)
        replace = request.method == "PUT" or request.headers.get("x-upsert") == "true"
        info = await Upload(self._files, bucket, name, replace=replace, stalled=self._stalled).receive(request)
        return JSONResponse({"Key": f"{bucket.name}/{name}", "Id": info.id})

    async def read_public(self, request: Request) -> ObjectResponse:
        if not self._bucket(request).public:
            raise refusals.no_such_bucket()
        return await self._read(request)

    async def read(self, request: Request) -> ObjectResponse:
        self._check_key(request)
        return await self._read(request)

    async def _read(self, request: Request) -> ObjectResponse:
        opened = await run_sync(self._files.open, self._bucket(request).name, _object_name(request))
        if opened is None:
            raise refusals.no_such_key()
        return ObjectResponse(opened)

    async def list(self, request: Request) -> Response:
        self._check_key(request)
        bucket, wish = self._bucket(request), await self._query(request, ListQuery)
        entries = await run_sync(self._files.entries, bucket.name, wish.prefix.strip("/"))
        return JSONResponse(listing(entries, wish))

    async def remove(self, request: Request) -> Response:
        self._check_key(request)
        bucket, wish = self._bucket(request), await self._query(request, _RemoveQuery)
        removed = await run_sync(self._files.remove, bucket.name, wish.prefixes)
        return JSONResponse([{"bucket_id": bucket.name, **object_row(name, info)} for name, info in removed.items()])

    async def remove_one(self, request: Request) -> Response:
        self._check_key(request)
        if not await run_sync(self._files.remove, self._bucket(request).name, [_object_name(request)]):
            raise refusals.no_such_key()
        return JSONResponse({"message": "Successfully deleted"})

    def _check_key(self, request: Request) -> None:
        """Raise a Refusal unless the request carries the key, as Supabase's clients do or as a gateway passes it on."""
        authorization = request.headers.get("authorization")
        token = request.headers.get("apikey") if authorization is None else authorization[len("Bearer ") :]
        if token is None:
            raise refusals.invalid_request("headers must have required property 'authorization'")
        if refused := refusal_of(token, self._key, time.time()):
            raise refusals.access_denied(refused)

    def _bucket(self, request: Request) -> Bucket:
        bucket = self._files.bucket(request.path_params["bucket"])
        if bucket is None:
            raise refusals.no_such_bucket()
        return bucket

    async def _query(self, request: Request, model: type[_Query]) -> _Query:
        """The request's JSON body, checked."""
        body = bytearray()
        async with aclosing(request.stream()) as stream:
            async for chunk in unless_stalled(stream, self._stalled):
                body += chunk
                if len(body) > LARGEST_QUERY:
                    raise refusals.entity_too_large()
        try:
            return model.model_validate_json(bytes(body))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = "/".join(map(str, ("body", *first["loc"])))
            raise refusals.invalid_request(f"{place} {first['msg']}") from None


def _object_name(request: Request) -> str:
    name: str = request.path_params["name"]
    if not is_object_name(name):
        raise refusals.invalid_key(name)
    return name


def _bucket_row(bucket: Bucket) -> dict[str, object]:
    return {
        "id": bucket.name,
        "name": bucket.name,
        "owner": "",
        "public": bucket.public,
        "type": "STANDARD",
        "file_size_limit": bucket.file_size_limit,
        "allowed_mime_types": bucket.allowed_mime_types,
        "created_at": bucket.created_at,
        "updated_at": bucket.created_at,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
