"""Wrong tokens: who guesses waits, who has an old one does not, and a storm of them is a line a minute."""

from __future__ import annotations

from uploader.server.wrong_tokens import ADDRESSES, PERIOD, QUIET, TRIES, WrongTokens

PHONE = "192.168.1.77"


def test_who_guesses_waits_and_everybody_else_does_not() -> None:
    wrong = WrongTokens()
    for number in range(TRIES):
        assert wrong.wait(PHONE, 100 + number) == 0
        wrong.note(PHONE, f"guess {number}", 100 + number)
    assert wrong.wait(PHONE, 110) == PERIOD - 10
    assert wrong.wait("192.168.1.78", 110) == 0
    assert wrong.wait(PHONE, 100 + PERIOD) == 0
    wrong.note(PHONE, "guess", 100 + PERIOD)
    assert wrong.wait(PHONE, 100 + PERIOD) == 0
    for number in range(TRIES):
        wrong.note(PHONE, f"another guess {number}", 100 + PERIOD)
    assert wrong.wait(PHONE, 100 + PERIOD) == PERIOD


def test_the_same_wrong_token_again_is_no_guess() -> None:
    wrong = WrongTokens()
    for second in range(50):
        wrong.note(PHONE, "of yesterday", second)
    assert wrong.wait(PHONE, 50) == 0


def test_neighbours_in_one_ipv6_network_are_one_and_mapped_ipv4_is_ipv4() -> None:
    wrong = WrongTokens()
    for number in range(TRIES):
        wrong.note(f"2001:db8::{number}", f"guess {number}", 0)
        wrong.note("::ffff:10.0.0.1" if number % 2 else "10.0.0.1", f"guess {number}", 0)
    assert wrong.wait("2001:db8::ffff", 1) > 0
    assert wrong.wait("2001:db8:0:1::1", 1) == 0
    assert wrong.wait("10.0.0.1", 1) > 0


def test_of_guessers_a_thousand_are_remembered_and_the_first_is_forgotten_first() -> None:
    wrong = WrongTokens()
    for number in range(TRIES):
        wrong.note(PHONE, f"guess {number}", 0)
    for number in range(1, ADDRESSES):
        wrong.note(f"10.0.{number >> 8}.{number & 255}", "guess", 1)
    assert wrong.wait(PHONE, 2) > 0
    wrong.note("10.1.0.0", "guess", 1)
    assert wrong.wait(PHONE, 2) == 0


def test_a_storm_of_wrong_tokens_is_a_line_a_minute() -> None:
    wrong, said = WrongTokens(), []
    for second in range(130):
        wrong.note(PHONE, f"guess {second}", second)
        said.append(wrong.sentence(PHONE, second))
    assert [(second, text) for second, text in enumerate(said) if text] == [
        (0, f"A wrong token was shown for the worker's pages, the last from {PHONE}."),
        (QUIET, f"60 wrong tokens were shown for the worker's pages, the last from {PHONE}."),
        (2 * QUIET, f"60 wrong tokens were shown for the worker's pages, the last from {PHONE}."),
    ]
    assert wrong.sentence("a line\nbreak", 1000) is not None
    assert "break" not in str(said)
