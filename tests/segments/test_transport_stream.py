"""MPEG-TS out of the real FFmpeg, taken apart into frames however the pipe delivers it."""

from __future__ import annotations

import subprocess
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.ffmpeg import binary
from uploader.segments.transport_stream import (
    LONGEST_FRAME,
    PACKET,
    FrameReader,
    NotTransportStream,
    begins_at,
    seconds_between,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uploader.segments.transport_stream import Frame

FPS, SECONDS, GOP = 15, 4, 10


@cache
def film(*options: str, sources: int = 1) -> bytes:
    """A few seconds of moving picture, with a tone as second source, as FFmpeg puts them into a pipe."""
    inputs = [f"testsrc2=size=320x180:rate={FPS}", "sine=frequency=220:sample_rate=44100"][:sources]
    arguments = [word for source in inputs for word in ("-f", "lavfi", "-i", source)]
    encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(GOP), "-c:a", "aac"]
    muxing = ["-f", "mpegts", "-flush_packets", "1", "-muxdelay", "0", "-muxpreload", "0", "pipe:1"]
    run = [binary.find().path, "-v", "error", *arguments, "-t", str(SECONDS), *encoding, *options, *muxing]
    return subprocess.run(run, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


@pytest.fixture(scope="module")
def silent() -> bytes:
    return film()


def read(pieces: Iterable[bytes]) -> list[Frame]:
    reader = FrameReader()
    return [frame for piece in pieces for frame in reader.feed(piece)]


def packets(data: bytes) -> list[bytes]:
    return [data[at : at + PACKET] for at in range(0, len(data), PACKET)]


def pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def of_video(data: bytes) -> bytes:
    return b"".join(packet for packet in packets(data) if pid(packet) == 0x100)


def test_every_frame_is_given_with_its_time_and_whether_it_is_a_keyframe(silent: bytes) -> None:
    frames = read([silent])
    assert len(frames) == FPS * SECONDS
    assert [number for number, frame in enumerate(frames) if frame.is_keyframe] == list(range(0, FPS * SECONDS, GOP))
    assert all(seconds_between(a.time, b.time) == pytest.approx(1 / FPS) for a, b in pairwise(frames))


def test_the_time_of_the_first_frame_is_found_without_taking_anything_apart(silent: bytes) -> None:
    frames = read([silent])
    tables = packets(silent)[:3]
    for frame in frames[:20]:
        assert begins_at(b"".join(tables) + frame.packets) == frame.time
    assert begins_at(film(sources=2)) == read([film(sources=2)])[0].time


def test_where_no_frame_begins_there_is_no_time() -> None:
    assert begins_at(b"") is None
    assert begins_at((b"\x47" + bytes(187)) * 3) is None
    assert begins_at(b"\x47\x41\x00\x10" + bytes(184)) is None


def test_the_frames_are_the_video_and_nothing_else(silent: bytes) -> None:
    assert b"".join(frame.packets for frame in read([silent])) == of_video(silent)


@settings(max_examples=50, deadline=None)
@given(cuts=st.lists(st.integers(0, 400_000), max_size=30))
def test_it_does_not_matter_in_which_pieces_the_pipe_delivers(cuts: list[int]) -> None:
    silent = film()
    edges = [0, *sorted(min(cut, len(silent)) for cut in cuts), len(silent)]
    assert read(silent[a:b] for a, b in pairwise(edges)) == read([silent])


def test_a_frame_is_given_as_soon_as_its_last_byte_is_here(silent: bytes) -> None:
    """All but those few that fill their last packet to the byte."""
    reader, early = FrameReader(), 0
    starts = [index for index, packet in enumerate(packets(silent)) if pid(packet) in {0, 0x100} and packet[1] & 0x40]
    for first, following in pairwise([*starts, len(silent) // PACKET]):
        early += len(reader.feed(silent[first * PACKET : following * PACKET])) if following else 0
        reader_is_idle = not reader.feed(b"")
        assert reader_is_idle
    assert early >= FPS * SECONDS * 0.9


def test_sound_travels_with_the_pictures_and_none_is_lost() -> None:
    loud = film(sources=2)
    frames = read([loud])
    sound = [packet for packet in packets(loud) if pid(packet) == 0x101]
    carried = [packet for frame in frames for packet in packets(frame.packets) if pid(packet) == 0x101]
    assert len(frames) == FPS * SECONDS
    assert carried == sound[: len(carried)]
    assert len(carried) >= len(sound) * 0.9  # what comes after the last picture belongs to the next


def test_the_tables_can_be_put_in_front_of_any_object(silent: bytes) -> None:
    reader = FrameReader()
    reader.feed(silent)
    first, second = (packets(reader.tables.numbered(count)) for count in (15, 16))
    assert [pid(packet) for packet in first] == [0, 0x1000]
    assert [packet[3] & 0x0F for packet in first + second] == [15, 15, 0, 0]
    assert [packet[4:] for packet in first] == [packet[4:] for packet in second]


def test_times_go_on_across_their_wrap() -> None:
    assert seconds_between(2**33 - 45_000, 45_000) == pytest.approx(1.0)
    assert seconds_between(45_000, 2**33 - 45_000) == pytest.approx(-1.0)


@pytest.mark.parametrize("data", [b"\0" * PACKET, b"\x47" + b"\xff" * 187 + b"\0" * PACKET, b"\x47\x41\x00\x10" * 47])
def test_what_is_no_stream_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(NotTransportStream):
        read([data])


def test_a_frame_without_end_does_not_fill_the_memory(silent: bytes) -> None:
    middle = b"\x47\x01\x00\x10" + bytes(184)
    reader = FrameReader()
    reader.feed(silent[: PACKET * 5])
    pieces = LONGEST_FRAME // len(middle) - 10
    reader.feed(middle * pieces)
    with pytest.raises(NotTransportStream):
        reader.feed(middle * 100)
