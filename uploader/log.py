"""The console: one line per event in plain words, local time, nothing secret."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

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


class _Console(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's)
        """What cannot be written (its reader is gone) is left out: logging would show it with a traceback, and as it
        was before secrets were taken out of it."""


def to_console(redaction: Redaction, *, verbose: bool) -> None:
    """Send events to stdout and troubles to stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that this terminal's encoding does not know must not end a command.
        sys.stdout.reconfigure(errors="backslashreplace")
    formatter = _PlainWords(redaction, verbose=verbose)
    events, troubles = _Console(sys.stdout), _Console(sys.stderr)
    events.addFilter(lambda record: record.levelno < logging.WARNING)
    troubles.setLevel(logging.WARNING)
    for handler in (events, troubles):
        handler.setFormatter(formatter)
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[events, troubles], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.ERROR)


def nobody_reads() -> None:
    """Of what is left for stdout nothing goes out: Python writes it at the very end, and would complain."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def aside(redaction: Redaction, *, verbose: bool) -> None:
    """For a command whose answer is on stdout: nothing but errors, or with `verbose` everything, on stderr."""
    handler = _Console(sys.stderr)
    handler.setFormatter(_PlainWords(redaction, verbose=verbose))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.ERROR, handlers=[handler], force=True)
