"""What the project's database means."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from uploader.errors import StorageRefused, StorageUnavailable
from uploader.storage.answers import NotAccepted, parse
from uploader.storage.project_table import meaning

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (404, "PGRST205", "Could not find the table 'public.cameras' in the schema cache", StorageRefused),
        (400, "PGRST204", "Could not find the 'last_seen_at' column of 'cameras' in the schema cache", StorageRefused),
        (400, "42703", "column cameras.stream_path does not exist", StorageRefused),
        (403, "42501", "permission denied for table cameras", StorageRefused),
        (403, "42501", 'new row violates row-level security policy for table "cameras"', StorageRefused),
        (400, "23514", "new row violates check constraint", StorageRefused),
        (401, "PGRST303", "JWT expired", NotAccepted),
        (401, "PGRST301", "No suitable key or wrong key type", NotAccepted),
        (503, "PGRST002", "Could not query the database for the schema cache. Retrying.", StorageUnavailable),
        (504, "PGRST003", "Timed out acquiring connection from connection pool.", StorageUnavailable),
    ],
)
def test_what_postgrest_says_is_understood(status: int, code: str, message: str, kind: type[Exception]) -> None:
    body = json.dumps({"code": code, "message": message, "details": None, "hint": None})
    error = meaning("cameras", parse(status, {}, body, NOON))
    assert type(error) is kind
    if kind is StorageRefused:
        assert code in error.what
        assert "scripts/supabase.sql" in error.advice
