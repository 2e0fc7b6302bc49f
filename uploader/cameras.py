"""cameras.yaml: the only file a technician edits, as values, with every mistake in it said in plain words.

A mistake costs the entry it stands in and no other. Pure, but for `read`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationError, ValidationInfo, field_validator

from uploader import address, document
from uploader.camera_problems import Problem, described, repeated_keys
from uploader.document import DocumentError, Mapping, Scalar, Sequence
from uploader.errors import InputError
from uploader.settings import STRICT, Given, LiveStreamSettings

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.document import Entry, Node

__all__ = ["Camera", "CameraFile", "LiveStreamSettings", "parse", "read"]

LIVE_STREAM = "live_stream"
# It becomes a folder in storage and a part of URLs.
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"

# As LOCATION_ID may be.
_LOCATION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"

# Of one entry. Nobody reads more at once, and looking for what was meant takes time.
_MAX_MISTAKES = 20


def _encoded(rtsp_url: str, info: ValidationInfo) -> str:
    """The address as FFmpeg takes it, with `username` and `password` in it."""
    return address.with_login(rtsp_url, info.data.get("username"), info.data.get("password")).url


def _of_a_user(password: str | None, info: ValidationInfo) -> str | None:
    if password is not None and info.data.get("username", "") is None:
        raise ValueError("needs a username; write one too, mostly it is admin")
    return password


def _known_or_distinct(use_case: str) -> str:
    # Other cases than ours are allowed, but a slip of the finger would silently show no picture.
    if use_case != LIVE_STREAM and get_close_matches(use_case.lower(), [LIVE_STREAM], 1, 0.8):
        raise ValueError(f"'{use_case}' is not known; did you mean '{LIVE_STREAM}'?")
    return use_case


class Camera(BaseModel):
    """One camera. `rtsp_url` is as FFmpeg takes it and holds the login; show `safe_url` instead."""

    model_config = STRICT

    id: str = Field(pattern=f"^{_ID}$", description="Short name; the folder of the stream in storage.")
    name: str = Field(
        default_factory=lambda data: data.get("id", ""),
        pattern=r"^[^\pC\p{Zl}\p{Zp}]{1,100}$",
        description="The name that people read.",
    )
    username: Annotated[str | None, Given] = Field(
        None, min_length=1, max_length=128, repr=False, description="The camera's login, instead of in the address."
    )
    password: Annotated[str | None, Given, AfterValidator(_of_a_user)] = Field(
        None, min_length=1, max_length=128, repr=False, description="Its password, as it is, with any characters."
    )
    rtsp_url: Annotated[str, AfterValidator(_encoded)] = Field(repr=False, description="Where the pictures come from.")
    use_case: Annotated[str, AfterValidator(_known_or_distinct)] = Field(LIVE_STREAM, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    enabled: bool = Field(default=True, description="false switches it off.")
    location: Annotated[str | None, Given] = Field(
        None, pattern=f"^{_LOCATION}$", description="The first folder in storage, instead of LOCATION_ID's."
    )
    settings: LiveStreamSettings = LiveStreamSettings()

    @field_validator("settings", mode="before")
    @classmethod
    def _all_commented_out(cls, settings: object) -> object:
        return {} if settings is None else settings

    @property
    def streamed(self) -> bool:
        """Whether this camera is to be live."""
        return self.enabled and self.use_case == LIVE_STREAM

    @property
    def source(self) -> address.Source:
        """What the pictures come from: a network camera, a video device of this box, or the test picture."""
        return address.parse(self.rtsp_url).source

    @property
    def safe_url(self) -> str:
        """The address without its login, for people."""
        return address.parse(self.rtsp_url).safe_url

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of the login must never be logged, published or shown, in every form it may turn up; longest first."""
        return address.parse(self.rtsp_url).secrets


@dataclass(frozen=True, slots=True)
class CameraFile:
    """The cameras that are fit to use, in the order of the file, and what is wrong with the others, by line."""

    cameras: tuple[Camera, ...]
    problems: tuple[Problem, ...] = ()


def read(path: Path) -> CameraFile:
    """The cameras in this file. Raises InputError when there is no such file, or none that can be read."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is not a file.", "Give the cameras.yaml itself with --config.")
        with path.open("rb") as file:
            return parse(file.read(document.MAX_SIZE + 1), path.name)
    except FileNotFoundError:
        raise InputError(
            f"There is no {path.absolute()}.",
            "Go to the folder that has it, name it with --config, or make one that holds the line "
            '- {id: cam_floor, rtsp_url: "testsrc://"}',
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its owner and permissions.") from None


def parse(source: str | bytes, name: str = "cameras.yaml") -> CameraFile:
    """The cameras in this text, and all mistakes in it; `name` is for the messages. Never raises, whatever the text."""
    try:
        entries = document.entries(source if isinstance(source, str) else _decoded(source))
    except DocumentError as error:
        return CameraFile((), (Problem(error.line, None, error.message, name),))
    cameras: list[Camera] = []
    problems: list[Problem] = []
    lines: dict[str | None, int] = {}
    for entry in entries:
        camera_id = _id(entry)
        camera, mistakes = _checked(entry.value, taken=lines.get(camera_id))
        problems += [Problem(line, camera_id, message, name) for line, message in mistakes]
        if camera and not mistakes:
            cameras.append(camera)
        if camera_id:
            lines.setdefault(camera_id, entry.line)
    return CameraFile(tuple(cameras), tuple(sorted(problems, key=lambda problem: problem.line)))


def _decoded(source: bytes) -> str:
    if len(source) > document.MAX_SIZE:
        raise document.too_large()
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + source.count(b"\n", 0, error.start)
        raise DocumentError(line, "the file is not UTF-8 text; choose UTF-8 when you save it in the editor") from None


def _id(entry: Entry) -> str | None:
    """The id this entry means to have, so that its mistakes can be told by it."""
    if isinstance(entry.value, DocumentError):
        match = re.search(rf"^\s*(?:- +)?id: *([\"']?)({_ID})\1\s*(?:#.*)?$", entry.text, re.MULTILINE)
        return match[2] if match else None
    pairs = entry.value.pairs if isinstance(entry.value, Mapping) else ()
    node = next((value for key, value in pairs if key.text == "id"), None)
    fits = isinstance(node, Scalar) and isinstance(node.value, str) and re.fullmatch(_ID, node.value)
    return fits[0] if fits else None


def _checked(entry: Node | DocumentError, taken: int | None) -> tuple[Camera | None, list[tuple[int, str]]]:
    """The camera, and line and message of what is wrong; `taken` is the line where its id was used before."""
    if isinstance(entry, DocumentError):
        return None, [(entry.line, entry.message)]
    if not isinstance(entry, Mapping):
        return None, [
            (entry.line, "this is no camera; write 'id:' after the dash and its other keys below it, or remove it")
        ]
    mistakes = [*repeated_keys(entry)]
    if taken is not None:
        mistakes.append((entry.line, f"the same id is already used on line {taken}; ids must differ"))
    try:
        return Camera.model_validate(_plain(entry)), mistakes
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        # The name's default is the id, a profile's are others': what is wrong there is reported for both.
        found = [detail for detail in found if detail["type"] != "default_factory_not_called"]
        return None, mistakes + [described(detail, entry, _KEYS) for detail in found[:_MAX_MISTAKES]]


_FIRST = ("id", "name", "rtsp_url")
_KEYS = {
    "": (*_FIRST, *(key for key in Camera.model_fields if key not in _FIRST)),
    "settings": tuple(LiveStreamSettings.model_fields),
}


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    values: dict[str, object] = {}
    for key, value in node.pairs:
        values.setdefault(key.text, _plain(value))
    return values
