"""The ledger of what a box sends: every byte is entered once, and every profile keeps to its budget."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from scripts.bench.bytes import run
from scripts.bench.latency import PROFILES
from scripts.bench.ledger import (
    CLOCKS,
    LOOKS,
    MEDIA_HEADS,
    PACKETS,
    PLAYLISTS,
    REST,
    STATUS,
    STUFFING,
    TABLES,
    ledger,
    requests,
)
from uploader.segments.transport_stream import PACKET

# Bytes sent for each byte of H.264, by every profile.
BUDGET = 1.08

POST = b"POST /storage/v1/object/streams/a/b/"


@cache
def film() -> bytes:
    """Two seconds as FFmpeg writes them."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15", "-t", "2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-f", "mpegts", "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def h264_bytes(media: bytes) -> int:
    """The same, counted by another program."""
    command = ["ffprobe", "-v", "fatal", "-i", "pipe:0", "-show_entries", "packet=size", "-of", "csv=p=0"]
    sizes = subprocess.run(command, check=True, capture_output=True, input=media).stdout
    return sum(int(line.rstrip(b",")) for line in sizes.split())


def sized(name: str, body: bytes) -> bytes:
    return POST + f"{name} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(name: str, *pieces: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))
    return POST + f"{name} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunks


def test_requests_are_told_apart_whatever_pieces_they_came_in() -> None:
    said = sized("stream.m3u8", b"#EXTM3U\r\n\r\n") + chunked("1.ts", b"abc", b"\r\n\r\n") + sized("status.json", b"{}")
    for size in (1, 7, len(said)):
        heard = [(float(at), said[at : at + size]) for at in range(0, len(said), size)]
        found = requests(heard)
        assert [request.body for request in found] == [b"#EXTM3U\r\n\r\n", b"abc\r\n\r\n", b"{}"]
        assert sum(request.size for request in found) == len(said)
        assert found[0].began == 0
    assert [request.began for request in requests([(1.0, said[:70]), (2.0, said[70:])])] == [1.0, 2.0, 2.0]


def test_a_request_that_was_cut_off_is_not_counted() -> None:
    whole = sized("1.ts", bytes(PACKET))
    for broken in (sized("2.ts", b"123456")[:-1], chunked("2.ts", b"123456")[:-8], chunked("2.ts", b"123456")[:-2]):
        assert [request.path[-4:] for request in requests([(0.0, whole + broken)])] == ["1.ts"]


def test_every_byte_is_entered_once_and_the_h264_is_what_ffprobe_finds() -> None:
    said = (
        chunked("1.ts", film()[:1000], film()[1000:]) + sized("stream.m3u8", b"#EXTM3U\n") + sized("status.json", b"{}")
    )
    said += b"GET /storage/v1/object/streams/a/b/stream.m3u8?cacheNonce=1 HTTP/1.1\r\n\r\n"
    said += b"DELETE /storage/v1/object/streams HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    book = ledger([[(5.0, said)]], 5, 6)
    assert book.video == h264_bytes(film())
    assert book.video + book.spent.total() == len(said)
    assert book.per_byte == pytest.approx(len(said) / book.video)
    assert book.objects == 1
    assert {PACKETS, CLOCKS, STUFFING, TABLES, MEDIA_HEADS, PLAYLISTS, LOOKS, STATUS, REST} <= book.spent.keys()
    # A delimiter of 6 bytes with each of 30 frames, and two sets of parameters.
    assert 30 * 6 < book.repeated < 30 * 6 + 2 * 60
    assert ledger([[(5.0, said)]], 6, 7).video == 0


async def test_every_profile_sends_at_most_so_many_bytes_for_each_byte_of_video() -> None:
    books = await run(list(PROFILES), seconds=16, warm_up=12)
    assert {name: round(book.per_byte, 3) for name, book in books.items() if book.per_byte > BUDGET} == {}
    assert all(book.video > 16 * 50_000 for book in books.values())
