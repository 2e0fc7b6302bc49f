"""`install-service`: checks that the worker could run as a service, and has systemd run it."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from uploader.configuration import selection
from uploader.configuration.files import Sources
from uploader.service import installer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from uploader.redaction import Redaction

log = logging.getLogger(__name__)


def install(config: Path, selected: Sequence[str], redaction: Redaction, *, only_show: bool) -> None:
    """Install the service for the cameras of `config` with these ids, all when there are none. Raises InputError."""
    # As the service will see it: without the variables of this shell.
    configuration = Sources(config, {}).read()
    redaction.learn(*configuration.secrets)
    for problem in (*configuration.problems, *configuration.file.problems):
        log.warning("%s", problem)
    unseen = installer.unseen(os.environ, configuration)
    if unseen:
        log.warning("The service does not see %s, set in this shell. Write NAME=value into .env.", ", ".join(unseen))
    if selected:
        selection.named(configuration.file, selected, config.name)
    else:
        selection.every(configuration.file, config.name)
    service = installer.service(config, selected, configuration)
    installation = installer.installation(config, service)
    if only_show:
        sys.stdout.write(installation.unit)
        return
    installer.check_possible(service)
    installation.install(installer.Machine())
    sys.stdout.write(installer.what_next(config))
