"""Supabase Auth as a box meets it: one user, refresh tokens that work once, access tokens that expire."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uploader.errors import StorageError, StorageRefused, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uploader.storage.project_api import Body

EMAIL, PASSWORD = "box-1@boxes.example", "correct horse"


@dataclass(slots=True, eq=False)
class AuthServer:
    """An API. `failures` are raised by the next requests, one by one; `lost` says how many good answers get lost."""

    lifetime: float = 3600.0
    location: str | None = "location_1"
    delay: float = 0.0
    failures: deque[StorageError] = field(default_factory=deque)
    lost: int = 0
    reachable: bool = True
    user_exists: bool = True
    requests: list[tuple[float, str]] = field(default_factory=list)
    _good: dict[str, float] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=set)

    async def send(
        self,
        method: str,
        *,
        params: Mapping[str, str],
        body: Body,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
    ) -> object:
        assert method == "POST"
        assert isinstance(body, dict)
        self.requests.append((asyncio.get_running_loop().time(), params["grant_type"]))
        await asyncio.sleep(self.delay)
        if not self.reachable:
            raise StorageUnavailable("Nothing answers at abc.supabase.co.")
        if self.failures:
            raise self.failures.popleft()
        if not self._knows(params["grant_type"], body):
            raise StorageRefused("Supabase does not know this e-mail address with this password.", "Check.", status=400)
        session = self._session()
        if self.lost:
            self.lost -= 1
            raise StorageUnavailable("abc.supabase.co does not answer in time.")
        return session

    def _knows(self, grant: str, body: Mapping[str, object]) -> bool:
        if grant == "password":
            return self.user_exists and body == {"email": EMAIL, "password": PASSWORD}
        token = str(body["refresh_token"])
        known = token in self._refresh
        self._refresh.discard(token)
        return self.user_exists and known

    def _session(self) -> object:
        access, refresh = f"access-{len(self.requests)}", f"refresh-{len(self.requests)}"
        self._good[access] = asyncio.get_running_loop().time() + self.lifetime
        self._refresh.add(refresh)
        return {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": self.lifetime,
            "user": {"app_metadata": {"location": self.location}},
        }

    def accepts(self, access_token: str) -> bool:
        """Whether the token is good now."""
        return asyncio.get_running_loop().time() < self._good.get(access_token, 0.0)

    def end_sessions(self) -> None:
        """What an administrator does who changes the project's keys, or signs the user out."""
        self._good.clear()
        self._refresh.clear()

    @property
    def grants(self) -> list[str]:
        return [grant for _, grant in self.requests]
