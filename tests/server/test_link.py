"""The token of the pages: where it comes from, who may read it, how it gets to a phone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from uploader.configuration.environment import Environment
from uploader.errors import InputError
from uploader.reporting.running_worker import running_worker
from uploader.server.link import links, token
from uploader.server.page_token import FILE, cookie_of, known_page_token, page_token
from uploader.server.serving import listen

if TYPE_CHECKING:
    from pathlib import Path

OPEN = Environment(host="0.0.0.0")  # noqa: S104  (as a value; nothing listens there)
GIVEN = "a&given#token=0123"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_worker_for_this_box_only_needs_no_token_unless_it_is_given_one(tmp_path: Path) -> None:
    assert token(Environment(), tmp_path, Terminal()) is None
    assert token(Environment(token=GIVEN), tmp_path, Terminal()) == GIVEN
    assert list(tmp_path.iterdir()) == []


def test_beyond_the_box_a_token_is_made_once_and_told_once(tmp_path: Path) -> None:
    terminal = Terminal()
    made = token(OPEN, tmp_path, terminal)
    assert made is not None
    assert len(made) == 32
    assert token(OPEN, tmp_path, terminal) == made
    assert terminal.getvalue().count(f"/?token={made}\n") == 1
    assert token(OPEN, tmp_path / "other", terminal) != made


def test_a_log_is_told_nothing(tmp_path: Path) -> None:
    log = io.StringIO()
    assert token(OPEN, tmp_path, log)
    assert log.getvalue() == ""


def test_the_token_of_the_settings_is_the_one_beyond_the_box_too(tmp_path: Path) -> None:
    assert token(Environment(host="::", token=GIVEN), tmp_path, Terminal()) == GIVEN
    assert list(tmp_path.iterdir()) == []


def test_only_this_user_may_read_the_token(tmp_path: Path) -> None:
    made = page_token(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).chmod(0o644)
    assert page_token(tmp_path) == made
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"short", b"\xff" * 40])
def test_a_damaged_token_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    assert known_page_token(tmp_path) is None
    made = page_token(tmp_path)
    assert len(made) == 32
    assert known_page_token(tmp_path) == made


def test_a_token_that_cannot_be_kept_or_read_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(InputError, match="The token of the pages cannot be kept"):
        page_token(tmp_path / "data")
    assert known_page_token(tmp_path / "data") is None
    (tmp_path / FILE).mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        known_page_token(tmp_path)


def test_the_cookie_says_nothing_about_the_token() -> None:
    assert cookie_of(GIVEN) != cookie_of(GIVEN + "x")
    assert len(cookie_of(GIVEN)) == 64
    assert GIVEN not in cookie_of(GIVEN)


def test_the_link_leads_to_an_address_of_the_box_whatever_the_token_is_made_of(tmp_path: Path) -> None:
    settings = Environment(host="192.168.1.20", port=9001, token=GIVEN)
    wall, door = links(settings, tmp_path, [])[0], links(settings, tmp_path, ["cam_floor", "cam_door"])[1]
    assert (urlsplit(wall).netloc, urlsplit(wall).path) == ("192.168.1.20:9001", "/")
    assert (urlsplit(door).netloc, urlsplit(door).path) == ("192.168.1.20:9001", "/cameras/cam_door")
    assert parse_qs(urlsplit(wall).query)["token"] == [GIVEN]


def test_a_worker_at_all_addresses_is_linked_to_at_one(tmp_path: Path) -> None:
    made = page_token(tmp_path)
    link = links(OPEN, tmp_path, [])[0]
    assert link.endswith(f":8000/?token={made}")
    assert urlsplit(link).hostname not in {"0.0.0.0", "127.0.0.1", None}  # noqa: S104


def test_without_a_token_there_is_a_sentence_instead_of_a_link(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"for this box only.*STOREFEED_HOST"):
        links(Environment(), tmp_path, [])
    with pytest.raises(InputError, match="There is no token in"):
        links(OPEN, tmp_path, [])


def test_other_commands_show_the_worker_the_token_it_made(tmp_path: Path) -> None:
    assert running_worker(OPEN, tmp_path).token is None
    made = page_token(tmp_path)
    asked = running_worker(OPEN, tmp_path)
    assert (asked.address, asked.token) == ("http://127.0.0.1:8000", made)
    assert made not in repr(asked)
    assert asked.serves("http://127.0.0.1:8000/storage/v1/x")
    assert not asked.serves("http://127.0.0.1:80001/storage/v1/x")
    assert running_worker(Environment(), tmp_path).token is None


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.7", "STOREFEED_HOST is '192.0.2.7', which is no address of this box."),
        ("no-such-box.invalid", "STOREFEED_HOST is 'no-such-box.invalid', and nothing knows a box of that name."),
    ],
)
def test_an_address_that_the_box_does_not_have_is_told_in_plain_words(host: str, sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        listen(0, host)
    assert raised.value.what == sentence
    assert "0.0.0.0" in raised.value.advice  # noqa: S104


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::ffff:127.0.0.1"])
def test_it_listens_where_it_is_told_to(host: str) -> None:
    with listen(0, host) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
