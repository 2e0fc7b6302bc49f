"""One version of a stored object in one file: its bytes, then a footer with its content type and dates.

Bytes and footer become visible together, by one rename, so they can never be those of different versions. The footer
comes last because size and checksum of a body of unknown length are known last.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

# A file ends with its footer (JSON), the footer's length (4 bytes) and this.
_MAGIC = b"object/1"
_END = 4 + len(_MAGIC)
# Room for any footer: content type and cache control are headers, and short.
_LONGEST_FOOTER = 16 * 1024


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of a stored object. `size` in bytes, `md5` in hexadecimal; times are ISO 8601, UTC."""

    id: str
    size: int
    md5: str
    content_type: str
    cache_control: str
    created_at: str
    updated_at: str

    @property
    def etag(self) -> str:
        """The strong validator of this version (RFC 9110 section 8.8.3)."""
        return f'"{self.md5}"'


class OpenObject:
    """One version of an object, readable until closed, whatever happens to its name meanwhile."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when there is no such file, ValueError when it is not one of ours."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            self.info = _read_footer(self._descriptor)
        except BaseException:
            self.close()
            raise

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset` on. Raises OSError where the file has lost them."""
        wanted = max(0, min(length, self.info.size - offset))
        data = os.pread(self._descriptor, wanted, offset)
        if wanted and not data:
            raise OSError(errno.EIO, "The file is shorter than it was")
        return data

    def close(self) -> None:
        os.close(self._descriptor)


def object_info(path: Path) -> ObjectInfo | None:
    """What the object in this file is; None when there is none, or its file is damaged."""
    try:
        opened = OpenObject(path)
    except (FileNotFoundError, ValueError):
        return None
    opened.close()
    return opened.info


def _read_footer(descriptor: int) -> ObjectInfo:
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, _LONGEST_FOOTER, max(0, size - _LONGEST_FOOTER))
    length = int.from_bytes(end[-_END : -len(_MAGIC)])
    if not end.endswith(_MAGIC) or len(end) < length + _END:
        raise ValueError("no footer")
    try:
        info = ObjectInfo(**json.loads(end[-_END - length : -_END]))
    except TypeError:
        raise ValueError("a damaged footer") from None
    if info.size != size - length - _END:
        raise ValueError("bytes are missing")
    return info


class Incoming:
    """An object on its way in: seen by nobody until its file is renamed, gone without a trace after `discard`."""

    def __init__(self, directory: Path) -> None:
        self._descriptor, name = tempfile.mkstemp(dir=directory)
        self._path: Path | None = Path(name)
        # Says that somebody still writes it, to whoever sweeps the directory.
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._size = 0

    def write(self, data: bytes) -> None:
        """The next bytes of the object."""
        self._md5.update(data)
        self._size += len(data)
        self._write(data)

    def seal(self, content_type: str, cache_control: str, old: ObjectInfo | None) -> ObjectInfo:
        """Everything is there: put the footer under it and force it to disk. `old` is the version it replaces."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        info = ObjectInfo(
            # As in Supabase, an object keeps its id and its birthday when it is overwritten.
            id=old.id if old else str(uuid4()),
            size=self._size,
            md5=self._md5.hexdigest(),
            content_type=content_type,
            cache_control=cache_control,
            created_at=old.created_at if old else now,
            updated_at=now,
        )
        footer = json.dumps(asdict(info)).encode()
        self._write(footer + len(footer).to_bytes(4) + _MAGIC)
        os.fsync(self._descriptor)
        return info

    def rename(self, target: Path) -> None:
        """Make it visible under its final name."""
        if self._path is not None:
            self._path.replace(target)
            self._path = None

    def discard(self) -> None:
        """Forget it, unless it was renamed. To be called in any case; calling again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            self._path = None

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def sweep(directory: Path) -> None:
    """Remove what writers that are gone left in `directory`."""
    for path in directory.iterdir():
        with suppress(FileNotFoundError), path.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while another worker on this directory writes it
            path.unlink()
