"""What a worker is to run: cameras, settings, FFmpeg, where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.configuration import listening

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from uploader.configuration.camera import Camera
    from uploader.configuration.environment import Environment
    from uploader.configuration.files import Configuration, Sources
    from uploader.ffmpeg.command import FFmpeg
    from uploader.redaction import Redaction


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, checked and ready: nothing of it can be the user's mistake any more.

    `token` opens the pages; None: everybody may look who can reach `listener`.
    """

    cameras: tuple[Camera, ...]
    selected: frozenset[str] | None  # the ids that were asked for, None for all
    sources: Sources
    configuration: Configuration
    environment: Environment
    ffmpeg: FFmpeg
    data: Path
    listener: socket.socket
    token: str | None
    redaction: Redaction

    @property
    def address(self) -> str:
        """Where this worker's own pages are, for this box itself."""
        return listening.url(self.environment.host, self.listener.getsockname()[1])

    @property
    def is_public(self) -> bool:
        """Whether anybody may read what is stored."""
        project = self.environment.supabase
        return not project.private if project else self.token is None

    def place(self, camera: Camera) -> str:
        """The camera's folder in the bucket."""
        return f"{camera.location or self.environment.location}/{camera.id}"
