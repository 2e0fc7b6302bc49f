"""What scripts/supabase.sql makes of a camera_frames table, and who may read and change it, on a real PostgreSQL."""
# ruff: noqa: S608  (nobody's input is in these queries)

from __future__ import annotations

import pytest

from tests.postgres import ANON, EDITOR, Project, Refused
from tests.supabase_sql.people import (
    BOX,
    DOCUMENTED,
    ELSEWHERE,
    REFUSED,
    SCRIPT,
    STRANGER,
    VIEWER,
    commented,
)

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
