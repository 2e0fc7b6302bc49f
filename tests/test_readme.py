"""What the README says about cameras.yaml is true."""

from __future__ import annotations

import re
from pathlib import Path

from uploader.arguments import parser
from uploader.configuration.camera import Camera
from uploader.configuration.cameras import parse
from uploader.configuration.settings import LiveStreamSettings
from uploader.ffmpeg.causes import PATHS
from uploader.ffmpeg.encoders import limit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## cameras.yaml\n")[2].partition("\n## ")[0]
# A row of the table: its keys, and the default in the last column.
ROWS = re.findall(r"^\| ((?:`[a-z_.]+`(?:, )?)+) \|.*\| (.+?) \|$", SECTION, re.MULTILINE)
DEFAULTS = {key: default.strip("`") for keys, default in ROWS for key in re.findall(r"`([a-z_.]+)`", keys)}


def test_every_example_is_a_good_file() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    assert examples
    for example in examples:
        assert parse(example).problems == ()


def test_every_key_stands_in_the_table_and_no_other() -> None:
    settings = {f"settings.{key}" for key in LiveStreamSettings.model_fields}
    assert set(DEFAULTS) == ({*Camera.model_fields} - {"settings"}) | settings


def test_the_defaults_are_those() -> None:
    camera = Camera(id="cam_floor", rtsp_url="testsrc://")
    needed = f"what the size needs: {limit(camera.settings)} for 854 at 15"
    words: dict[str, object] = {"none": None, "the id": camera.id, "LOCATION_ID": None, "true": True, "false": False}
    words[needed] = None
    for key, default in DEFAULTS.items():
        if default != "required":
            block, _, name = key.rpartition(".")
            value = getattr(camera.settings if block else camera, name)
            assert value == words[default] if default in words else str(value) in (default, f"{default}.0"), key


def test_the_makers_paths_are_those_the_worker_tells() -> None:
    makers = SECTION.partition("depends on the maker:")[2].partition("else search")[0]
    paths = re.findall(r"`(/\S+)`", makers)
    assert len(paths) == 5
    assert [path for path in paths if path not in PATHS] == []


def test_what_it_says_the_worker_says_is_said() -> None:
    said = re.findall(r"^   \| (`[A-Z].*?) \|", SECTION, re.MULTILINE)
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "uploader").rglob("*.py"))
    sentences = [part for cell in said for quoted in re.findall(r"`([^`]+)`", cell) for part in quoted.split(" … ")]
    assert sentences
    assert [sentence for sentence in sentences if sentence not in sources] == []


def test_every_path_it_names_is_there() -> None:
    named = re.findall(r"`((?:web|tests|docs|scripts|uploader)/[\w./-]*)", README)
    assert len(named) > 15
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_command_it_names_is_one() -> None:
    named = set(re.findall(r"`(?:sudo )?scripts/run ([a-z][a-z-]+)", README))
    assert {"check", "discover", "status", "install-service"} <= named
    shown = parser().format_help()
    assert [name for name in named if name not in shown] == []
