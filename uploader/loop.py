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
from functools import partial
from threading import BoundedSemaphore, Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
P = ParamSpec("P")

# Threads at a time: one for each name that is not found, and some more.
MOST = 128


def run(work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


class Loop(asyncio.SelectorEventLoop):
    """One lookup of a name at a time, whoever asks; no thread is waited for in the end."""

    def __init__(self) -> None:
        super().__init__()
        self._lookups: dict[tuple[object, ...], asyncio.Task[Any]] = {}
        self.set_default_executor(Threads())

    async def getaddrinfo(self, host: bytes | str | None, port: bytes | str | int | None, **hints: int) -> Any:  # noqa: ANN401  (as the system answers)
        question = (host, port, *sorted(hints.items()))
        if question not in self._lookups:
            self._lookups[question] = self.create_task(super().getaddrinfo(host, port, **hints))
            self._lookups[question].add_done_callback(lambda _: self._lookups.pop(question))
        # Who gives up leaves the answer to the others.
        return await asyncio.shield(self._lookups[question])


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
