"""The auditor finds every broken promise: for each there is a small history that breaks nothing else."""

from __future__ import annotations

import pytest

from tests.auditor import Auditor, Version

NAMES = [f"{letter}.ts" for letter in "abcdefghij"]
MARK = "#EXT-X-DISCONTINUITY\n"
Line = tuple[str, float] | tuple[str, float, str]


def text(*lines: Line, sequence: int = 0, era: int = 0, target: int = 2) -> bytes:
    """A playlist of (URI, EXTINF) or (URI, EXTINF, tags before it)."""
    head = f"#EXTM3U\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:{sequence}\n"
    body = "".join(f"{''.join(line[2:])}#EXTINF:{line[1]:.3f},\n{line[0]}\n" for line in lines)
    return f"{head}#EXT-X-DISCONTINUITY-SEQUENCE:{era}\n{body}".encode()


def full(names: str, sequence: int = 0) -> bytes:
    """A playlist of two-second segments: 'abc' names a.ts, b.ts and c.ts."""
    return text(*((f"{name}.ts", 2.0) for name in names), sequence=sequence)


class History:
    """What happens, a second apart; ten segments are filmed and stored before."""

    def __init__(self, *, secrets: tuple[bytes, ...] = (), breaks: str = "") -> None:
        self.auditor = Auditor(secrets)
        self.time = 0.0
        for name in NAMES:
            self.auditor.filmed(name.encode(), 2.0, follows=name[0] not in breaks)
            self.put(name, name.encode())

    def put(self, path: str, body: bytes | None, *, after: float = 1.0, overtaken: bool = False) -> History:
        self.time += after
        self.auditor.see(Version(self.time, path, body, overtaken))
        return self

    def playlist(self, body: bytes | None, *, after: float = 1.0, overtaken: bool = False) -> History:
        return self.put("stream.m3u8", body, after=after, overtaken=overtaken)

    @property
    def violations(self) -> list[str]:
        return [violation.partition(" s: ")[2] for violation in self.auditor.violations]


def test_a_good_stream_breaks_no_promise() -> None:
    history = History(breaks="d")
    history.playlist(full("a")).playlist(full("abc"))
    history.playlist(text(("a.ts", 2.0), ("b.ts", 2.0), ("c.ts", 2.0), ("d.ts", 2.0, MARK)))
    history.playlist(text(("d.ts", 2.0, MARK), ("e.ts", 2.0), ("f.ts", 2.0), sequence=3))
    history.playlist(text(("e.ts", 2.0), ("f.ts", 2.0), ("g.ts", 2.0), sequence=4, era=1))
    history.put("a.ts", None, after=40).put("status.json", b"{}")
    assert history.violations == []
    assert (history.auditor.playlists, history.auditor.behind, len(history.auditor.segments)) == (5, 0, 9)


def test_a_loss_may_be_marked_by_a_discontinuity_a_gap_or_a_jump_of_the_numbers() -> None:
    assert History().playlist(text(("a.ts", 2.0), ("c.ts", 2.0, MARK))).violations == []
    assert History().playlist(text(("a.ts", 2.0), ("lost", 2.0, "#EXT-X-GAP\n"), ("c.ts", 2.0))).violations == []
    assert History().playlist(full("ab")).playlist(full("def", sequence=4)).violations == []


WRONG: dict[str, list[bytes | None]] = {
    "z.ts is listed but not stored (1)": [text(("z.ts", 2.0))],
    "a.ts is not what the camera gave (1)": [text(("a.ts", 1.5))],
    "EXT-X-MEDIA-SEQUENCE goes back from 3 to 2 (2)": [full("def", 3), full("cdef", 2)],
    "segments left the playlist at its end: 3 was the last, 2 is (2)": [full("abcd"), full("abc")],
    "number 1 was b.ts (2.000 s) and is c.ts (2.000 s) (2)": [full("ab"), text(("a.ts", 2.0), ("c.ts", 2.0, MARK))],
    "number 0 changed its date or discontinuity number (2)": [full("a"), text(("a.ts", 2.0, MARK))],
    "EXT-X-TARGETDURATION goes from 2 to 3 (4)": [full("a"), text(("a.ts", 2.0), target=3)],
    "a.ts rounds to more than EXT-X-TARGETDURATION (4)": [text(("a.ts", 2.0), target=1)],
    "from a.ts to c.ts: segment 0 to 2 of the camera, and no mark (6)": [full("ac")],
    "b.ts shows what was filmed before c.ts, or the same": [text(("c.ts", 2.0), ("b.ts", 2.0, MARK))],
    "the playlist is empty (RFC 8216 section 6.2.2)": [text()],
    "the playlist is removed (RFC 8216 section 6.2.1)": [full("a"), None],
    "removing left 4.0 s, less than 3 target durations (RFC 8216 section 6.2.2)": [full("abc"), full("bc", 1)],
    "the playlist cannot be played: EXT-X-ENDLIST has no place here": [full("a") + b"#EXT-X-ENDLIST\n"],
    "the playlist cannot be played: it does not begin with #EXTM3U": [b"<html>\n"],
    "the playlist cannot be played: it is not UTF-8": [b"\xff\n"],
    "the playlist cannot be played: EXT-X-MEDIA-SEQUENCE is missing or no number": [full("a", -1)],
    "the playlist cannot be played: EXTINF stands there twice": [full("a") + b"#EXTINF:2,\n#EXTINF:2,\nb.ts\n"],
    "the playlist cannot be played: b.ts has no EXTINF": [full("a") + b"b.ts\n"],
    "the playlist cannot be played: tags without a segment stand at its end": [full("a") + b"#EXTINF:2,\n"],
    "b.ts is dated +2.0 s off, without a discontinuity": [
        text(
            ("a.ts", 2.0, "#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00Z\n"),
            ("b.ts", 2.0, "#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:04Z\n"),
        )
    ],
    "the playlist cannot be played: 2026-11-20T12:00:00 names no time zone": [
        text(("a.ts", 2.0, "#EXT-X-PROGRAM-DATE-TIME:2026-11-20T12:00:00\n"))
    ],
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_it_says_what_is_wrong_with(wrong: str) -> None:
    history = History()
    for body in WRONG[wrong]:
        history.playlist(body)
    assert history.violations == [wrong]


def test_discontinuity_numbers_never_go_back() -> None:
    history = History().playlist(text(("a.ts", 2.0), era=4)).playlist(text(("d.ts", 2.0), sequence=9, era=3))
    assert "EXT-X-DISCONTINUITY-SEQUENCE goes back from 4 to 3 (2)" in history.violations


def test_an_encoder_that_began_anew_must_be_marked() -> None:
    assert History(breaks="b").playlist(full("ab")).violations == [
        "b.ts comes from a new encoder, and no mark says so (6)"
    ]


def test_a_name_has_one_body_for_ever() -> None:
    assert History().put("a.ts", b"a.ts").violations == []
    assert History().put("a.ts", b"other").violations == ["a.ts has two bodies (3)"]
    assert History().put("a.ts", None).put("a.ts", b"other").violations == ["a.ts has two bodies (3)"]


def test_a_listed_object_stays() -> None:
    assert History().playlist(full("a")).put("a.ts", None).violations == ["a.ts is removed while it is listed (1)"]


def test_an_object_stays_for_thirty_seconds_after_it_left_the_playlist() -> None:
    history = History().playlist(full("abc"), after=100).playlist(full("bcd", 1))
    assert history.put("a.ts", None, after=29).violations == ["a.ts is removed 29.0 s after it left the playlist (7)"]
    history = History().playlist(full("abc")).playlist(full("bcd", 1), after=100)
    assert history.put("a.ts", None, after=31).violations == []


def test_an_object_stays_as_long_as_the_longest_playlist_that_held_it() -> None:
    long = text(("a.ts", 2.0), *((f"lost{number}", 2.0, "#EXT-X-GAP\n") for number in range(30)))
    history = (
        History()
        .playlist(long)
        .playlist(long.replace(b"SEQUENCE:0", b"SEQUENCE:1", 1).replace(b"#EXTINF:2.000,\na.ts\n", b""))
    )
    assert history.put("a.ts", None, after=60).violations == ["a.ts is removed 60.0 s after it left the playlist (7)"]


def test_a_late_write_may_bring_back_an_old_playlist_but_nothing_that_is_gone() -> None:
    history = History().playlist(full("abc")).playlist(full("bcd", 1)).playlist(full("abc"), overtaken=True)
    assert history.violations == []
    assert history.auditor.behind == 1
    history.playlist(full("bcde", 1))
    assert history.auditor.behind == 0
    history.put("a.ts", None, after=40).playlist(full("abc"), overtaken=True)
    assert history.violations == ["a.ts is listed but not stored (1)"]


def test_an_object_that_a_late_write_named_stays_for_the_time_of_the_standard() -> None:
    history = History().playlist(full("abc")).playlist(full("bcd", 1))
    history.playlist(full("abc"), after=25, overtaken=True).playlist(full("bcde", 1))
    assert history.put("a.ts", None, after=7).violations == ["a.ts is removed 7.0 s after it left the playlist (7)"]


def test_what_is_lost_may_leave_a_short_playlist() -> None:
    history = History().playlist(full("abc"))
    history.auditor.vandalised("a.ts", None)
    assert history.playlist(full("bc", 1)).violations == []
    history.auditor.vandalised("stream.m3u8", b"garbage")
    assert history.playlist(full("d", 8)).violations == []
    assert "EXT-X-MEDIA-SEQUENCE goes back from 8 to 0 (2)" in history.playlist(full("a")).violations


def test_a_write_in_doubt_may_make_the_list_begin_anew_behind_a_jump() -> None:
    history = History().playlist(full("abc"))
    history.auditor.write_begins("stream.m3u8")
    history.auditor.write_ends("stream.m3u8", doubtful=True)
    assert history.playlist(full("g", 6)).violations == []
    assert len(History().playlist(full("abc")).playlist(full("g", 6)).violations) == 1


def test_two_playlist_writes_at_a_time_are_one_too_many() -> None:
    auditor = Auditor()
    auditor.write_begins("a.ts")
    auditor.write_begins("b.ts")
    auditor.write_begins("stream.m3u8")
    auditor.write_ends("stream.m3u8")
    auditor.write_begins("stream.m3u8")
    auditor.worker_dies()
    auditor.write_begins("stream.m3u8")
    assert auditor.violations == []
    auditor.write_begins("stream.m3u8")
    assert auditor.violations == ["0.00 s: two playlist writes are in flight (5)"]


def test_a_secret_in_any_object_is_found() -> None:
    history = History(secrets=(b"hunter2",)).put("status.json", b'{"reason": "rtsp://admin:hunter2@10.0.0.5/"}')
    assert history.violations == ["status.json holds a secret (8)"]


def test_the_most_segments_that_were_ever_stored_are_counted() -> None:
    history = History().put("a.ts", None).put("b.ts", None)
    assert (history.auditor.most_segments, len(history.auditor.segments)) == (10, 8)
