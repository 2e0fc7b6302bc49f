"""Who may see the pages: the rules, for every name the box is called by and every page that asks."""

from __future__ import annotations

import pytest

from uploader.server.access import Access, Answer, Call
from uploader.server.wrong_tokens import TRIES, WrongTokens

TOKEN, COOKIE = "right-token-0123456789", "a-cookie-in-its-place"
BOX, PHONE = "192.168.1.20:8000", "192.168.1.77"
ACCESS = Access(TOKEN, COOKIE, "eyJ.store.key")


@pytest.mark.parametrize(
    ("host", "with_token", "without"),
    [
        ("127.0.0.1:8000", True, True),
        ("localhost", True, True),
        ("LOCALHOST:8000", True, True),
        ("[::1]:8000", True, True),
        (BOX, True, False),
        ("[fe80::1]:8000", True, False),
        ("shop-7:8000", True, False),
        ("cameras.shop.example", True, False),
        ("localhost.elsewhere.example", True, False),
        ("127.0.0.1.elsewhere.example", True, False),
        ("127.0.0.1@elsewhere.example", False, False),
        ("localhost/elsewhere?", False, False),
        ("localhost:port", False, False),
        ("[::1", False, False),
        ("", False, False),
    ],
)
def test_without_a_token_a_name_that_anybody_can_give_the_box_is_no_way_in(
    host: str, with_token: bool, without: bool
) -> None:
    for access, served in ((ACCESS, with_token), (Access(), without)):
        answer = access.answer(Call("GET", "/", "127.0.0.1", host, bearer=TOKEN), WrongTokens(), 0)
        assert answer is (Answer.PASS if served else Answer.UNKNOWN_HOST)


def test_with_a_token_a_page_that_gave_the_box_its_own_name_has_no_cookie_for_it_and_reads_nothing() -> None:
    host = "elsewhere.example:8000"
    for origin in (None, f"http://{host}"):
        assert ACCESS.answer(Call("GET", "/", PHONE, host, origin), WrongTokens(), 0) is Answer.ASK


@pytest.mark.parametrize(
    ("origin", "passes"),
    [
        (None, True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:5173", True),
        ("http://[::1]:5173", True),
        ("https://elsewhere.example", False),
        ("https://localhost.elsewhere.example", False),
        ("http://192.168.1.20:8000", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_without_a_token_pages_of_other_sites_read_nothing(origin: str | None, passes: bool) -> None:
    call = Call("GET", "/storage/v1/object/public/streams/a", "127.0.0.1", "127.0.0.1:8000", origin)
    expected = Answer.PASS if passes else Answer.FOREIGN_PAGE
    assert Access().answer(call, WrongTokens(), 0) is expected


def test_a_page_elsewhere_cannot_lock_the_phone_out_that_shows_it() -> None:
    wrong = WrongTokens()
    for number in range(2 * TRIES):
        call = Call("POST", "/token", PHONE, BOX, "https://elsewhere.example", f"guess-{number}", COOKIE)
        assert ACCESS.answer(call, wrong, 0) is Answer.ASK
    assert ACCESS.answer(Call("GET", "/", PHONE, BOX, cookie=COOKIE), wrong, 0) is Answer.PASS
