"""Who asks a project in which scripts/supabase.sql was run, and how they ask."""
# ruff: noqa: S608  (nobody's input is in these queries)

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.postgres import Someone

if TYPE_CHECKING:
    from tests.postgres import Project

SCRIPT = (Path(__file__).parents[2] / "scripts" / "supabase.sql").read_text("utf-8")
BOX = Someone("authenticated", {"location": "location_1"})
ELSEWHERE = Someone("authenticated", {"location": "location_2"})
VIEWER = Someone("authenticated", {"watch": ["location_1"]})
STRANGER = Someone("authenticated")
OWN, OTHER = "location_1/cam_floor/stream.m3u8", "location_2/cam_floor/stream.m3u8"
REFUSED = "new row violates row-level security policy"


def store(name: str, version: str = "1", bucket: str = "streams") -> str:
    """What Supabase Storage does for an upload with x-upsert."""
    return (
        f"insert into storage.objects (bucket_id, name, version) values ('{bucket}', '{name}', '{version}') "
        "on conflict (bucket_id, name) do update set version = excluded.version"
    )


def listing(project: Project, someone: Someone) -> list[str]:
    return project.ask(someone, "select name from storage.objects order by name")


def removed(project: Project, someone: Someone, *names: str) -> list[str]:
    wanted = ", ".join(f"'{name}'" for name in names)
    return project.ask(someone, f"delete from storage.objects where name in ({wanted}) returning name")


def commented(project: Project, someone: Someone, beginning: str) -> None:
    """Run the statement that stands in a comment of the script and begins so."""
    lines = [line.removeprefix("--").strip() for line in SCRIPT.splitlines() if line.startswith("--")]
    text = "\n".join(lines)
    found = re.search(rf"^{re.escape(beginning)}.*?;$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    project.run(someone, found[0])


DOCUMENTED = """
insert into cameras (name, stream_url, location_id, status, is_active) values (
  'Floor Camera',
  'https://xxx.supabase.co/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8',
  1, 'active', true
)"""
ELSEWHERES = DOCUMENTED.replace("location_1", "location_2")
