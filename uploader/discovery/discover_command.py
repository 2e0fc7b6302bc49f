"""`discover`: looks for cameras on the networks of this box, and shows entries for cameras.yaml."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from uploader.discovery import proposals, search
from uploader.source.camera_port import port_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uploader.configuration.cameras import CameraFile

NOBODY = (
    "No camera answered. ONVIF may be switched off in them, as many makers do, or they are on another network than "
    "this box. The maker's app or the router's list of devices shows their addresses, too."
)
COPY = "Copy what you want into {config}, with each camera's user and password. See 'check' for whether it works."


async def show(file: CameraFile, config: Path, hide: Callable[[str], str]) -> bool:
    """Found cameras go to stdout, as entries that can be copied as they are; words to stderr. Whether one was found.

    `file` is what stands in `config` already, `hide` takes secrets out.
    """
    sys.stderr.write(f"Looking for cameras for {search.LIMIT:g} s ...\n")
    found = await search.discover()
    if not found:
        sys.stderr.write(f"{NOBODY}\n")
        return False
    known = {there[0]: camera.id for camera in file.cameras if (there := port_of(camera.rtsp_url))}
    taken = {camera.id for camera in file.cameras} | {problem.camera for problem in file.problems if problem.camera}
    sys.stdout.write(hide(proposals.entries(found, known, taken)))
    sys.stderr.write(f"{COPY.format(config=config)}\n")
    return True
