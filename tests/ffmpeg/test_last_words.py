"""What FFmpeg said last."""

from __future__ import annotations

from uploader.ffmpeg.last_words import BUDGET, KEPT, LINE_LIMIT, LastWords


def heard(*chunks: bytes) -> LastWords:
    words = LastWords()
    for second, chunk in enumerate(chunks):
        words.hear(chunk, float(second))
    words.end()
    return words


def test_lines_are_kept_in_order_however_they_are_cut_up() -> None:
    assert heard(b"one\ntw", b"o\n\nthr", b"ee").lines() == ["one", "two", "three"]


def test_a_storm_of_lines_alike_is_one_line_with_a_count() -> None:
    storm = b"".join(b"[h264 @ 0x55d%02x] concealing %d errors\n" % (n, n) for n in range(200))
    assert heard(b"first\n", storm, b"last\n").told() == [
        "first",
        "[h264 @ 0x55dc7] concealing 199 errors (200 times)",
        "last",
    ]


def test_two_lines_that_take_turns_are_two_lines() -> None:
    words = heard(b"DTS 1, next:2 invalid dropping\nPTS 1, next:2 invalid dropping\n" * 50)
    assert words.told() == [
        "DTS 1, next:2 invalid dropping (50 times)",
        "PTS 1, next:2 invalid dropping (50 times)",
    ]


def test_the_newest_hundred_are_kept() -> None:
    lines = ["a" * n for n in range(1, 151)]
    assert heard("\n".join(lines).encode()).lines() == lines[-KEPT:]


def test_an_endless_line_is_cut_and_what_is_no_text_is_shown_as_far_as_it_goes() -> None:
    (line,) = heard(b"\xff" + b"x" * 50_000).lines()
    assert len(line) == LINE_LIMIT


def test_row_50_a_flood_is_passed_over_and_what_follows_it_is_read_again() -> None:
    words = LastWords()
    line = b"x" * 99 + b"\n"
    read = sum(len(words.hear(line * 100, 5.0)) for _ in range(1000))  # 10 MB in a second
    assert read <= BUDGET / len(line)
    assert words.hear(b"\nNo space left on device\n", 7.0)[-1] == "No space left on device"
    assert words.lines()[-1] == "No space left on device"


def test_row_50_the_end_of_a_flood_is_not_lost() -> None:
    words = LastWords()
    words.hear(b"y" * 10_000_000 + b"\n401 Unauthorized\n", 5.0)
    words.end()
    assert words.lines()[-1] == "401 Unauthorized"
