"""cameras.yaml as a JSON schema, so that editors complete keys and mark mistakes while typing. Pure."""

from __future__ import annotations

import json
from typing import Any

from uploader.configuration.camera import Camera
from uploader.configuration.document import MAX_ENTRIES


def text() -> str:
    """The schema as a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12), out of the model that the worker itself checks with."""
    camera = Camera.model_json_schema()
    settings = camera.pop("$defs")["LiveStreamSettings"]
    properties = camera["properties"]
    # All keys may be commented out.
    properties["settings"] = {**_plain(settings), "type": ["object", "null"], "description": "How the stream is made."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cameras.yaml",
        "description": "The cameras of one box.",
        "type": "array",
        "maxItems": MAX_ENTRIES,
        "items": {**_plain(camera), "description": "One camera."},
    }


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    """What pydantic says, without what is about Python: titles, and None for a key that is left out."""
    plain = {key: value for key, value in node.items() if key != "title" and (key, value) != ("default", None)}
    for choice in plain.pop("anyOf", ()):
        plain.update({} if choice == {"type": "null"} else choice)
    if "properties" in plain:
        plain["properties"] = {key: _plain(value) for key, value in plain["properties"].items()}
    return plain
