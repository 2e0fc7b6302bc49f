"""The live window: the newest segments of a camera, numbered for ever.

Kept here: media sequence and discontinuity sequence never go back (invariant 2), names are never used twice (3), the
target duration stays what it is and no segment rounds to more (4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from uploader.hls.playlist import MediaPlaylist, Parts, PlaylistError, Segment, parse
from uploader.hls.timeline import BACK, STEP

if TYPE_CHECKING:
    from collections.abc import Collection

# RFC 8216 section 6.2.2: a live playlist is never cut to less than three target durations.
MINIMUM_TARGET_DURATIONS = 3
# As many segments as no playlist needs: at one a tenth of a second, three target durations of 2 s are 60.
LONGEST = 100
# The "x" marks a segment named while nobody knew which playlist viewers were seeing.
_NAME = re.compile(r"(?:segment|p)_(\d{1,18})_([0-9a-wyz]+)(x?)\.ts")


def segment_name(serial: int, generation: str, *, in_doubt: bool = False, part: bool = False) -> str:
    """A segment's object name. The serial counts uploads, the generation is one worker's: together they come only once.

    A lost segment uses up a serial but no media sequence number, so a serial is never less than the number. `in_doubt`:
    a playlist write has an unknown outcome, and may land late over a newer one. A `part` is named shortly: each name is
    sent a dozen times.
    """
    return f"{'p' if part else 'segment'}_{serial:06d}_{generation}{'x' if in_doubt else ''}.ts"


def serial_of(name: str) -> int | None:
    """The serial in one of our object names, None for any other name."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def generation_of(name: str) -> str | None:
    """The generation in one of our object names, None for any other name."""
    match = _NAME.fullmatch(name)
    return match[2] if match else None


def _in_doubt(name: str) -> bool:
    match = _NAME.fullmatch(name)
    return match is not None and bool(match[3])


def next_serial(names: Collection[str]) -> int:
    """The first serial that none of these object names has used."""
    return max((serial + 1 for serial in map(serial_of, names) if serial is not None), default=0)


def target_duration(segment_duration: float) -> int:
    """EXT-X-TARGETDURATION for a configured segment duration, in whole seconds.

    A frame of slack lies within the rounding: EXTINF is rounded to the nearest integer before it is compared (RFC 8216
    section 4.3.3.1), so 2.07 s fits 2, while a 2.5 s configuration needs 3.
    """
    return max(1, int(segment_duration + 0.5 + 0.1))


@dataclass(frozen=True, slots=True)
class LiveWindow:
    """The playlist a viewer should see now; `length` is how many segments of full duration it holds."""

    playlist: MediaPlaylist
    length: int

    def fits(self, duration: float) -> bool:
        """Whether a segment of this many seconds may be listed at all."""
        return duration > 0 and int(duration + 0.5) <= self.playlist.target_duration

    def append(self, segment: Segment) -> LiveWindow:
        """The window with one more segment at its end, and the oldest ones gone that nobody needs any more."""
        if not self.fits(segment.duration):
            raise ValueError(
                f"a segment of {segment.duration} s does not fit EXT-X-TARGETDURATION {self.playlist.target_duration}"
            )
        playlist = replace(self.playlist, segments=(*self.playlist.segments, self._marked(segment)))
        while self._too_long(playlist) or _begins_before_an_outage(playlist):
            playlist = _without_first(playlist)
        return replace(self, playlist=playlist)

    def _marked(self, segment: Segment) -> Segment:
        """Dates follow one time line up to a discontinuity (RFC 8216 section 4.3.2.6); a clock that was set ends it."""
        if not self.playlist.segments or -BACK < _apart(self.playlist.segments[-1], segment) < STEP:
            return segment
        return replace(segment, discontinuity=True)

    def _too_long(self, playlist: MediaPlaylist) -> bool:
        if len(playlist.segments) <= self.length:
            return False
        # A run of short segments (a camera that keeps dropping) needs more of them, but not without end.
        if len(playlist.segments) > max(LONGEST, self.length):
            return True
        rest = playlist.duration - playlist.segments[0].duration
        return rest >= MINIMUM_TARGET_DURATIONS * playlist.target_duration


def _without_first(playlist: MediaPlaylist) -> MediaPlaylist:
    first, *rest = playlist.segments
    return replace(
        playlist,
        segments=tuple(rest),
        media_sequence=playlist.media_sequence + 1,
        # RFC 8216 section 6.2.2: counts the EXT-X-DISCONTINUITY tags that left with their segment.
        discontinuity_sequence=playlist.discontinuity_sequence + first.discontinuity,
    )


def _begins_before_an_outage(playlist: MediaPlaylist) -> bool:
    """Whether it holds pictures from before an outage, and since then enough for a playlist without them."""
    enough = MINIMUM_TARGET_DURATIONS * playlist.target_duration
    fresh = 0.0
    for earlier, later in reversed(list(zip(playlist.segments, playlist.segments[1:], strict=False))):
        fresh += later.duration
        if fresh >= enough and _apart(earlier, later) > timedelta(seconds=enough):
            return True
    return False


def _apart(earlier: Segment, later: Segment) -> timedelta:
    if earlier.end is None or later.program_date_time is None:
        return timedelta(0)
    return later.program_date_time - earlier.end


def resume(
    stored: str | None, names: Collection[str], *, target_duration: int, length: int, parts: Parts | None = None
) -> LiveWindow:
    """The window to go on with after a restart, from what the store holds: the last playlist and the object names.

    Segments that are still stored stay listed, so that viewers notice nothing but a discontinuity. Without a readable
    playlist the names alone keep the numbers from going back. The next segment must carry a discontinuity.
    """
    kept = _still_stored(_last_playlist(stored), set(names), target_duration)
    floor = next_serial(names)
    if _is_unreliable(kept, names) and kept.next_sequence < floor:
        # There are never more discontinuities than segments, so the same number is a safe one for both.
        kept = MediaPlaylist(target_duration, media_sequence=floor, discontinuity_sequence=floor)
    return LiveWindow(replace(kept, target_duration=target_duration, parts=parts), length)


def emptied(stored: str, names: Collection[str]) -> MediaPlaylist:
    """A stored playlist without its segments: the numbers that the next one goes on from. Raises PlaylistError."""
    found = parse(stored)
    last = resume(stored, names, target_duration=found.target_duration, length=1).playlist
    return _without_front(last, len(last.segments))


def _is_unreliable(playlist: MediaPlaylist, names: Collection[str]) -> bool:
    """Whether viewers may have seen higher numbers than this playlist's: it is not ours, or one that landed late."""
    if not playlist.segments:
        return True
    listed = serial_of(playlist.segments[-1].uri)
    return listed is None or any(_in_doubt(name) and (serial_of(name) or 0) > listed for name in names)


def _last_playlist(stored: str | None) -> MediaPlaylist:
    try:
        return parse(stored) if stored is not None else MediaPlaylist(target_duration=0)
    except PlaylistError:
        return MediaPlaylist(target_duration=0)


def _still_stored(last: MediaPlaylist, names: set[str], target_duration: int) -> MediaPlaylist:
    """The playlist from after the last segment that is gone or does not fit the configuration any more."""
    for index in reversed(range(len(last.segments))):
        segment = last.segments[index]
        if segment.uri not in names or int(segment.duration + 0.5) > target_duration:
            return _without_front(last, index + 1)
    return last


def _without_front(playlist: MediaPlaylist, count: int) -> MediaPlaylist:
    for _ in range(count):
        playlist = _without_first(playlist)
    return playlist
