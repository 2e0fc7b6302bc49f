"""What scripts/supabase.sql lets a box, a viewer and everybody else do, on a real PostgreSQL."""
# ruff: noqa: S608  (nobody's input is in these queries)

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import ANON, EDITOR, SERVICE, Project, Refused, Server, Someone, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = (Path(__file__).parent.parent / "scripts" / "supabase.sql").read_text("utf-8")
BOX = Someone("authenticated", {"location": "location_1"})
ELSEWHERE = Someone("authenticated", {"location": "location_2"})
VIEWER = Someone("authenticated", {"watch": ["location_1"]})
STRANGER = Someone("authenticated")
OWN, OTHER = "location_1/cam_floor/stream.m3u8", "location_2/cam_floor/stream.m3u8"
REFUSED = "new row violates row-level security policy"
DATABASES = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as server:
        prepared = server.create("prepared", template="project")
        prepared.run(EDITOR, SCRIPT)
        yield server


@pytest.fixture
def bare(server: Server) -> Project:
    """A project in which the script has not been run."""
    return server.create(f"project_{next(DATABASES)}", template="project")


@pytest.fixture
def project(server: Server) -> Project:
    """A project in which it has."""
    return server.create(f"project_{next(DATABASES)}", template="prepared")


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


def read_without_a_key(project: Project, name: str) -> list[str]:
    """What /object/public/ does: it looks whether the bucket is public, then reads past all policies."""
    return project.ask(
        SERVICE,
        "select version from storage.objects o join storage.buckets b on b.id = o.bucket_id "
        f"where b.public and o.name = '{name}'",
    )


def commented(project: Project, someone: Someone, beginning: str) -> None:
    """Run the statement that stands in a comment of the script and begins so."""
    lines = [line.removeprefix("--").strip() for line in SCRIPT.splitlines() if line.startswith("--")]
    text = "\n".join(lines)
    found = re.search(rf"^{re.escape(beginning)}.*?;$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    project.run(someone, found[0])


# The script


def test_it_may_be_run_again(project: Project) -> None:
    project.run(BOX, store(OWN))
    project.run(EDITOR, SCRIPT)
    assert listing(project, BOX) == [OWN]


def test_a_bucket_that_was_made_private_stays_private(project: Project) -> None:
    commented(project, EDITOR, "update storage.buckets")
    project.run(EDITOR, SCRIPT)
    assert project.ask(EDITOR, "select public from storage.buckets") == ["f"]


def test_without_it_a_box_may_do_nothing(bare: Project) -> None:
    bare.run(EDITOR, "insert into storage.buckets (id, name, public) values ('streams', 'streams', true)")
    with pytest.raises(Refused, match=REFUSED):
        bare.run(BOX, store(OWN))


# A box in the bucket


def test_a_box_stores_replaces_lists_and_removes_in_its_own_location(project: Project) -> None:
    project.run(BOX, store(OWN, "1"))
    project.run(BOX, store(OWN, "2"))
    assert project.ask(BOX, "select name, version from storage.objects") == [f"{OWN}|2"]
    assert removed(project, BOX, OWN) == [OWN]
    assert listing(project, SERVICE) == []


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        (OTHER, "streams"),
        ("location_1", "streams"),
        ("location_10/cam_floor/stream.m3u8", "streams"),
        ("/location_1/stream.m3u8", "streams"),
        ("stream.m3u8", "streams"),
        (OWN, "invoices"),
    ],
)
def test_a_box_stores_nothing_anywhere_else(project: Project, name: str, bucket: str) -> None:
    project.run(EDITOR, "insert into storage.buckets (id, name) values ('invoices', 'invoices')")
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, store(name, bucket=bucket))


def test_a_box_neither_sees_nor_replaces_nor_removes_what_is_anothers(project: Project) -> None:
    project.run(ELSEWHERE, store(OTHER))
    assert listing(project, BOX) == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, store(OTHER, "2"))
    assert removed(project, BOX, OTHER) == []
    assert project.ask(ELSEWHERE, "select version from storage.objects") == ["1"]


def test_a_box_cannot_move_an_object_to_another_location(project: Project) -> None:
    project.run(BOX, store(OWN))
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, f"update storage.objects set name = '{OTHER}'")


def test_a_box_sees_its_bucket_and_cannot_change_it(project: Project) -> None:
    assert project.ask(BOX, "select id, public from storage.buckets") == ["streams|t"]
    assert project.ask(BOX, "update storage.buckets set public = false returning id") == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, "insert into storage.buckets (id, name) values ('other', 'other')")


def test_policies_made_for_people_do_not_widen_a_box(project: Project) -> None:
    project.run(
        EDITOR,
        "create policy everything on storage.objects for all to authenticated using (true) with check (true);"
        "create policy everything on public.cameras for all to authenticated using (true) with check (true);"
        f"insert into cameras (name, stream_url) values ('Other', 'https://x/streams/{OTHER}'), ('None yet', null);",
    )
    project.run(STRANGER, store(OTHER))
    assert listing(project, BOX) == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, store("location_3/cam/stream.m3u8"))
    assert project.ask(BOX, "update cameras set status = 'error' returning name") == []
    assert len(project.ask(STRANGER, "select name from cameras")) == 2


@pytest.mark.parametrize("metadata", [{}, {"location": ""}, {"location": None}, {"location": ["location_1"]}])
def test_a_user_without_a_location_is_no_box(project: Project, metadata: dict[str, object]) -> None:
    project.run(BOX, store(OWN))
    someone = Someone("authenticated", metadata)
    for name in (OWN, "/stream.m3u8", "stream.m3u8"):
        with pytest.raises(Refused, match=REFUSED):
            project.run(someone, store(name))
    assert listing(project, someone) == []


# Viewers


def test_everybody_reads_from_the_public_bucket_and_nobody_lists_it(project: Project) -> None:
    project.run(BOX, store(OWN))
    assert read_without_a_key(project, OWN) == ["1"]
    assert listing(project, ANON) == []
    assert removed(project, ANON, OWN) == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(ANON, store(OWN, "2"))


def test_a_private_bucket_is_read_by_those_it_was_given_to(project: Project) -> None:
    project.run(BOX, store(OWN))
    project.run(ELSEWHERE, store(OTHER))
    commented(project, EDITOR, "update storage.buckets")
    assert read_without_a_key(project, OWN) == []
    assert listing(project, VIEWER) == [OWN]
    assert listing(project, STRANGER) == listing(project, ANON) == []
    assert removed(project, VIEWER, OWN) == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(VIEWER, store(OWN, "2"))


@pytest.mark.parametrize(
    ("beginning", "metadata"),
    [
        ("update auth.users\nset raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{\"location", "location"),
        ("update auth.users\nset raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{\"watch", "watch"),
    ],
)
def test_users_are_made_as_the_script_says(project: Project, beginning: str, metadata: str) -> None:
    emails = ("box-1@boxes.example", "anna@example.com")
    users = ", ".join(f"('{email}', '{{\"provider\": \"email\"}}')" for email in emails)
    assert not project.server.psql(
        project.name, f"insert into auth.users (email, raw_app_meta_data) values {users}"
    ).returncode
    commented(project, EDITOR, beginning)
    (changed,) = project.ask(EDITOR, f"select raw_app_meta_data from auth.users where raw_app_meta_data ? '{metadata}'")
    assert '"provider": "email"' in changed


# The cameras table

DOCUMENTED = """
insert into cameras (name, stream_url, location_id, status, is_active) values (
  'Floor Camera',
  'https://xxx.supabase.co/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8',
  1, 'active', true
)"""
ELSEWHERES = DOCUMENTED.replace("location_1", "location_2")
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


# The camera_frames table

FRAME = "location_1/cam_floor/frames/2026/11/21/20261121T104123Z.webp"


def frame_row(path: str = FRAME, location: str = "location_1", taken_at: str = "2026-11-21T10:41:23Z") -> str:
    """What PostgREST makes of the box's POST."""
    rows = f"""[{{"location": "{location}", "camera_id": "cam_floor", "path": "{path}",
        "url": "https://x/{path}", "taken_at": "{taken_at}", "width": 854, "height": 480, "bytes": 17448}}]"""
    columns = "location, camera_id, path, url, taken_at, width, height, bytes"
    return f"""insert into camera_frames ({columns}) select {columns} from json_to_recordset('{rows}') as new (
        location text, camera_id text, path text, url text, taken_at timestamptz, width int, height int, bytes bigint)
        on conflict (path) do nothing returning path"""


def test_a_box_adds_a_row_for_a_frame_once_and_removes_the_old_ones(project: Project) -> None:
    later = FRAME.replace("104123", "114123")
    assert project.ask(BOX, frame_row()) == [FRAME]
    assert project.ask(BOX, frame_row()) == []
    assert project.ask(BOX, frame_row(later, taken_at="2026-11-21T11:41:23Z")) == [later]
    forget = (
        "delete from camera_frames where stream_path = 'location_1/cam_floor' and taken_at < '2026-11-21T11:00:00Z'"
    )
    assert project.ask(BOX, f"{forget} returning path") == [FRAME]
    assert project.ask(BOX, "select stream_path, path, width from camera_frames") == [
        f"location_1/cam_floor|{later}|854"
    ]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        (FRAME.replace("location_1", "location_2"), "location_2"),
        (FRAME.replace("location_1", "location_2"), "location_1"),
        (FRAME, "location_2"),
        ("location_1/cam_floor/stream.m3u8", "location_1"),
        (FRAME.replace("cam_floor", "cam_door"), "location_1"),
    ],
)
def test_a_box_names_no_frames_but_its_own(project: Project, path: str, location: str) -> None:
    with pytest.raises(Refused, match=REFUSED):
        project.run(BOX, frame_row(path, location))


def test_a_box_neither_sees_nor_removes_anothers_frames_and_changes_none(project: Project) -> None:
    project.run(EDITOR, "create policy everything on camera_frames for all to authenticated using (true)")
    others = FRAME.replace("location_1", "location_2")
    project.run(ELSEWHERE, frame_row(others, "location_2"))
    project.run(BOX, frame_row())
    assert project.ask(BOX, "select path from camera_frames") == [FRAME]
    assert project.ask(BOX, "delete from camera_frames returning path") == [FRAME]
    assert project.ask(EDITOR, "select path from camera_frames") == [others]


def test_viewers_see_the_frames_of_cameras_they_may_watch(project: Project) -> None:
    project.run(BOX, frame_row())
    project.run(ELSEWHERE, frame_row(FRAME.replace("location_1", "location_2"), "location_2"))
    assert project.ask(VIEWER, "select path from camera_frames") == [FRAME]
    assert project.ask(VIEWER, "delete from camera_frames returning path") == []
    assert project.ask(STRANGER, "select path from camera_frames") == []
    with pytest.raises(Refused, match=REFUSED):
        project.run(VIEWER, frame_row(FRAME.replace("104123", "104124")))


def test_everybody_sees_the_frames_once_that_was_chosen(project: Project) -> None:
    project.run(BOX, frame_row())
    assert project.ask(ANON, "select path from camera_frames") == []
    commented(project, EDITOR, "grant select on public.camera_frames to anon")
    commented(project, EDITOR, 'create policy "everybody sees the frames"')
    assert project.ask(ANON, "select path from camera_frames") == [FRAME]


def test_frames_are_found_by_camera_and_time(project: Project) -> None:
    project.run(EDITOR, DOCUMENTED)
    project.run(BOX, frame_row())
    commented(project, EDITOR, "select c.name, f.url from cameras c join camera_frames f")
    found = "select c.name, f.bytes from cameras c join camera_frames f using (stream_path)"
    assert project.ask(EDITOR, found) == ["Floor Camera|17448"]
    filled = """insert into camera_frames (location, camera_id, taken_at, path, url)
        select 'location_1', 'cam_' || n % 5, now() - n * interval '1 minute',
            'location_1/cam_' || n % 5 || '/frames/' || n, '' from generate_series(1, 5000) n; analyze camera_frames"""
    project.run(EDITOR, filled)
    newest = "select path from camera_frames where stream_path = 'location_1/cam_3' order by taken_at desc limit 1"
    assert any("camera_frames_taken_at" in line for line in project.ask(EDITOR, f"explain {newest}"))


@pytest.mark.parametrize("protected", [True, False])
def test_a_frames_table_that_was_there_keeps_its_rows_and_gets_what_is_missing(bare: Project, protected: bool) -> None:
    bare.run(
        EDITOR,
        "create table camera_frames (id uuid primary key default gen_random_uuid(), note text);"
        "insert into camera_frames (note) values ('mine');"
        + ("alter table camera_frames enable row level security;" if protected else ""),
    )
    assert ("Row level security is off for public.camera_frames" in bare.run(EDITOR, SCRIPT).stderr) is not protected
    bare.run(EDITOR, SCRIPT)
    assert bare.ask(BOX, frame_row()) == [FRAME]
    assert bare.ask(EDITOR, "select note from camera_frames where path is null") == ["mine"]
