"""The stores that the contract suite runs against, each with buckets of its own for the session.

A store of your own takes part with STOREFEED_TEST_SUPABASE_URL and STOREFEED_TEST_SUPABASE_KEY (service key).
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.storage.bucket_client import Client
from tests.storage.live_store import Access, embedded_store
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from uploader.storage.supabase import SupabaseStore

URL, KEY = "STOREFEED_TEST_SUPABASE_URL", "STOREFEED_TEST_SUPABASE_KEY"
# Made once: it takes 30 ms.
TLS = httpx.create_ssl_context()
# A real Supabase takes part where the environment names one; its key must be allowed to make buckets.
STORES = ("embedded", "supabase") if {URL, KEY} <= os.environ.keys() else ("embedded",)


@dataclass(frozen=True, slots=True)
class Service:
    """A store with three buckets: `public`; `private`; and `limited` to 1000 bytes of video/mp2t."""

    url: str
    key: str
    public: str
    private: str
    limited: str

    @property
    def headers(self) -> dict[str, str]:
        return {"apikey": self.key, "authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session", params=STORES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    if request.param == "embedded":
        with embedded_store(tmp_path_factory.mktemp("embedded")) as access:
            yield from _with_buckets(access)
    else:
        yield from _with_buckets(Access(os.environ[URL].rstrip("/"), os.environ[KEY]))


def _with_buckets(access: Access) -> Iterator[Service]:
    mark = uuid.uuid4().hex[:8]
    service = Service(access.url, access.key, f"test-{mark}-public", f"test-{mark}-private", f"test-{mark}-limited")
    with httpx.Client(base_url=f"{service.url}/storage/v1", headers=service.headers, timeout=20) as http:
        rules: dict[str, dict[str, object]] = {
            service.public: {"public": True},
            service.private: {"public": False},
            service.limited: {"public": True, "file_size_limit": 1000, "allowed_mime_types": ["video/mp2t"]},
        }
        for name, rule in rules.items():
            http.post("/bucket", json={"id": name, "name": name, **rule}).raise_for_status()
        yield service
        if access.url == os.environ.get(URL, "").rstrip("/"):
            for name in rules:
                http.post(f"/bucket/{name}/empty", json={}).raise_for_status()
                http.delete(f"/bucket/{name}").raise_for_status()


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
