"""The console: one line per event in plain words, local time, nothing secret."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.redaction import Redaction

# These say at INFO what is our business to say, or what nobody in a store needs.
_CHATTY = ("httpx", "httpcore", "hpack", "watchdog", "uvicorn", "asyncio", "python_multipart")


class _PlainWords(logging.Formatter):
    """`14:02:05 Floor Camera: live`. What went wrong inside is told in full only with --verbose."""

    def __init__(self, redaction: Redaction, *, verbose: bool) -> None:
        super().__init__("%(asctime)s %(message)s", "%H:%M:%S")
        self._redaction = redaction
        self._verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        if not self._verbose:
            record.exc_info = record.exc_text = record.stack_info = None
        return self._redaction(super().format(record))


def to_console(redaction: Redaction, *, verbose: bool) -> None:
    """Send events to stdout and troubles to stderr."""
    formatter = _PlainWords(redaction, verbose=verbose)
    events, troubles = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    events.addFilter(lambda record: record.levelno < logging.WARNING)
    troubles.setLevel(logging.WARNING)
    for handler in (events, troubles):
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[events, troubles], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.ERROR)


def aside(redaction: Redaction, *, verbose: bool) -> None:
    """For a command whose answer is on stdout: nothing but errors, or with `verbose` everything, on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlainWords(redaction, verbose=verbose))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.ERROR, handlers=[handler], force=True)
