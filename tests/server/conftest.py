"""The embedded store on a real socket, one for the tests of a file, with a bucket."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette

from tests.server.requests import TLS
from tests.storage.live_store import Access, served
from uploader.server.objects import Bucket, ObjectFiles
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def access(directory: Path) -> Iterator[Access]:
    key, files = store_key(directory), ObjectFiles(directory / "objects")
    files.create_bucket(Bucket("streams", public=True, created_at="2026-01-01T00:00:00Z"))
    with served(Starlette(routes=storage_routes(files, key))) as url:
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
        yield client


@pytest.fixture
def path() -> str:
    return f"/object/streams/{uuid.uuid4().hex}/a.ts"
