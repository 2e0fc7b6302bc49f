"""Which encoder works on this box. That an FFmpeg lists one proves nothing: each has to encode a second of pictures.

Nothing is remembered over restarts: the trial costs a fraction of a second, once for all cameras and only when one is
to be transcoded; and drivers, groups and devices change.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from uploader.ffmpeg import child, encoders

if TYPE_CHECKING:
    from uploader.ffmpeg.command import FFmpeg

log = logging.getLogger(__name__)

# Some drivers hang instead of failing.
DEADLINE = 5.0
# Less than any encoder makes of a second of the test picture.
ENOUGH = 1000


class Encoders:
    """The encoders of one FFmpeg on this box. Used by all cameras at the same time. `deadline` (s) is for one trial."""

    def __init__(self, ffmpeg: FFmpeg, *, deadline: float = DEADLINE) -> None:
        self._ffmpeg = ffmpeg
        self._deadline = deadline
        self._trials: dict[str, asyncio.Task[bool]] = {}
        self._failed: set[str] = set()

    async def choose(self, wanted: str) -> str:
        """The encoder to use where this one is wanted ("auto": the best there is): one that has proved to work."""
        if wanted == encoders.SOFTWARE:
            return wanted
        candidates = encoders.HARDWARE if wanted == "auto" else (wanted,)
        # All at the same time: most fail at once.
        works = await asyncio.gather(*map(self.works, candidates))
        return next((name for name, fine in zip(candidates, works, strict=True) if fine), encoders.SOFTWARE)

    def failed(self, name: str) -> None:
        """It was chosen and did not work with a camera's pictures; chips take so many streams and no more."""
        if name != encoders.SOFTWARE and name not in self._failed:
            log.warning("The encoder %s failed; %s is used from now on.", name, encoders.SOFTWARE)
            self._failed.add(name)

    async def works(self, name: str) -> bool:
        """Whether this encoder has proved to work, and has not failed since."""
        if name in self._failed:
            return False
        if name not in self._trials:
            self._trials[name] = asyncio.create_task(self._try(name))
        # Shielded: one camera that stops does not take the answer from the others.
        return await asyncio.shield(self._trials[name])

    async def _try(self, name: str) -> bool:
        arguments = encoders.trial(self._ffmpeg.path, name, old=self._ffmpeg.is_old)
        try:
            async with asyncio.timeout(self._deadline), child.started(arguments) as process:
                made, said = await process.communicate()
        except (OSError, TimeoutError):
            return False
        if process.returncode == 0 and len(made) > ENOUGH:
            log.info("This box encodes with %s.", name)
            return True
        log.debug("%s does not work here: %s", name, said.decode(errors="replace").strip()[-500:])
        return False
