"""What scripts/supabase.sql lets a box, a viewer and everybody else do in the bucket, on a real PostgreSQL."""
# ruff: noqa: S608  (nobody's input is in these queries)

from __future__ import annotations

import pytest

from tests.postgres import ANON, EDITOR, SERVICE, Project, Refused, Someone
from tests.supabase_sql.people import (
    BOX,
    ELSEWHERE,
    OTHER,
    OWN,
    REFUSED,
    SCRIPT,
    STRANGER,
    VIEWER,
    commented,
    listing,
    removed,
    store,
)


def read_without_a_key(project: Project, name: str) -> list[str]:
    """What /object/public/ does: it looks whether the bucket is public, then reads past all policies."""
    return project.ask(
        SERVICE,
        "select version from storage.objects o join storage.buckets b on b.id = o.bucket_id "
        f"where b.public and o.name = '{name}'",
    )


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
