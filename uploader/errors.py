"""What can go wrong, in words for the person who has to act.

StorefeedError
├── InputError            the person typed or wrote something that cannot work; nothing was started; exit 2
├── FFmpegError           there is no FFmpeg, or none that can do the job
└── StorageError          the bucket did not take or give an object
    ├── StorageUnavailable    passes by itself (network, overload): worth trying again
    └── StorageRefused        stays until somebody acts (key, bucket, policy, size)
"""

from __future__ import annotations


class StorefeedError(Exception):
    """What happened (with the likely cause), and what to do about it: two plain sentences, no secrets."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what, advice)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what} {self.advice}".strip()


class InputError(StorefeedError):
    """A mistake in a command, the environment or cameras.yaml. The command ends with exit status 2."""


class FFmpegError(StorefeedError):
    """FFmpeg is missing, or this build cannot do what a camera needs."""


class StorageError(StorefeedError):
    """An object could not be stored, read, listed or removed."""


class StorageUnavailable(StorageError):
    """The store cannot be reached or is overloaded; the same request may succeed later.

    `retry_after` is the store's own wish in seconds, where it sent one.
    """

    def __init__(self, what: str, advice: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(what, advice)
        self.retry_after = retry_after


class StorageRefused(StorageError):
    """The store understood and said no; asking again changes nothing until somebody acts.

    `status` is the status code the store meant (its HTTP status may be 400 with the real one in the body).
    """

    def __init__(self, what: str, advice: str = "", *, status: int) -> None:
        super().__init__(what, advice)
        self.status = status
