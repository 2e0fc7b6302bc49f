"""The event loop of all commands, which looks names up and reads files in threads that keep nobody waiting.

A name server that is silent, as it is while the uplink is down, holds a thread for half a minute, also when nobody
waits for its answer any more. asyncio's own loop asks again for everybody who does, has six threads on a box with two
cores, and joins them in the end: files that were saved would not be read meanwhile, and a worker that is stopped would
not end in time.
"""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
P = ParamSpec("P")

# A lookup that was lost is sent again after 5 s only (resolv.conf(5)): by then the uplink may be back (s).
FRESH = 2.0
# Threads at a time: a dozen for each of ten names that nobody answers for.
MOST = 128


def run(work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A name that was asked for, at this time on the loop's clock."""

    answer: asyncio.Task[Any]
    asked: float

    def __post_init__(self) -> None:
        # Whoever waited may be gone; asyncio would complain that nobody heard why it failed.
        self.answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())

    def still_counts(self, now: float) -> bool:
        """Whether another one beside it would bring nothing."""
        return not self.answer.done() and now - self.asked < FRESH


class Loop(asyncio.SelectorEventLoop):
    """A lookup of a name serves all who ask at about the same time; no thread is waited for in the end."""

    def __init__(self) -> None:
        super().__init__()
        self._lookups: dict[tuple[object, ...], _Lookup] = {}
        self.set_default_executor(Threads())

    async def getaddrinfo(self, host: bytes | str | None, port: bytes | str | int | None, **hints: int) -> Any:  # noqa: ANN401  (as the system answers)
        now = self.time()
        self._lookups = {question: known for question, known in self._lookups.items() if known.still_counts(now)}
        question = (host, port, *sorted(hints.items()))
        if question not in self._lookups:
            self._lookups[question] = _Lookup(self.create_task(super().getaddrinfo(host, port, **hints)), now)
        # Who gives up leaves the answer to the others.
        return await asyncio.shield(self._lookups[question].answer)


class Threads(ThreadPoolExecutor):
    """A thread for each call; asyncio takes nothing but a pool for this. One more than `most` is refused (OSError)."""

    def __init__(self, most: int = MOST) -> None:
        super().__init__(1)
        self._free = BoundedSemaphore(most)

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        if not self._free.acquire(blocking=False):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        future: Future[T] = Future()
        Thread(target=self._answer, args=(future, partial(call, *args, **kwargs)), daemon=True).start()
        return future

    def _answer(self, future: Future[T], call: Callable[[], T]) -> None:
        if not future.set_running_or_notify_cancel():
            self._free.release()
            return
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  (whoever waits for it gets it)
            self._free.release()
            future.set_exception(error)
        else:
            self._free.release()
            future.set_result(result)
