"""As whom a box speaks to its project: with a token it was given, or as a user of its own that signs in.

Two requests of our own instead of Supabase's client for them (docs/decisions/005): that one costs 16 MB of memory, goes
by the box's wall clock, and gives up a network that is away for long.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from uploader.errors import StorageError, StorageRefused, StorageUnavailable
from uploader.storage.retry import until
from uploader.storage.sign_in import Session, session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from uploader.storage.project_api import API

log = logging.getLogger(__name__)

# A token is renewed when so much of its life is over: a quarter of an hour is left of the usual hour.
RENEW_AFTER = 0.75
# Never sooner than this after the last one (s): a token that is refused when it is new will be refused when renewed.
SHORTEST_LIFE = 60.0
# A sign-in that was refused is tried again this seldom (s): it stays refused until somebody acts.
REFUSED_PAUSE = 60.0


class Identity(Protocol):
    """As whom requests are made."""

    @property
    def key(self) -> str:
        """The project's key, now."""

    async def token(self) -> str:
        """What goes into Authorization, now. Raises StorageError when there is none, with the reason."""

    def rejected(self) -> None:
        """A server did not accept the token, or its policies let it do nothing."""

    async def replaced(self) -> None:
        """Wait until somebody brings another key, token or user."""


@dataclass(frozen=True, slots=True)
class GivenToken:
    """An Identity that stays as it is: a key, and a token of the box's own where it has one."""

    key: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)

    async def token(self) -> str:
        return self.access_token or self.key

    def rejected(self) -> None:
        """Nothing to be done: somebody has to bring another."""

    async def replaced(self) -> None:
        await asyncio.Event().wait()

    async def run(self) -> None:
        """Nothing to be done either."""


class Account:
    """A user that signs in with a password, and stays so while `run` runs. `auth` opens Supabase Auth.

    One process for a user: the refresh token is spent by whoever uses it first. All times are the event loop's, so a
    box whose clock is wrong renews as early as any other.
    """

    def __init__(
        self, auth: Callable[[], AbstractAsyncContextManager[API]], key: str, email: str, password: str, location: str
    ) -> None:
        self._auth = auth
        self.key = key
        self._email = email
        self._password = password
        self._location = location
        self._session: Session | None = None
        self._refresh_token: str | None = None
        self._since = 0.0  # when the session was asked for
        self._trouble: StorageError | None = None
        self._tried = asyncio.Event()
        self._doubted = asyncio.Event()

    async def token(self) -> str:
        """The access token; waits for the first try to sign in. Raises StorageError when there is none that is good."""
        await self._tried.wait()
        if self._session is not None and (self._trouble is None or self._age < self._session.lifetime):
            return self._session.access_token
        assert self._trouble is not None  # noqa: S101  (a try that is over left one or the other)
        raise self._trouble.with_traceback(None)

    def rejected(self) -> None:
        """Get another token, unless this one is new."""
        if self._age >= SHORTEST_LIFE:
            self._doubted.set()

    @property
    def _age(self) -> float:
        return asyncio.get_running_loop().time() - self._since

    async def run(self) -> None:
        """Sign in, and stay signed in, until cancelled."""
        try:
            async with self._auth() as api:
                while True:
                    await self._renew_or_wait(api)
        finally:
            if not self._tried.is_set():  # whoever waits for it would wait for ever
                self._note(StorageUnavailable("The box's user was replaced before it was signed in."))

    async def _renew_or_wait(self, api: API) -> None:
        try:
            await until(math.inf, self._note)(self._renew, api)
        except StorageRefused as error:
            self._note(error)
            await asyncio.sleep(REFUSED_PAUSE)
        else:
            await self._rest()

    async def _renew(self, api: API) -> None:
        self._doubted.clear()
        if self._refresh_token is not None:
            try:
                return self._take(*await self._ask(api, "refresh_token", {"refresh_token": self._refresh_token}))
            except StorageRefused as error:
                # Spent, or the session was ended; the password says whether the user is still welcome.
                log.debug("%s is signed in anew. %s", self._email, error)
                self._refresh_token = None
        return self._take(*await self._ask(api, "password", {"email": self._email, "password": self._password}))

    async def _rest(self) -> None:
        assert self._session is not None  # noqa: S101  (it was just taken)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(self._session.lifetime * RENEW_AFTER - self._age, SHORTEST_LIFE / 2)):
                await self._doubted.wait()

    async def _ask(self, api: API, grant: str, body: Mapping[str, str]) -> tuple[Session, float]:
        """A new session, and when it was asked for."""
        asked = asyncio.get_running_loop().time()
        secrets = (self._password, self._refresh_token or "")
        answer = await api.send("POST", params={"grant_type": grant}, body=body, secrets=secrets)
        return session_of(answer), asked

    def _take(self, session: Session, asked: float) -> None:
        if self._session is None:
            self._welcome(session)
        self._session, self._refresh_token, self._since = session, session.refresh_token, asked
        self._trouble = None
        self._tried.set()

    def _welcome(self, session: Session) -> None:
        log.info("Signed in to Supabase as %s.", self._email)
        if session.location != self._location:
            log.warning(
                "%s is the box of location %s, but LOCATION_ID is %s. See scripts/supabase.sql, 'A box'.",
                self._email,
                session.location or "(none)",
                self._location,
            )

    def _note(self, error: StorageError, _seconds: float = 0.0) -> None:
        # Whoever needs a token and gets none says it; while the old one is good, nobody has to know.
        log.debug("%s: no new token. %s", self._email, error)
        self._trouble = error
        self._tried.set()
