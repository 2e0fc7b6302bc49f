"""The worker's own store, tried where its data is: on the same disk, but in a directory of its own for the moment.

So a running worker's objects are not touched, and nothing stays that another user could not remove.
"""

from __future__ import annotations

import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from uploader.check import bucket
from uploader.configuration.environment import Supabase
from uploader.configuration.listening import LOOPBACK
from uploader.server.objects import ObjectFiles
from uploader.server.serving import listen, serving
from uploader.server.storage_api import storage_routes, store_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uploader.check.bucket import Bucket
    from uploader.configuration.environment import Environment

PREFIX = ".storefeed-check-"


@asynccontextmanager
async def opened(environment: Environment, data: Path) -> AsyncIterator[Bucket]:
    """A bucket in such a store for the block; `data` is where the worker keeps its own, and need not exist yet.

    Raises OSError or InputError where nothing can be written there.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=_nearest(data)) as made, listen(0) as listener:
        directory = Path(made)
        key = store_key(directory)
        app = Starlette(routes=storage_routes(ObjectFiles(directory / "objects"), key))
        project = Supabase(f"http://{LOOPBACK}:{listener.getsockname()[1]}", key)
        async with serving(app, listener), bucket.opened(replace(environment, supabase=project)) as store:
            yield store


def _nearest(directory: Path) -> Path:
    """The directory, or the first above it that is there."""
    return next(path for path in (directory, *directory.absolute().parents) if path.is_dir())
