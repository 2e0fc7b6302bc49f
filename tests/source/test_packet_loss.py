"""Packets that get lost on the way are noticed, with lines of FFmpeg 4.2, 5.1, 7.0 and 9.0."""

from __future__ import annotations

import pytest

from uploader.source.packet_loss import BAD_SECONDS, LOSSY, PERIOD, PacketLoss

LINES = [
    "[rtsp @ 0x55d] [warning] RTP: missed 3 packets",
    "[rtsp @ 0x55d] [warning] max delay reached. need to consume packet",
    "[h264 @ 0x55d] [error] error while decoding MB 31 16",
    "[warning] rtsp://10.0.0.5/live: corrupt decoded frame in stream 0",
    "[dec:h264 @ 0x55d] [warning] corrupt decoded frame",
    "[h264 @ 0x55d] [info] concealing 121 DC, 121 AC, 121 MV errors in P frame",
]


def heard(line: str, seconds: int, each: int = 5) -> PacketLoss:
    loss = PacketLoss()
    for tick in range(seconds * each):
        loss = loss.heard(line, 100 + tick / each)
    return loss


@pytest.mark.parametrize("line", LINES)
def test_damage_that_goes_on_is_packet_loss(line: str) -> None:
    assert heard(line, BAD_SECONDS).notice(100 + BAD_SECONDS) == LOSSY


def test_a_start_in_the_middle_of_a_stream_is_none() -> None:
    assert heard(LINES[2], 2).notice(103.0) is None


def test_other_lines_are_none() -> None:
    assert heard("[hls @ 0x55d] [info] Opening '/run/3.ts.tmp' for writing", 20).notice(120.0) is None


def test_it_is_over_when_nothing_was_damaged_for_half_a_minute() -> None:
    loss = heard(LINES[0], 10)
    assert loss.notice(110.0) == LOSSY
    assert loss.notice(110.0 + PERIOD) is None


def test_what_is_remembered_does_not_grow() -> None:
    assert len(heard(LINES[0], 100, each=2).bad) == PERIOD
