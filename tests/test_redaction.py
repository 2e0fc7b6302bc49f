"""Nothing secret is printed."""

from __future__ import annotations

import io
import logging
from contextlib import redirect_stdout

import pytest

from uploader.log import to_console
from uploader.redaction import Redaction


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:hunter2@10.0.0.5/live", "rtsp://***@10.0.0.5/live"),
        ("rtsp://admin:p@ss@10.0.0.5:554/live failed", "rtsp://***@10.0.0.5:554/live failed"),
        ("rtsp://admin:p/a?s#s@cam.local/live", "rtsp://***@cam.local/live"),
        ("http://10.0.0.5/?user=admin&password=hunter2&x=1", "http://10.0.0.5/?user=***&password=***&x=1"),
        ("Bearer eyJhbGciOiJI.eyJyb2xlIjoi.c2lnbmF0dXJl rejected", "Bearer *** rejected"),
        ("key sb_secret_abcDEF123 rejected", "key *** rejected"),
        ("key sb_secret_abc-DEF_123 rejected", "key *** rejected"),
        ("Floor Camera: live", "Floor Camera: live"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert Redaction()(text) == shown


def test_known_secrets_are_hidden_in_every_form_and_whole() -> None:
    redaction = Redaction()
    redaction.learn("p@ss word", "p@ss word and more")
    assert redaction("p@ss word and more, p%40ss%20word, p@ss word") == "***, ***, ***"


@pytest.mark.parametrize(
    "form",
    [
        "p@s/s \"w'ö", "p%40s%2Fs%20%22w%27%C3%B6", "p%40s%2fs%20%22w%27%c3%b6", "p%40s/s%20%22w%27%C3%B6",
        "p%40s%2Fs+%22w%27%C3%B6", 'p@s/s \\"w\'ö', "p@s/s \\\"w'\\u00f6", "p@s/s &quot;w&#x27;ö",
        repr("p@s/s \"w'ö"), "Basic YWRtaW46cEBzL3MgInknw7Y=",
    ],
)  # fmt: skip
def test_a_secret_is_known_in_all_its_clothes(form: str) -> None:
    redaction = Redaction()
    redaction.learn("p@s/s \"w'ö", "admin:p@s/s \"y'ö")
    shown = redaction(f"<{form}>")
    assert "p@s" not in shown
    assert "s%" not in shown
    assert "YWR" not in shown


def test_a_word_too_short_to_be_a_secret_stays() -> None:
    redaction = Redaction()
    redaction.learn("a")
    assert redaction("a camera") == "a camera"


@pytest.mark.parametrize("verbose", [False, True])
def test_secrets_stay_out_of_the_console_even_in_exceptions(
    verbose: bool, capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    redaction = Redaction()
    redaction.learn("hunter2-secret")
    to_console(redaction, verbose=verbose)
    try:
        raise ValueError("rtsp://admin:hunter2-secret@10.0.0.5")
    except ValueError:
        logging.getLogger("uploader.test").exception("Starting %s failed", "rtsp://admin:hunter2-secret@10.0.0.5")
    printed = capsys.readouterr()
    assert "hunter2" not in printed.out + printed.err
    assert "Starting rtsp://***@10.0.0.5 failed" in printed.err
    assert ("Traceback" in printed.err) is verbose


def test_a_line_that_cannot_be_written_is_not_shown_otherwise(
    capsys: pytest.CaptureFixture[str], restored_logging: None
) -> None:
    redaction = Redaction()
    redaction.learn("hunter2-secret")
    with redirect_stdout(io.TextIOWrapper(io.BytesIO(), "ascii")):
        to_console(redaction, verbose=False)
        logging.getLogger("uploader.test").info("Tür: %s", "hunter2-secret")
    assert capsys.readouterr().err == ""
