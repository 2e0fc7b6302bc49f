"""The objects of the embedded store: buckets, folders and files in one directory of this box.

    objects/incoming/                            versions that are not complete yet
    objects/+streams/bucket.json                 a bucket
    objects/+streams/+location_1/=stream.m3u8    an object: "+" marks a folder, "=" an object

Because of the marks no object name can leave its bucket, and "a" and "a/b" can both be stored. A new version is written
beside the old one, forced to disk and renamed over it: a reader sees the old one or the new one, and so does whoever
starts after a power cut.

Everything here blocks, and may be called from any thread.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.errors import InputError
from uploader.server.durable_file import make_folder, sync_folder, write_durably
from uploader.server.object_file import Incoming, ObjectInfo, OpenObject, object_info, sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INCOMING = "incoming"
BUCKET = "bucket.json"
FOLDER_MARK = "+"
OBJECT_MARK = "="
# supabase/storage src/storage/limits.ts; 1024 as in S3.
_OBJECT_NAME = re.compile(r"[\w/!.*'() &$@=;:+,?-]{1,1024}", re.ASCII)
_BUCKET_NAME = re.compile(r"[\w!.*'() &$@=;:+,?-]{1,63}", re.ASCII)
# Each part of a name becomes a file name, with its mark: a file system takes 255 bytes.
_LONGEST_PART = 254


def is_object_name(name: str) -> bool:
    """Whether an object may have this name: Supabase's rule, and no part that the file system or an address lacks."""
    parts = name.split("/")
    return (
        _OBJECT_NAME.fullmatch(name) is not None
        and not {".", "..", ""}.intersection(parts)
        and max(map(len, parts)) <= _LONGEST_PART
    )


def is_bucket_name(name: str) -> bool:
    """Whether a bucket may have this name: Supabase's rule."""
    return _BUCKET_NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and its rules. `file_size_limit` is in bytes; None means no rule. `created_at` is ISO 8601, UTC."""

    name: str
    public: bool
    created_at: str
    file_size_limit: int | None = None
    allowed_mime_types: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing: an object, or a folder (`info` is None)."""

    name: str
    info: ObjectInfo | None


class ObjectFiles:
    """Buckets of objects in `directory`, which is made private (0700). Leftovers of a crash are removed at once.

    Raises InputError when the directory cannot be used. Later, OSError means that the disk failed or is full.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._incoming = directory / INCOMING
        # Held while names change, never while bytes are read or written.
        self._naming = threading.Lock()
        # A bucket never changes.
        self._buckets: dict[str, Bucket] = {}
        try:
            self._incoming.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o700)
            sweep(self._incoming)
        except OSError as error:
            raise InputError(
                f"Objects cannot be stored in {directory} ({error.strerror}).",
                "Make it writable for this user, or choose another directory: STOREFEED_DATA=/path.",
            ) from None

    def create_bucket(self, bucket: Bucket) -> bool:
        """Make a bucket; False when there is one of that name already."""
        folder = self._directory / bucket_path(bucket.name)
        with self._naming:
            if self.bucket(bucket.name) is not None:
                return False
            make_folder(folder)
            write_durably(folder / BUCKET, json.dumps(asdict(bucket)).encode())
        return True

    def bucket(self, name: str) -> Bucket | None:
        """The bucket of that name, if there is one. Blocks for a moment, the first time only.

        One whose record is damaged is none, and can be made again over its objects.
        """
        if name not in self._buckets and is_bucket_name(name):
            with suppress(FileNotFoundError, ValueError, TypeError):
                record = (self._directory / bucket_path(name) / BUCKET).read_bytes()
                self._buckets[name] = Bucket(**json.loads(record))
        return self._buckets.get(name)

    def buckets(self) -> list[Bucket]:
        """All buckets, by name."""
        names = sorted(path.name[1:] for path in self._directory.glob(f"{FOLDER_MARK}*"))
        return [bucket for bucket in map(self.bucket, names) if bucket is not None]

    def incoming(self) -> Incoming:
        """A new object to be written; either `keep` it or discard it."""
        return Incoming(self._incoming)

    def keep(
        self, incoming: Incoming, bucket: str, name: str, *, content_type: str, cache_control: str, replace: bool
    ) -> ObjectInfo:
        """Store what was written under its name; on return it survives a power cut.

        Raises FileExistsError when there is one already and `replace` is false.
        """
        target = self._path(bucket, name)
        info = incoming.seal(content_type, cache_control, object_info(target))
        with self._naming:
            if not replace and target.exists():
                raise FileExistsError(target)
            make_folder(target.parent)
            incoming.rename(target)
        with suppress(FileNotFoundError):  # removed again already
            sync_folder(target.parent)
        return info

    def exists(self, bucket: str, name: str) -> bool:
        """Whether there is an object of that name."""
        return self._path(bucket, name).exists()

    def open(self, bucket: str, name: str) -> OpenObject | None:
        """The object's newest version, to be closed by the caller; None when there is no such object."""
        path = self._path(bucket, name)
        try:
            return OpenObject(path)
        except (FileNotFoundError, ValueError):
            return None

    def entries(self, bucket: str, folder: str) -> list[Entry]:
        """What lies directly in `folder` ("" is the top), in no particular order. Nothing where there is no folder."""
        path = (self._directory / bucket_path(bucket)).joinpath(*_folder_parts(folder))
        try:
            found = list(path.iterdir()) if not folder or is_object_name(folder) else []
        except FileNotFoundError:
            return []
        return list(_entries(found))

    def remove(self, bucket: str, names: Iterable[str]) -> dict[str, ObjectInfo]:
        """Remove objects, and folders that became empty; returns those that were there.

        Not forced to disk: what a power cut brings back is one more leftover for the worker to sweep.
        """
        paths = {name: self._path(bucket, name) for name in names if is_object_name(name)}
        found = {name: info for name, path in paths.items() if (info := object_info(path)) is not None}
        with self._naming:
            return {name: info for name, info in found.items() if _unlink(paths[name])}

    def _path(self, bucket: str, name: str) -> Path:
        return self._directory / object_path(bucket, name)


def bucket_path(bucket: str) -> Path:
    """Where a bucket lies below the directory. Raises ValueError for what is no bucket name."""
    if not is_bucket_name(bucket):
        raise ValueError(f"not a bucket name: {bucket!r}")
    return Path(f"{FOLDER_MARK}{bucket}")


def object_path(bucket: str, name: str) -> Path:
    """Where an object lies below the directory. Raises ValueError for what is no object name."""
    if not is_object_name(name):
        raise ValueError(f"not an object name: {name!r}")
    folder, _, last = name.rpartition("/")
    return bucket_path(bucket).joinpath(*_folder_parts(folder), f"{OBJECT_MARK}{last}")


def _folder_parts(folder: str) -> list[str]:
    return [f"{FOLDER_MARK}{part}" for part in folder.split("/")] if folder else []


def _entries(paths: Iterable[Path]) -> Iterator[Entry]:
    for path in paths:
        mark, name = path.name[0], path.name[1:]
        if mark == FOLDER_MARK:
            yield Entry(name, None)
        elif mark == OBJECT_MARK and (info := object_info(path)) is not None:
            yield Entry(name, info)


def _unlink(path: Path) -> bool:
    """Remove a file and the folders that became empty; False when somebody else has removed it."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    _prune(path.parent)
    return True


def _prune(folder: Path) -> None:
    """Remove a folder that is empty, and those above it; a bucket is never empty (its record lies in it)."""
    with suppress(OSError):
        while True:
            folder.rmdir()
            folder = folder.parent
