"""What opens the project for this box: a key, and as whom it speaks with it. Can be replaced while everything runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from uploader.storage.exposure import is_all_powerful, is_overheard
from uploader.storage.identity import Account, GivenToken
from uploader.storage.project_api import project_api
from uploader.storage.sign_in import error_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.configuration.environment import Supabase

log = logging.getLogger(__name__)


@asynccontextmanager
async def signed_in(supabase: Supabase, location: str) -> AsyncIterator[Credentials]:
    """As whom this box speaks, kept good for the block. `location` is where it is going to write."""
    if is_overheard(supabase.url):
        log.warning("SUPABASE_URL begins with http://: everybody on the way can read the key. Use https://.")
    credentials = Credentials(supabase, location)
    task = asyncio.create_task(credentials.run(), name="sign-in")
    try:
        yield credentials
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Credentials:
    """An Identity that can become another. Kept good while `run` runs."""

    def __init__(self, supabase: Supabase, location: str) -> None:
        self._location = location
        self._replaced = asyncio.Event()
        self._take(supabase)

    def replace(self, supabase: Supabase) -> None:
        """Speak from now on with this key, and as this user or with this token; its address is not looked at.

        Whoever pauses because the store said no tries again at once.
        """
        replaced, self._replaced = self._replaced, asyncio.Event()
        self._take(supabase)
        replaced.set()

    def _take(self, supabase: Supabase) -> None:
        if (supabase.email or supabase.access_token) and is_all_powerful(supabase.key):
            log.warning("SUPABASE_KEY may do everything in the project; the publishable key is enough for this box.")
        self._identity = self._identity_of(supabase)

    def _identity_of(self, supabase: Supabase) -> GivenToken | Account:
        if supabase.email is None or supabase.password is None:
            return GivenToken(supabase.key, supabase.access_token)
        auth = partial(project_api, f"{supabase.url}/auth/v1/token", supabase.key, error_of)
        return Account(auth, supabase.key, supabase.email, supabase.password, self._location)

    @property
    def key(self) -> str:
        """The project's key, now."""
        return self._identity.key

    async def token(self) -> str:
        """What goes into Authorization, now. Raises StorageError when there is none, with the reason."""
        return await self._identity.token()

    def rejected(self) -> None:
        """A server did not accept the token, or its policies let it do nothing."""
        self._identity.rejected()

    async def replaced(self) -> None:
        """Wait until somebody brings others."""
        await self._replaced.wait()

    async def run(self) -> None:
        """Stay signed in, as whoever it is at the time, until cancelled."""
        while True:
            replaced = self._replaced
            signing_in = asyncio.create_task(self._identity.run())
            try:
                await replaced.wait()
            finally:
                signing_in.cancel()
                await asyncio.gather(signing_in, return_exceptions=True)
