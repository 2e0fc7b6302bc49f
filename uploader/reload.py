"""Has the running worker do what cameras.yaml and .env say, whenever they are saved."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from uploader.configuration import environment
from uploader.edit import edit, unchanged
from uploader.errors import InputError
from uploader.saves import saves

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from uploader.configuration.camera import Camera
    from uploader.configuration.environment import Environment, Supabase
    from uploader.configuration.files import Configuration, Sources
    from uploader.fleet import Fleet
    from uploader.redaction import Redaction
    from uploader.storage.credentials import Credentials

log = logging.getLogger(__name__)


class Reload:
    """Follows `sources`, from what was `read` of them at the start. `selected`: the ids it is about, None for all."""

    def __init__(
        self,
        sources: Sources,
        read: Configuration,
        selected: Collection[str] | None,
        fleet: Fleet,
        credentials: Credentials,
        redaction: Redaction,
    ) -> None:
        self.problems: tuple[str, ...] = told(read)
        # All that stand in the file as it was read last, also those that are not to run.
        self.cameras: tuple[Camera, ...] = read.file.cameras
        self._sources = sources
        self._read = read
        self._environment = read.environment()
        self._in_use = dict(read.variables)
        self._selected = selected
        self._fleet = fleet
        self._credentials = credentials
        self._redaction = redaction

    async def run(self) -> None:
        """Follow until cancelled."""
        async for _ in saves(self._sources.files, self._read.signature):
            try:
                await self.reload()
            except Exception:  # whatever it is, the cameras go on, and so does the following
                log.exception("An internal error; what was just saved is not in use.")

    async def reload(self) -> None:
        """Read the files, and have the cameras do what they say; what cannot be read changes nothing."""
        running = self._fleet.cameras
        try:
            read = await asyncio.to_thread(self._sources.read)
            now = read.environment()
        except InputError as error:
            self._say([str(error)])
            # In no more words: what is in a status anybody may read, and paths and variables are this box's own.
            self._fleet.apply(unchanged(running, f"{self._sources.cameras.name} or .env cannot be used as it is."))
            return
        self._redaction.learn(*read.secrets, *now.secrets)
        self.cameras = read.file.cameras
        change = edit(running, read.file, self._selected)
        sentence = change.sentence(running)
        if sentence:
            log.info("%s was saved: %s.", self._sources.cameras.name, sentence)
        self._fleet.apply(change)
        self._say([*told(read), *self._environment_changed(read, now)])

    def _environment_changed(self, read: Configuration, now: Environment) -> list[str]:
        """Use what can be used at once; a sentence about the rest."""
        before, after = self._environment.supabase, now.supabase
        if before is not None and after is not None and after != before and _same_bucket(before, after):
            self._credentials.replace(after)
            self._environment = replace(self._environment, supabase=after)
            self._in_use |= {name: read.variables.get(name, "") for name in environment.OF_CREDENTIALS}
            log.info("The new key for Supabase is in use.")
        if now == self._environment:
            return []
        names = sorted(name for name in environment.NAMES if read.variables.get(name, "") != self._in_use.get(name, ""))
        return [f"{', '.join(names)} changed in .env; start the worker again to use it."]

    def _say(self, problems: Sequence[str]) -> None:
        """Log what was not said before."""
        for problem in problems:
            if problem not in self.problems:
                log.warning("%s", problem)
        if self.problems and not problems:
            log.info("%s is in order again.", self._sources.cameras.name)
        self.problems = tuple(problems)


def _same_bucket(one: Supabase, other: Supabase) -> bool:
    return (one.url, one.private) == (other.url, other.private)


def told(read: Configuration) -> tuple[str, ...]:
    """All mistakes in the files, as they are told."""
    return tuple(map(str, (*read.problems, *read.file.problems)))
