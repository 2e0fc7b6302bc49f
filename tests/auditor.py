"""Reads every version of every object that a viewer could have seen, and says which promise it breaks.

The promises are the storage invariants that this product makes, and what RFC 8216 sections 6.2.1 and 6.2.2 ask of who
writes a live playlist. It shares no code with what it judges. Feed it in the order in which viewers could see things.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.strict_playlist import Entry, Playlist, Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PLAYLIST = "stream.m3u8"
# RFC 8216 section 6.2.2: what left the playlist stays for its own duration and the longest playlist's that held it;
# caches and slow viewers get at least this (s).
GRACE = 30.0
# RFC 8216 section 6.2.2: removing a segment never leaves less than this many target durations.
LEAST = 3
# By how much the date of a segment may differ from the end of the one before, without a discontinuity between.
DRIFT = timedelta(seconds=1)
INSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class Version:
    """From `time` (s) on, `body` could be read at `path` (inside the camera's folder); None: nothing any more.

    `overtaken`: a later write to the same path had been completed before; that this one landed at all is the store's
    doing, and nobody can prevent it.
    """

    time: float
    path: str
    body: bytes | None
    overtaken: bool = False


@dataclass(frozen=True, slots=True)
class Filmed:
    """A segment as the camera gave it, `number` counting them; `follows` the one before it without a break."""

    number: int
    duration: float
    follows: bool


@dataclass(slots=True)
class Auditor:
    """`violations` must stay empty. `secrets` are what no object may hold."""

    secrets: Collection[bytes] = ()
    violations: list[str] = field(default_factory=list)
    playlists: int = 0
    most_segments: int = 0
    current: Playlist | None = None
    _stored: dict[str, bytes] = field(default_factory=dict)
    _bodies: dict[str, bytes] = field(default_factory=dict)
    _known: dict[int, Entry] = field(default_factory=dict)
    _last_listed: dict[str, float] = field(default_factory=dict)
    _last_seen: dict[str, float] = field(default_factory=dict)
    _reach: dict[str, float] = field(default_factory=dict)
    _filmed: dict[bytes, Filmed] = field(default_factory=dict)
    _late: set[str] = field(default_factory=set)  # what only a late write names
    _writing: int = 0
    _time: float = 0.0
    _vandalised: bool = False
    _doubt: bool = False

    @property
    def segments(self) -> list[str]:
        """The segments that are stored now."""
        return [path for path in self._stored if path.endswith(".ts")]

    def filmed(self, body: bytes, duration: float, *, follows: bool) -> None:
        """The camera gave this segment. Bodies must differ."""
        self._filmed[body] = Filmed(len(self._filmed), duration, follows)

    def number_of(self, path: str) -> int | None:
        """Which segment of the camera is, or was, stored there."""
        filmed = self._filmed.get(self._bodies.get(path, b""))
        return filmed.number if filmed else None

    @property
    def listed(self) -> int:
        """How many segments were ever listed."""
        return len(self._known)

    @property
    def behind(self) -> int:
        """How many segments, once listed, a late write has taken from the end of the playlist that is stored now."""
        return max(self._known) + 1 - self.current.next if self.current is not None else 0

    def write_begins(self, path: str) -> None:
        """The worker starts a request to store `path`."""
        if path == PLAYLIST:
            self._writing += 1
            if self._writing > 1:
                self._say("two playlist writes are in flight (5)")

    def write_ends(self, path: str, *, doubtful: bool = False) -> None:
        """The worker knows how that request ended; or `doubtful`: it has given it up, and it may yet land."""
        if path == PLAYLIST:
            self._writing -= 1
            self._doubt = self._doubt or doubtful

    def worker_dies(self) -> None:
        """Whatever was in flight is nobody's any more."""
        self._doubt = self._doubt or self._writing > 0
        self._writing = 0

    def vandalised(self, path: str, body: bytes | None) -> None:
        """Somebody else changed or removed an object; what he did is not judged, only what comes of it."""
        self._keep(path, body)
        self._vandalised = self._vandalised or path == PLAYLIST

    def see(self, version: Version) -> None:
        """The next thing that a viewer could have seen."""
        self._time = version.time
        self._report(self._leaks(version))
        if version.path == PLAYLIST:
            self._see_playlist(version)
        else:
            self._report(self._wrong_with_object(version))
        self._keep(version.path, version.body)

    def _keep(self, path: str, body: bytes | None) -> None:
        if body is None:
            self._stored.pop(path, None)
        else:
            self._stored[path] = body
        if path.endswith(".ts"):
            self.most_segments = max(self.most_segments, len(self.segments))

    def _say(self, what: str) -> None:
        self.violations.append(f"{self._time:.2f} s: {what}")

    def _report(self, violations: Iterator[str]) -> None:
        for violation in violations:
            self._say(violation)

    def _leaks(self, version: Version) -> Iterator[str]:
        if any(secret in (version.body or b"") + version.path.encode() for secret in self.secrets):
            yield f"{version.path} holds a secret (8)"

    # Segments ---------------------------------------------------------------------------------------------------------

    def _wrong_with_object(self, version: Version) -> Iterator[str]:
        path, body = version.path, version.body
        if not path.endswith(".ts"):
            return
        if body is None:
            yield from self._removed_too_early(path)
        elif self._bodies.setdefault(path, body) != body:
            yield f"{path} has two bodies (3)"

    def _removed_too_early(self, path: str) -> Iterator[str]:
        if self.current is not None and path in self.current.uris:
            yield f"{path} is removed while it is listed (1)"
        elif path in self._last_listed:
            stayed, late = self._time - self._last_listed[path], self._time - self._last_seen[path]
            # A late write may list it once more: nobody can know, so then it is only the standard's time that counts.
            if stayed < GRACE - INSTANT or late < self._reach[path] - INSTANT:
                yield f"{path} is removed {min(stayed, late):.1f} s after it left the playlist (7)"

    # Playlists --------------------------------------------------------------------------------------------------------

    def _see_playlist(self, version: Version) -> None:
        if version.body is None:
            return self._say("the playlist is removed (RFC 8216 section 6.2.1)")
        try:
            playlist = read(version.body)
        except Unreadable as error:
            return self._say(f"the playlist cannot be played: {error}")
        self.playlists += 1
        self._report(self._wrong_by_itself(playlist))
        self._report(self._wrong_numbers(playlist))
        if not version.overtaken:
            self._report(self._wrong_change(playlist))
        self._remember(playlist, overtaken=version.overtaken)
        return None

    def _wrong_by_itself(self, playlist: Playlist) -> Iterator[str]:
        if not playlist.entries:
            yield "the playlist is empty (RFC 8216 section 6.2.2)"
        yield from self._wrong_with_parts(playlist)
        for entry in playlist.entries.values():
            if entry.gap:
                continue
            if entry.uri not in self._stored:
                yield f"{entry.uri} is listed but not stored (1)"
            elif self._filmed and not self._is_as_filmed(entry):
                yield f"{entry.uri} is not what the camera gave (1)"
            if int(entry.duration + 0.5) > playlist.target:
                yield f"{entry.uri} rounds to more than EXT-X-TARGETDURATION (4)"

    def _wrong_with_parts(self, playlist: Playlist) -> Iterator[str]:
        if playlist.hint is not None and playlist.hint in playlist.uris:
            yield f"{playlist.hint} is hinted and listed"
        for before, entry in pairwise(playlist.entries.values()):
            if entry.era != before.era and entry.independent is False:
                yield f"{entry.uri} follows a discontinuity, and begins with no keyframe"

    def _is_as_filmed(self, entry: Entry) -> bool:
        filmed = self._filmed.get(self._stored[entry.uri])
        return filmed is not None and abs(filmed.duration - entry.duration) < 0.001

    def _wrong_numbers(self, playlist: Playlist) -> Iterator[str]:
        """What must hold for a number and its neighbours for ever, however late a version was seen."""
        for number, entry in playlist.entries.items():
            known = self._known.get(number)
            if known is None:
                before = playlist.entries.get(number - 1, self._known.get(number - 1))
                # Where numbers were passed over, the jump itself tells the player.
                yield from self._wrong_neighbours(before, entry) if before else ()
            elif known.uri != entry.uri or known.extinf != entry.extinf:
                yield f"number {number} was {known.uri} ({known.extinf} s) and is {entry.uri} ({entry.extinf} s) (2)"
            elif known != entry:
                yield f"number {number} changed its date or discontinuity number (2)"

    def _wrong_neighbours(self, before: Entry, entry: Entry) -> Iterator[str]:
        if entry.gap or before.gap:
            return
        if entry.era == before.era:
            yield from self._unmarked(before, entry)
            if entry.date is not None and before.date is not None:
                apart = entry.date - before.date - timedelta(seconds=before.duration)
                if abs(apart) > DRIFT:
                    yield f"{entry.uri} is dated {apart.total_seconds():+.1f} s off, without a discontinuity"
        earlier, later = self.number_of(before.uri), self.number_of(entry.uri)
        if earlier is not None and later is not None and later <= earlier:
            yield f"{entry.uri} shows what was filmed before {before.uri}, or the same"

    def _unmarked(self, before: Entry, entry: Entry) -> Iterator[str]:
        """A loss or a new encoder that nothing tells the player of (6)."""
        earlier, later = self.number_of(before.uri), self.number_of(entry.uri)
        if earlier is None or later is None:
            return
        filmed = self._filmed[self._bodies[entry.uri]]
        if later != earlier + 1:
            yield f"from {before.uri} to {entry.uri}: segment {earlier} to {later} of the camera, and no mark (6)"
        elif not filmed.follows:
            yield f"{entry.uri} comes from a new encoder, and no mark says so (6)"

    def _wrong_change(self, after: Playlist) -> Iterator[str]:
        """RFC 8216 section 6.2.1: append at the end, remove from the front, and nothing else."""
        before = self.current
        if before is None:
            return
        if after.target != before.target:
            yield f"EXT-X-TARGETDURATION goes from {before.target} to {after.target} (4)"
        if after.sequence < before.sequence:
            yield f"EXT-X-MEDIA-SEQUENCE goes back from {before.sequence} to {after.sequence} (2)"
        if after.discontinuities < before.discontinuities:
            yield (
                f"EXT-X-DISCONTINUITY-SEQUENCE goes back from {before.discontinuities} to {after.discontinuities} (2)"
            )
        if after.next < before.next:
            yield f"segments left the playlist at its end: {before.next - 1} was the last, {after.next - 1} is (2)"
        if (
            after.sequence > before.sequence
            and after.duration < LEAST * after.target - INSTANT
            and self._was_free(before, after)
        ):
            yield f"removing left {after.duration:.1f} s, less than {LEAST} target durations (RFC 8216 section 6.2.2)"

    def _was_free(self, before: Playlist, after: Playlist) -> bool:
        """Whether what was removed could have stayed: it is stored, and the playlist that named it could be relied on.

        With a playlist write in doubt only numbers that nobody can have seen are safe, and the list begins anew.
        """
        if self._vandalised or (self._doubt and after.sequence > before.next):
            return False
        gone = [entry for number, entry in before.entries.items() if number < after.sequence]
        return all(entry.gap or entry.uri in self._stored for entry in gone)

    def _remember(self, playlist: Playlist, *, overtaken: bool) -> None:
        listed = self.current.uris - self._late if self.current is not None else set()
        seen = listed | self._late | playlist.uris
        if not overtaken:
            listed |= playlist.uris
        self._last_listed.update(dict.fromkeys(listed, self._time))
        self._last_seen.update(dict.fromkeys(seen, self._time))
        self.current, self._vandalised, self._late = playlist, False, playlist.uris - listed
        for number, entry in playlist.entries.items():
            self._known.setdefault(number, entry)
            # The longest playlist that held it, and its own duration.
            self._reach[entry.uri] = max(self._reach.get(entry.uri, 0.0), playlist.duration + entry.duration)
