"""One camera as cameras.yaml describes it. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, field_validator

from uploader.configuration import address, dotenv
from uploader.configuration.settings import STRICT, Given, LiveStreamSettings

LIVE_STREAM = "live_stream"
# It becomes a folder in storage and a part of URLs.
ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"
# As LOCATION_ID may be.
_LOCATION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
# "$${NAME}" stands for "${NAME}" itself.
_VARIABLE = re.compile(rf"(?P<itself>\$)?\$\{{(?P<name>{dotenv.NAME})\}}")


def _filled_in(text: object, info: ValidationInfo) -> object:
    """The text with the values of the variables it names."""
    if not isinstance(text, str):
        return text
    # Within an address any character of a value counts as itself; an address that is nothing else is taken as it is.
    within = info.field_name == "rtsp_url" and not _VARIABLE.fullmatch(text)

    def value(match: re.Match[str]) -> str:
        if match["itself"]:
            return match[0][1:]
        found: str = (info.context or {}).get(match["name"], "")
        if not found.strip():
            raise ValueError(f"uses {match['name']}, which is not set; write {match['name']}=... into .env")
        return quote(found, safe="") if within else found

    return _VARIABLE.sub(value, text)


_FilledIn = BeforeValidator(_filled_in)


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

    id: str = Field(pattern=f"^{ID}$", description="Short name; the folder of the stream in storage.")
    name: str = Field(
        default_factory=lambda data: data.get("id", ""),
        pattern=r"^[^\p{C}\p{Zl}\p{Zp}]{1,100}$",
        description="The name that people read.",
    )
    username: Annotated[str | None, Given, _FilledIn] = Field(
        None, min_length=1, max_length=128, repr=False, description="The camera's user, instead of in rtsp_url."
    )
    password: Annotated[str | None, Given, _FilledIn, AfterValidator(_of_a_user)] = Field(
        None,
        min_length=1,
        max_length=128,
        repr=False,
        description='The user\'s password, as it is; "${NAME}" is taken from .env.',
    )
    rtsp_url: Annotated[str, _FilledIn, AfterValidator(_encoded)] = Field(
        repr=False, description="rtsp://192.168.1.20:554/stream, testsrc:// for a test picture, or /dev/video0."
    )
    use_case: Annotated[str, AfterValidator(_known_or_distinct)] = Field(
        LIVE_STREAM, pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Only live_stream is streamed."
    )
    enabled: bool = Field(default=True, description="false switches it off.")
    location: Annotated[str | None, Given] = Field(
        None, pattern=f"^{_LOCATION}$", description="The first folder in storage, instead of LOCATION_ID's."
    )
    settings: LiveStreamSettings = Field(LiveStreamSettings(), description="How the stream is made.")

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
