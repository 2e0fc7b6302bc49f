"""`settings` of a camera: how its stream is made. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from uploader.configuration.profiles import PROFILES, Name

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False)


def _given(value: object) -> object:
    if value is None:
        raise ValueError("has no value")
    return value


# An optional key may be left out. A key without a value is a slip.
Given = BeforeValidator(_given)


class LiveStreamSettings(BaseModel):
    """How a camera's stream is made. What is not set follows from `profile`."""

    model_config = STRICT

    profile: Name = Field(
        "standard",
        description="How near to now: stable (6 s), standard (3.4 s), low (2 s) or realtime (below 1 s).",
    )
    target_width: int = Field(854, ge=64, le=7680, description="Width of the picture in pixels; it is never enlarged.")
    target_fps: int = Field(15, ge=1, le=60, description="Frames per second.")
    segment_duration: float = Field(
        default_factory=lambda data: float(PROFILES[data["profile"]].segment_duration),
        ge=0.5,
        le=10,
        description="Seconds of video in a segment: shorter is nearer to now, and more requests.",
    )
    segments_to_keep: int = Field(
        default_factory=lambda data: PROFILES[data["profile"]].segments_to_keep,
        ge=3,
        le=60,
        description="Segments in the playlist.",
    )
    audio: bool = Field(default=False, description="Sound too, where the camera has a microphone.")
    video: Literal["auto", "copy", "transcode"] = Field(
        "auto", description="copy sends the camera's own H.264, transcode makes it anew, auto copies where it fits."
    )
    encoder: Literal["auto", "libx264", "h264_nvenc", "h264_v4l2m2m", "h264_vaapi", "h264_nvmpi"] = Field(
        "auto", description="What transcodes; auto takes the box's hardware where it proves to work."
    )
    transport: Literal["auto", "tcp", "udp"] = Field(
        "auto", description="How the camera sends; auto is TCP, and UDP where the camera refuses TCP."
    )
    rotate: Literal[0, 90, 180, 270] = Field(0, description="Turns the picture clockwise by so many degrees.")
    bitrate: Annotated[int | None, Given] = Field(
        None, ge=100, le=20_000, description="At most so many kbit/s of video; without it, what the picture needs."
    )
    snapshot_every: Annotated[float | None, Given] = Field(
        None, ge=1, le=86_400, description="Seconds between still pictures (snapshot.jpg beside the playlist)."
    )
    frames_every: Annotated[float | None, Given] = Field(
        None,
        ge=10,
        le=86_400,
        description="Seconds between dated pictures that are kept (frames/ beside the playlist).",
    )
    frames_keep_days: int = Field(7, ge=1, le=3650, description="Days after which those pictures are removed.")

    @property
    def sent_while_made(self) -> bool:
        """Whether the upload of a segment begins with its first frame."""
        return PROFILES[self.profile].sent_while_made

    @property
    def part_duration(self) -> float | None:
        """Seconds of video in a part: an exact number of frames; None where segments are published whole."""
        part = PROFILES[self.profile].part_duration
        return max(1, round(self.target_fps * part)) / self.target_fps if part else None

    @property
    def parts_per_segment(self) -> int:
        """Parts from one keyframe to the next; 1 where segments are published whole."""
        return max(1, round(self.segment_duration / self.part_duration)) if self.part_duration else 1

    @property
    def gop(self) -> int:
        """Frames from one keyframe to the next, so that every segment begins with one, and parts are all as long."""
        if self.part_duration:
            return self.parts_per_segment * round(self.part_duration * self.target_fps)
        return max(1, round(self.target_fps * self.segment_duration))

    @property
    def keyframe_interval(self) -> float:
        """Seconds from one keyframe to the next."""
        return self.gop / self.target_fps if self.part_duration else self.segment_duration

    @property
    def keyframes_are_counted(self) -> bool:
        """Whether our encoder makes one after every `gop` frames, and never another."""
        return abs(self.gop - self.target_fps * self.keyframe_interval) < 1e-6
