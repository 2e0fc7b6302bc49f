"""The media playlist of RFC 8216 as a value: rendered for viewers, parsed back after a restart.

With parts (draft-pantos-hls-rfc8216bis) a part and its segment are one object: a segment of a third of a second, listed
as EXT-X-PART as well while it is new. So nothing is sent twice, and players that know no parts see plain segments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime

# 3: decimal EXTINF durations; no tag written here needs more (RFC 8216 section 7).
VERSION = 3
# What the examples with parts in rfc8216bis say.
VERSION_WITH_PARTS = 6
# In target durations from the end: so far a player stays that knows no parts (rfc8216bis section 4.4.3.8).
HOLD_BACK = 3
# How far from the end a player should stay that asks for playlists only: keyframe to keyframe, for that is how often
# they come, and three parts on top (rfc8216bis section 4.4.3.8).
SPARE_PARTS = 3
INSIDE = 0.01  # s


class PlaylistError(ValueError):
    """The text is no media playlist."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A media segment as a playlist names it.

    `duration` is in seconds (EXTINF). `discontinuity` says that an EXT-X-DISCONTINUITY stands before it: its
    timestamps or encoding do not follow from the segment before. `independent`: it begins with a keyframe.
    """

    uri: str
    duration: float
    program_date_time: datetime | None = None
    discontinuity: bool = False
    independent: bool = True

    @property
    def end(self) -> datetime | None:
        """When its last picture was taken, where that is known."""
        if self.program_date_time is None:
            return None
        return datetime.fromtimestamp(self.program_date_time.timestamp() + self.duration, UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """That segments are parts: none is longer than `target` seconds, a keyframe comes every `interval` seconds."""

    target: float
    interval: float

    @property
    def hold_back(self) -> float:
        """How far from the end a player stays that goes by playlists, in seconds (PART-HOLD-BACK)."""
        return self.interval + SPARE_PARTS * self.target

    def lists(self, segment: Segment, after: float) -> bool:
        """Whether a segment is listed as a part, too, that has so many seconds `after` it. Where no player begins they
        are of no use, and each costs a line: a server may take them away that are no longer at the live edge
        (rfc8216bis section 6.2.1)."""
        return segment.duration <= self.target and after + segment.duration < self.hold_back + INSIDE


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """What a viewer reads. `target_duration` is in whole seconds.

    `hint` names the part that will come next, and is not stored yet.
    """

    target_duration: int  # EXT-X-TARGETDURATION
    media_sequence: int = 0  # EXT-X-MEDIA-SEQUENCE: the number of the first segment
    discontinuity_sequence: int = 0  # EXT-X-DISCONTINUITY-SEQUENCE
    segments: tuple[Segment, ...] = ()
    parts: Parts | None = None  # EXT-X-PART-INF
    hint: str | None = None  # EXT-X-PRELOAD-HINT

    @property
    def duration(self) -> float:
        """Seconds of video from the first segment's start to the last one's end."""
        return math.fsum(segment.duration for segment in self.segments)

    @property
    def next_sequence(self) -> int:
        """The media sequence number that the next segment gets."""
        return self.media_sequence + len(self.segments)

    def render(self) -> str:
        """The playlist's text, UTF-8 clean, with a final newline."""
        head = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{VERSION_WITH_PARTS if self.parts else VERSION}",
            f"#EXT-X-TARGETDURATION:{self.target_duration}",
            *(_part_control(self.parts, self.target_duration) if self.parts else ()),
            *(_start(self.segments, self.parts) if self.parts else ()),
            f"#EXT-X-MEDIA-SEQUENCE:{self.media_sequence}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self.discontinuity_sequence}",
            *(() if self.parts else ("#EXT-X-INDEPENDENT-SEGMENTS",)),
        ]
        hint = [f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self.hint}"'] if self.hint else []
        return "\n".join([*head, *self._segment_lines(), *hint]) + "\n"

    def _segment_lines(self) -> list[str]:
        lines: list[str] = []
        after = self.duration  # what of the playlist comes after this segment (s)
        for segment in self.segments:
            after -= segment.duration
            lines += _tags(segment, is_dated=segment.independent or segment.discontinuity)
            lines += [_part_line(segment)] if self.parts and self.parts.lists(segment, after) else []
            lines += [f"#EXTINF:{segment.duration:.6f},", segment.uri]
        return lines


def _part_control(parts: Parts, target_duration: int) -> tuple[str, ...]:
    return (
        f"#EXT-X-SERVER-CONTROL:HOLD-BACK={HOLD_BACK * target_duration:.1f},PART-HOLD-BACK={parts.hold_back:.3f}",
        f"#EXT-X-PART-INF:PART-TARGET={parts.target:.6f}",
    )


def _start(segments: tuple[Segment, ...], parts: Parts) -> list[str]:
    """Where a player that goes by playlists begins: with a keyframe, the newest one that is far enough from the end.

    hls.js cannot use what comes before one, and asks for it again and again until it has left the playlist.
    """
    left, offset = 0.0, 0.0
    for segment in reversed(segments):
        left += segment.duration
        offset = left if segment.independent else offset
        if offset >= parts.hold_back:
            break
    # Just inside, whatever is lost by rounding.
    return [f"#EXT-X-START:TIME-OFFSET=-{offset - INSIDE:.3f}"] if offset else []


def _tags(segment: Segment, *, is_dated: bool) -> list[str]:
    lines = ["#EXT-X-DISCONTINUITY"] if segment.discontinuity else []
    if segment.program_date_time is not None and is_dated:
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{iso(segment.program_date_time)}")
    return lines


def _part_line(segment: Segment) -> str:
    independent = ",INDEPENDENT=YES" if segment.independent else ""
    return f'#EXT-X-PART:DURATION={segment.duration:.6f},URI="{segment.uri}"{independent}'


def iso(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as players and people read it: 2026-11-20T14:02:05.250Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> MediaPlaylist:
    """Read a media playlist, ours or FFmpeg's; tags that neither writes are passed over. Raises PlaylistError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise PlaylistError("a playlist starts with #EXTM3U")
    try:
        return _assemble(lines)
    except (ValueError, OverflowError) as error:
        raise PlaylistError(f"not a media playlist: {error}") from None


def _assemble(lines: list[str]) -> MediaPlaylist:
    head: dict[str, str] = {}
    segments: list[Segment] = []
    pending: dict[str, str] = {}
    for line in lines:
        tag, _, value = line.partition(":")
        if tag in _HEAD_TAGS:
            head[tag] = value
        elif tag in _SEGMENT_TAGS:
            pending[tag] = value
        elif not line.startswith("#"):
            segments.append(_dated(_segment(line, pending, "#EXT-X-PART-INF" in head), segments))
            pending = {}
    return MediaPlaylist(
        target_duration=_natural(head["#EXT-X-TARGETDURATION"]) if "#EXT-X-TARGETDURATION" in head else _missing(),
        media_sequence=_natural(head.get("#EXT-X-MEDIA-SEQUENCE", "0")),
        discontinuity_sequence=_natural(head.get("#EXT-X-DISCONTINUITY-SEQUENCE", "0")),
        segments=tuple(segments),
    )


_HEAD_TAGS = frozenset(
    {"#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-PART-INF"}
)
_SEGMENT_TAGS = frozenset({"#EXTINF", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME"})


def _missing() -> int:
    raise PlaylistError("EXT-X-TARGETDURATION is missing")


def _natural(value: str) -> int:
    # RFC 8216 section 4.2: a decimal-integer is unsigned and fits 64 bits.
    if not (value.isascii() and value.isdigit() and len(value) <= 20 and int(value) < 2**64):
        raise PlaylistError(f"{value[:40]!r} is not a decimal-integer")
    return int(value)


def _segment(uri: str, tags: dict[str, str], is_part: bool) -> Segment:
    if "#EXTINF" not in tags:
        raise PlaylistError("a segment has no EXTINF")
    duration = float(tags["#EXTINF"].partition(",")[0])
    if not 0 <= duration < math.inf:
        raise PlaylistError("an EXTINF is no duration")
    return Segment(
        uri=uri,
        duration=duration,
        program_date_time=_time(tags.get("#EXT-X-PROGRAM-DATE-TIME")),
        discontinuity="#EXT-X-DISCONTINUITY" in tags,
        independent=not is_part or "#EXT-X-PROGRAM-DATE-TIME" in tags,  # as we write them
    )


def _dated(segment: Segment, before: list[Segment]) -> Segment:
    """A segment without a date follows the one before it (RFC 8216 section 4.3.2.6)."""
    if segment.program_date_time is not None or segment.discontinuity or not before:
        return segment
    return replace(segment, program_date_time=before[-1].end)


def _time(value: str | None) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
