"""When to ask a store again: what passes by itself, with jitter, and not before the store wishes (Retry-After)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

from uploader.errors import StorageError, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

# The first pause is short: on a self-hosted Supabase an overwritten object answers 500 for some milliseconds.
_JITTERED = wait_random_exponential(multiplier=0.2, max=2.0)


def until(deadline: float, tell: Callable[[StorageError, float], None]) -> AsyncRetrying:
    """Retries until `deadline` on the event loop's clock, then lets the last error through.

    Before each pause `tell` hears the error and for how many seconds it has been going on.
    """
    clock = asyncio.get_running_loop().time
    started = clock()

    def before_pause(state: RetryCallState) -> None:
        error = _error(state)
        if error is not None:
            tell(error, clock() - started)

    return AsyncRetrying(
        retry=retry_if_exception_type(StorageUnavailable),
        wait=lambda state: min(pause(state), max(0.0, deadline - clock())),
        stop=lambda _: clock() >= deadline,
        before_sleep=before_pause,
        sleep=asyncio.sleep,
        reraise=True,
    )


def pause(state: RetryCallState) -> float:
    """Seconds before the next try: jittered exponential, or what the store asked for if that is longer."""
    error = _error(state)
    wish = error.retry_after if isinstance(error, StorageUnavailable) else None
    return max(_JITTERED(state), wish or 0.0)


def _error(state: RetryCallState) -> StorageError | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, StorageError) else None
