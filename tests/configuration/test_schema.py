"""The JSON schema that editors read is the model that the worker checks with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from uploader.configuration import schema
from uploader.configuration.camera import Camera
from uploader.configuration.settings import LiveStreamSettings

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "cameras.schema.json"


def keys() -> dict[str, dict[str, Any]]:
    """Every key of a camera and of its settings."""
    properties: dict[str, Any] = schema.schema()["items"]["properties"]
    settings: dict[str, Any] = properties["settings"]["properties"]
    return {**properties, **settings}


def test_the_checked_in_schema_is_the_models() -> None:
    assert FILE.read_text("utf-8") == schema.text(), "run: python live_stream.py schema > docs/cameras.schema.json"


def test_the_shipped_file_points_to_it() -> None:
    first = (ROOT / "cameras.yaml").read_text("utf-8").splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert match is not None
    assert ROOT / match[1] == FILE


def test_every_key_is_there_with_what_it_is_for() -> None:
    assert set(keys()) == {*Camera.model_fields, *LiveStreamSettings.model_fields}
    assert all(key["description"].strip() for key in keys().values())


def test_nothing_of_python_is_left_in_it() -> None:
    assert not {"anyOf", "title", "$ref"} & {word for key in keys().values() for word in key}
    assert "$defs" not in schema.text()
    assert "null" not in schema.text().replace('"null"', "")
