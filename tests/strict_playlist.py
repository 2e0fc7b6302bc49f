"""A reader of media playlists for the auditor: strict, small, and nothing of the code that it judges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

# RFC 8216 sections 4.3.1 to 4.3.3 and EXT-X-GAP of its successor: all that a live media playlist of ours may hold.
_ONCE = ("EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE")
_FLAGS = ("EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-SERVER-CONTROL", "EXT-X-PART-INF", "EXT-X-START")
_OF_A_SEGMENT = ("EXTINF", "EXT-X-DISCONTINUITY", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXT-X-BITRATE", "EXT-X-PART")
_PART = re.compile(r'DURATION=(\d+\.\d+),URI="([^"]+)"(,INDEPENDENT=YES)?')
_DURATION = re.compile(r"(\d+(?:\.\d+)?),.*")


class Unreadable(ValueError):
    """No player would take this for a live media playlist."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment as listed: all that must never change while its number lives. `era` is its discontinuity number."""

    uri: str
    extinf: str
    date: datetime | None
    era: int
    gap: bool = False
    # As a part; None when it is not listed as one, or not any more.
    independent: bool | None = field(default=None, compare=False)

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.extinf)


@dataclass(frozen=True, slots=True)
class Playlist:
    """What a viewer reads; `entries` by their media sequence numbers, in order."""

    target: int
    sequence: int
    discontinuities: int
    entries: dict[int, Entry]
    part_target: float | None = None
    hint: str | None = None

    @property
    def next(self) -> int:
        """The number that the next segment gets."""
        return self.sequence + len(self.entries)

    @property
    def duration(self) -> float:
        """Seconds of video."""
        return sum(entry.duration for entry in self.entries.values())

    @property
    def uris(self) -> set[str]:
        """What it names, and a viewer may ask for."""
        return {entry.uri for entry in self.entries.values() if not entry.gap}


def read(body: bytes) -> Playlist:
    """The playlist in these bytes. Raises Unreadable."""
    lines = [line for line in _text(body).split("\n") if line]
    if not lines or lines[0] != "#EXTM3U":
        raise Unreadable("it does not begin with #EXTM3U")
    hint = _hint(lines[-1])
    head, segments = _sorted(lines[1:-1] if hint else lines[1:])
    target = _number(head, "EXT-X-TARGETDURATION", None)
    sequence = _number(head, "EXT-X-MEDIA-SEQUENCE", "0")
    era = discontinuities = _number(head, "EXT-X-DISCONTINUITY-SEQUENCE", "0")
    entries: dict[int, Entry] = {}
    for uri, tags in segments:
        era += "EXT-X-DISCONTINUITY" in tags
        entries[sequence + len(entries)] = _entry(uri, tags, era)
    _check_start(head, list(entries.values()))
    return Playlist(target, sequence, discontinuities, entries, _part_target(head, list(entries.values())), hint)


def _hint(line: str) -> str | None:
    found = re.fullmatch(r'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="([^"]+)"', line)
    return found[1] if found else None


def _check_start(head: dict[str, str], entries: list[Entry]) -> None:
    """RFC 8216 section 4.3.5.2: inside the playlist; and for our sake in a part that a decoder can begin with."""
    if "EXT-X-START" not in head:
        return
    left = -float(head["EXT-X-START"].removeprefix("TIME-OFFSET="))
    for entry in reversed(entries):
        left -= entry.duration
        if left <= 0:
            break
    if left > 0 or entry.independent is False:
        raise Unreadable("EXT-X-START points to nothing that a player can begin with")


def _part_target(head: dict[str, str], entries: list[Entry]) -> float | None:
    """Seconds; rfc8216bis section 4.4.3.7: there when there are parts, and none is longer."""
    target = float(head["EXT-X-PART-INF"].removeprefix("PART-TARGET=")) if "EXT-X-PART-INF" in head else None
    parts = [entry for entry in entries if entry.independent is not None]
    if any(target is None or entry.duration > target for entry in parts):
        raise Unreadable("a part is longer than EXT-X-PART-INF says")
    if target is not None and "EXT-X-INDEPENDENT-SEGMENTS" in head:
        raise Unreadable("not every part begins with a keyframe")
    return target


def _text(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None
    if text.startswith("\ufeff") or not text.endswith("\n"):
        raise Unreadable("it begins with a byte order mark or does not end with a newline")
    return text


def _sorted(lines: list[str]) -> tuple[dict[str, str], list[tuple[str, dict[str, str]]]]:
    """The tags of the whole, and each URI with its own."""
    head: dict[str, str] = {}
    tags: dict[str, str] = {}
    segments: list[tuple[str, dict[str, str]]] = []
    for line in lines:
        name, _, value = line.removeprefix("#").partition(":")
        if not line.startswith("#"):
            segments.append((line, tags))
            tags = {}
        elif name in _OF_A_SEGMENT:
            _put(tags, name, value)
        elif name in (*_ONCE, *_FLAGS) and not segments and not tags:
            _put(head, name, value)
        else:
            raise Unreadable(f"{name} has no place here")
    if tags:
        raise Unreadable("tags without a segment stand at its end")
    return head, segments


def _put(tags: dict[str, str], name: str, value: str) -> None:
    if name in tags:
        raise Unreadable(f"{name} stands there twice")
    tags[name] = value


def _number(head: dict[str, str], name: str, default: str | None) -> int:
    value = head.get(name, default)
    if value is None or not re.fullmatch(r"\d{1,20}", value, re.ASCII):
        raise Unreadable(f"{name} is missing or no number")
    return int(value)


def _entry(uri: str, tags: dict[str, str], era: int) -> Entry:
    duration = _DURATION.fullmatch(tags.get("EXTINF", ""))
    if duration is None:
        raise Unreadable(f"{uri} has no EXTINF")
    date = tags.get("EXT-X-PROGRAM-DATE-TIME")
    return Entry(uri, duration[1], _date(date), era, gap="EXT-X-GAP" in tags, independent=_part(uri, duration[1], tags))


def _part(uri: str, duration: str, tags: dict[str, str]) -> bool | None:
    if "EXT-X-PART" not in tags:
        return None
    part = _PART.fullmatch(tags["EXT-X-PART"])
    if part is None or (part[1], part[2]) != (duration, uri):
        raise Unreadable(f"the part of {uri} is not the segment itself")
    return part[3] is not None


def _date(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        raise Unreadable(f"{value} is no date") from None
    if date.tzinfo is None:
        raise Unreadable(f"{value} names no time zone")
    return date
