"""A private directory for segments between FFmpeg and the bucket: in RAM where there is a tmpfs, and gone afterwards.

Segments live here for milliseconds; on an SD card they would wear it out. Nobody else may look or plant files in it
(0700, a new name per run). What a killed worker left is found by its unlocked lock file and removed at the next start,
and so is an FFmpeg that outlived it: it would keep its session with the camera for ever.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.errors import InputError
from uploader.ffmpeg.outputs import writes

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "storefeed-"
LOCK = "lock"
MEMORY = Path("/dev/shm")  # noqa: S108  (made private by mkdtemp)
# A tmpfs smaller than this (containers give /dev/shm 64 MB) is left to whom it was made for.
ENOUGH = 48 * 1024 * 1024


@contextmanager
def scratch_directory(fall_back: Path, memory: Path = MEMORY) -> Iterator[Path]:
    """A new private directory, removed with all it holds on leaving. `fall_back` is used where there is no tmpfs."""
    base = memory if _is_roomy_tmpfs(memory) else fall_back
    _sweep(base)
    try:
        directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    except OSError as error:
        raise InputError(
            f"Cannot make a directory for segments in {base} ({error.strerror}).", "Free some room."
        ) from None
    # Locked before it has its name: another worker that starts now takes an unlocked one for a dead worker's.
    lock = os.open(directory / f"{LOCK}.new", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (directory / f"{LOCK}.new").rename(directory / LOCK)
        yield directory
    finally:
        os.close(lock)
        shutil.rmtree(directory, ignore_errors=True)


def _is_roomy_tmpfs(path: Path) -> bool:
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        room = os.statvfs(path)
    except OSError:
        return False
    kinds = {fields[1]: fields[2] for fields in map(str.split, mounts) if len(fields) > 2}
    return kinds.get(str(path)) == "tmpfs" and os.access(path, os.W_OK) and room.f_bavail * room.f_frsize >= ENOUGH


def _sweep(base: Path) -> None:
    """Remove the directories of workers that are gone: ours by owner, and nobody holds the lock."""
    for directory in base.glob(f"{PREFIX}*"):
        if _is_abandoned(directory):
            _end_orphans(directory)
            shutil.rmtree(directory, ignore_errors=True)


def _is_abandoned(directory: Path) -> bool:
    try:
        if directory.is_symlink() or directory.stat().st_uid != os.getuid():
            return False
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False  # just being made, or not ours
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(lock)


def _end_orphans(directory: Path) -> None:
    """Kill the FFmpegs that still write into this directory, where there is a /proc to find them in."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            target = writes(os.fsdecode((process / "cmdline").read_bytes()).rstrip("\0").rpartition("\0")[2])
            if target is not None and target.startswith(f"{directory}/"):
                os.kill(int(process.name), signal.SIGKILL)
