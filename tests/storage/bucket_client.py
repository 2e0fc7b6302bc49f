"""A store's public bucket over plain HTTP, with the key and as browsers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from tests.storage.conftest import Service

BODY = bytes(range(256)) * 40


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


def refused(response: httpx.Response) -> tuple[int, str, str]:
    """HTTP status, the status that is meant, and its code."""
    body = response.json()
    return response.status_code, body["statusCode"], body["code"]
