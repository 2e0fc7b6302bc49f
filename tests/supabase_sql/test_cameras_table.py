"""What scripts/supabase.sql makes of a cameras table, and who may read and change it, on a real PostgreSQL."""
# ruff: noqa: S608  (nobody's input is in these queries)

from __future__ import annotations

import pytest

from tests.postgres import ANON, EDITOR, Project, Refused
from tests.supabase_sql.people import BOX, DOCUMENTED, ELSEWHERES, REFUSED, SCRIPT, STRANGER, VIEWER, commented

# What PostgREST makes of a PATCH: the row's values come out of a JSON document.
KEEPING = """
update cameras set status = new.status, is_active = new.is_active, last_seen_at = new.last_seen_at
from json_to_record('{"status": "error", "is_active": true, "last_seen_at": "now"}')
  as new (status text, is_active boolean, last_seen_at timestamptz)
where stream_path = 'location_1/cam_floor' returning stream_path, cameras.status"""


def test_a_box_finds_its_row_by_the_address_and_keeps_it(project: Project) -> None:
    project.run(EDITOR, DOCUMENTED)
    assert project.ask(BOX, KEEPING) == ["location_1/cam_floor|error"]


def test_a_project_that_gives_nobody_a_new_table_by_itself_will_do(bare: Project) -> None:
    everybody = "anon, authenticated, service_role"
    bare.run(EDITOR, f"alter default privileges in schema public revoke all on tables from {everybody}; {SCRIPT}")
    bare.run(EDITOR, DOCUMENTED)
    assert bare.ask(BOX, KEEPING) == ["location_1/cam_floor|error"]
    commented(bare, EDITOR, "grant select on public.cameras to anon")
    commented(bare, EDITOR, 'create policy "everybody sees the cameras"')
    assert bare.ask(ANON, "select name from cameras") == ["Floor Camera"]


def test_the_time_is_the_databases(project: Project) -> None:
    project.run(EDITOR, DOCUMENTED)
    project.run(BOX, KEEPING)
    assert project.ask(EDITOR, "select now() - last_seen_at < interval '1 minute' from cameras") == ["t"]


def test_a_row_keeps_its_box_when_the_address_becomes_another(project: Project) -> None:
    project.run(EDITOR, DOCUMENTED)
    moved = "https://video.example/storage/v1/object/authenticated/streams/location_1/cam_floor/stream.m3u8"
    assert project.ask(BOX, f"update cameras set stream_url = '{moved}' returning stream_path") == [
        "location_1/cam_floor"
    ]


def test_a_box_keeps_only_its_own_rows(project: Project) -> None:
    project.run(EDITOR, f"{DOCUMENTED};{ELSEWHERES}")
    assert project.ask(BOX, "select stream_path from cameras") == ["location_1/cam_floor"]
    assert project.ask(BOX, "update cameras set status = 'error' returning stream_path") == ["location_1/cam_floor"]
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, "update cameras set stream_url = replace(stream_url, 'location_1', 'location_2')")
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, "update cameras set stream_url = null")
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, DOCUMENTED)
    assert project.ask(BOX, "delete from cameras returning name") == []


def test_viewers_see_the_cameras_they_may_watch(project: Project) -> None:
    project.run(EDITOR, f"{DOCUMENTED};{ELSEWHERES}")
    assert project.ask(VIEWER, "select stream_path from cameras") == ["location_1/cam_floor"]
    assert project.ask(VIEWER, "update cameras set status = 'error' returning stream_path") == []
    assert project.ask(STRANGER, "select stream_path from cameras") == []


def test_everybody_sees_the_cameras_once_that_was_chosen(project: Project) -> None:
    project.run(EDITOR, DOCUMENTED)
    assert project.ask(ANON, "select name from cameras") == []
    commented(project, EDITOR, "grant select on public.cameras to anon")
    commented(project, EDITOR, 'create policy "everybody sees the cameras"')
    assert project.ask(ANON, "select name from cameras") == ["Floor Camera"]


@pytest.mark.parametrize("protected", [True, False])
def test_a_table_that_was_there_keeps_its_rows_and_its_rules(bare: Project, protected: bool) -> None:
    bare.run(
        EDITOR,
        "create table cameras (id uuid primary key default gen_random_uuid(), name text, stream_url varchar(400), "
        f"location_id int, status text, is_active boolean); {DOCUMENTED};"
        + ("alter table cameras enable row level security;" if protected else ""),
    )
    remarks = bare.run(EDITOR, SCRIPT).stderr
    assert ("Row level security is off" in remarks) is not protected
    assert len(bare.ask(ANON, "select name from cameras")) == (0 if protected else 1)
    assert bare.ask(BOX, KEEPING) == ["location_1/cam_floor|error"]


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://x/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8", "location_1/cam_floor"),
        ("https://x/storage/v1/object/sign/streams/location_1/cam_floor/stream.m3u8?token=a/b", "location_1/cam_floor"),
        ("https://x/elsewhere.m3u8", ""),
        ("", ""),
    ],
)
def test_the_row_is_found_by_location_and_camera(project: Project, address: str, path: str) -> None:
    project.run(EDITOR, f"insert into cameras (name, stream_url) values ('Camera', '{address}')")
    assert project.ask(EDITOR, "select stream_path from cameras") == [path]
