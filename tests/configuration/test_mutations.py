"""Whatever an editor leaves in the files, no command shows a traceback or a password."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uploader.commands import main

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

SHIPPED = (Path(__file__).parents[2] / "cameras.yaml").read_text(encoding="utf-8")
CAMERAS = (
    SHIPPED.replace("testsrc://", "rtsp://admin:hunter2-floor@10.0.0.5/live").replace("Blue-Door-7", "hunter2-door")
    + '\n- id: yard\n  rtsp_url: "rtsp://10.0.0.6/live"\n  username: admin\n  password: "${YARD}"\n'
    + "  settings: {profile: low, rotate: 90, bitrate: 800, transport: udp, audio: true, snapshot_every: 10,\n"
    + "    frames_every: 60, frames_keep_days: 3}\n"
)
DOTENV = "YARD='hunter2-yard'\nLOCATION_ID=shop_7\n"
# Every start ends at this: nothing is streamed here.
NOWHERE = "\nSTOREFEED_DATA=/dev/null/data\n"
STARTS = (["--all"], ["--camera", "yard"])
COMMANDS: tuple[list[str], ...] = ([], ["print-command", "--camera", "cam_floor"], *STARTS)
# For `check`, which would go and look: nothing is switched on, and what a slip switches on is on this box.
AT_HOME = (
    CAMERAS.replace("10.0.0.", "127.0.0.").replace("/live", ":9/live").replace("\n  rtsp", "\n  enabled: false\n  rtsp")
)
PIECES = st.sampled_from(
    [
        "",
        " ",
        "\t",
        "\n",
        "- ",
        ":",
        '"',
        "'",
        "#",
        "{",
        "[",
        "&a",
        "*a",
        "!",
        "%",
        "${",
        "}",
        "\\",
        "\0",
        "ä",
        "id: 07",
    ]
)


@st.composite
def edits(draw: DrawFn, text: str) -> str:
    """The text after a few slips: something cut out, something typed, a line gone, twice, or shifted."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 12))
        text = text[:start] + draw(PIECES | st.text(max_size=4)) + text[end:]
        lines = text.split("\n")
        number = draw(st.integers(0, len(lines) - 1))
        line = lines[number]
        lines[number : number + 1] = draw(st.sampled_from([[], [line], [line, line], [f"  {line}"], [line.lstrip()]]))
        text = "\n".join(lines)
    return text


def said(*arguments: str) -> tuple[int, str]:
    """A command's exit status and all it said."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        status = main(arguments)
    return status, output.getvalue()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("box")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits(CAMERAS), st.just(DOTENV) | edits(DOTENV))
def test_no_slip_makes_a_command_show_a_traceback_or_a_password(
    directory: Path, restored_logging: None, cameras: str, dotenv: str
) -> None:
    config = directory / "cameras.yaml"
    config.write_text(cameras, encoding="utf-8")
    (directory / ".env").write_text(dotenv + NOWHERE, encoding="utf-8")
    for arguments in COMMANDS:
        status, output = said(*arguments, "--config", str(config))
        assert status in ((2,) if arguments in STARTS else (0, 2))
        assert "Traceback" not in output
        assert "fault in Storefeed" not in output
        assert "hunter2" not in output
        assert output.endswith("\n")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits(AT_HOME), edits(DOTENV))
def test_no_slip_makes_a_check_show_a_traceback_or_a_password(
    directory: Path, restored_logging: None, cameras: str, dotenv: str
) -> None:
    config = directory / "cameras.yaml"
    config.write_text(cameras, encoding="utf-8")
    (directory / ".env").write_text(dotenv + NOWHERE, encoding="utf-8")
    status, output = said("check", "--config", str(config))
    assert status in (0, 1, 2)
    assert output.startswith("Settings\n")
    assert output.endswith(".\n")
    assert "Traceback" not in output
    assert "fault in Storefeed" not in output
    assert "hunter2" not in output
