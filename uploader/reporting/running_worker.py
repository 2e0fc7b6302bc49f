"""The worker that runs on this box, as other commands ask it: where it is, and the token that it wants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from uploader.server.page_token import known_page_token

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.configuration.environment import Environment


@dataclass(frozen=True, slots=True)
class RunningWorker:
    """Its address without a slash at the end. `token` None: it wants none, or nobody knows it here."""

    address: str
    token: str | None = field(default=None, repr=False)

    def client(self, timeout: float) -> httpx.AsyncClient:
        """Asks this worker and nobody else: the token goes along."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.AsyncClient(base_url=self.address, timeout=timeout, headers=headers, trust_env=False)

    def serves(self, url: str) -> bool:
        """Whether this address is the worker's own."""
        return url.startswith(f"{self.address}/")


def running_worker(environment: Environment, data: Path) -> RunningWorker:
    """The worker with these settings, which keeps its things in `data`. Raises InputError when its token is hidden."""
    token = environment.token
    if token is None and environment.is_open_to_the_network:
        token = known_page_token(data)
    return RunningWorker(environment.address, token)
