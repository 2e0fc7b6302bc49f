"""Objects on disk: whole or not at all, whatever happens, and never outside their directory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.errors import InputError
from uploader.server.objects import Bucket, ObjectFiles, is_bucket_name, is_object_name, object_path

NAME = "location_1/cam_floor/stream.m3u8"


@pytest.fixture
def files(tmp_path: Path) -> ObjectFiles:
    return opened(tmp_path)


def opened(directory: Path) -> ObjectFiles:
    files = ObjectFiles(directory / "objects")
    files.create_bucket(Bucket("streams", public=True, created_at="2026-01-01T00:00:00Z"))
    return files


def store(
    files: ObjectFiles, name: str, body: bytes, *, replace: bool = True, content_type: str = "video/mp2t"
) -> None:
    incoming = files.incoming()
    try:
        incoming.write(body)
        files.keep(incoming, "streams", name, content_type=content_type, cache_control="no-store", replace=replace)
    finally:
        incoming.discard()


def read(files: ObjectFiles, name: str) -> bytes | None:
    found = files.open("streams", name)
    if found is None:
        return None
    with closing(found):
        return found.read(0, found.info.size)


def leftovers(directory: Path) -> list[Path]:
    return list((directory / "objects" / "incoming").iterdir())


def file_of(directory: Path, name: str) -> Path:
    (path,) = (directory / "objects").rglob(f"={name}")
    return path


def test_an_object_is_there_after_a_restart(tmp_path: Path) -> None:
    store(opened(tmp_path), NAME, b"#EXTM3U", content_type="application/vnd.apple.mpegurl")
    again = ObjectFiles(tmp_path / "objects")
    found = again.open("streams", NAME)
    assert found is not None
    with closing(found):
        assert found.read(0, 100) == b"#EXTM3U"
        assert found.info.content_type == "application/vnd.apple.mpegurl"
    assert again.bucket("streams") == Bucket("streams", public=True, created_at="2026-01-01T00:00:00Z")


def test_a_writer_that_is_killed_leaves_the_old_object_and_nothing_else(tmp_path: Path) -> None:
    store(opened(tmp_path), NAME, b"old")
    killed_while_writing(tmp_path / "objects")
    assert len(leftovers(tmp_path)) == 1
    files = ObjectFiles(tmp_path / "objects")
    assert leftovers(tmp_path) == []
    assert read(files, NAME) == b"old"
    assert [entry.name for entry in files.entries("streams", "location_1/cam_floor")] == ["stream.m3u8"]


def killed_while_writing(directory: Path) -> None:
    """A process of its own writes half an object and gets SIGKILL."""
    program = (
        "import sys, pathlib; from uploader.server.objects import ObjectFiles\n"
        f"incoming = ObjectFiles(pathlib.Path({str(directory)!r})).incoming()\n"
        "incoming.write(b'x' * 100_000); print('half', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half\n"
        process.kill()


def test_an_upload_of_another_worker_on_the_same_directory_is_not_swept(tmp_path: Path) -> None:
    files = opened(tmp_path)
    incoming = files.incoming()
    ObjectFiles(tmp_path / "objects")
    incoming.write(b"whole")
    files.keep(incoming, "streams", NAME, content_type="a/b", cache_control="no-store", replace=True)
    incoming.discard()
    assert read(files, NAME) == b"whole"


def test_a_file_cut_anywhere_is_no_object(tmp_path: Path) -> None:
    files = opened(tmp_path)
    store(files, "a.ts", b"x" * 50)
    path = file_of(tmp_path, "a.ts")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert files.open("streams", "a.ts") is None
    for cut in range(1, len(whole)):
        path.write_bytes(whole[cut:])
        assert files.open("streams", "a.ts") is None
    assert files.entries("streams", "") == []
    store(files, "a.ts", b"new")
    assert read(files, "a.ts") == b"new"


def test_a_file_that_is_damaged_anywhere_keeps_no_other_object_from_being_listed(
    files: ObjectFiles, tmp_path: Path
) -> None:
    store(files, "a.ts", b"x" * 50)
    store(files, "b.ts", b"y")
    path = file_of(tmp_path, "a.ts")
    whole = path.read_bytes()
    for at in range(50, len(whole)):
        for damage in (b"\x00", b"\xff", b"}", b"7"):
            path.write_bytes(whole[:at] + damage + whole[at + 1 :])
            assert "b.ts" in [entry.name for entry in files.entries("streams", "")]
    store(files, "a.ts", b"new")
    assert read(files, "a.ts") == b"new"


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b'{"name":"streams"}', b"\xff"])
def test_a_bucket_whose_record_is_damaged_is_made_again_with_its_objects(tmp_path: Path, damage: bytes) -> None:
    store(opened(tmp_path), NAME, b"x")
    (tmp_path / "objects" / "+streams" / "bucket.json").write_bytes(damage)
    again = ObjectFiles(tmp_path / "objects")
    assert again.bucket("streams") is None
    assert again.buckets() == []
    assert again.create_bucket(Bucket("streams", public=True, created_at="2026-01-02T00:00:00Z"))
    assert read(again, NAME) == b"x"


def test_a_file_that_is_cut_while_it_is_read_is_an_error(files: ObjectFiles, tmp_path: Path) -> None:
    store(files, "a.ts", b"x" * 50)
    found = files.open("streams", "a.ts")
    assert found is not None
    with closing(found):
        os.truncate(file_of(tmp_path, "a.ts"), 10)
        assert found.read(0, 50) == b"x" * 10
        with pytest.raises(OSError, match="shorter"):
            found.read(10, 40)


def test_a_reader_keeps_its_version_while_the_object_is_replaced_and_removed(files: ObjectFiles) -> None:
    store(files, NAME, b"old" * 1000)
    found = files.open("streams", NAME)
    assert found is not None
    with closing(found):
        store(files, NAME, b"new", content_type="text/plain")
        files.remove("streams", [NAME])
        assert found.read(0, 3000) == b"old" * 1000
        assert found.info.content_type == "video/mp2t"


def test_an_object_is_not_replaced_against_the_will(files: ObjectFiles, tmp_path: Path) -> None:
    store(files, NAME, b"first")
    with pytest.raises(FileExistsError):
        store(files, NAME, b"second", replace=False)
    assert read(files, NAME) == b"first"
    assert leftovers(tmp_path) == []


def test_an_object_keeps_its_id_and_birthday_when_it_is_replaced(files: ObjectFiles) -> None:
    store(files, "a", b"1")
    (before,) = files.entries("streams", "")
    store(files, "a", b"22")
    (after,) = files.entries("streams", "")
    assert before.info is not None
    assert after.info is not None
    assert (before.info.id, before.info.created_at) == (after.info.id, after.info.created_at)
    assert (before.info.size, after.info.size) == (1, 2)
    assert before.info.etag != after.info.etag


def test_an_object_and_a_folder_may_have_the_same_name(files: ObjectFiles) -> None:
    store(files, "a", b"object")
    store(files, "a/b", b"inside")
    assert (read(files, "a"), read(files, "a/b")) == (b"object", b"inside")
    assert sorted((entry.name, entry.info is None) for entry in files.entries("streams", "")) == [
        ("a", False),
        ("a", True),
    ]


def test_a_folder_goes_with_its_last_object_and_the_bucket_stays(files: ObjectFiles) -> None:
    store(files, NAME, b"x")
    assert files.remove("streams", [NAME, "missing", "../x"]).keys() == {NAME}
    assert files.entries("streams", "") == []
    assert files.bucket("streams") is not None


def test_writers_and_removers_do_not_get_into_each_others_way(files: ObjectFiles) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(100):
                store(files, f"shared/folder/{number}", b"x")
                assert read(files, f"shared/folder/{number}") == b"x"
                assert files.remove("streams", [f"shared/folder/{number}"])
        except BaseException as error:  # noqa: BLE001  (told below, in the test's own thread)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert files.entries("streams", "") == []


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../x", "a/../../x", "./a", "a/.", "a//b", "/etc/passwd", "a/", "a\0b", "a\nb", "é", "x" * 255],
)
def test_names_that_could_lead_elsewhere_are_no_names(files: ObjectFiles, name: str) -> None:
    assert not is_object_name(name)
    with pytest.raises(ValueError, match="not an object name"):
        files.open("streams", name)
    assert files.entries("streams", name) == []


@given(st.text(alphabet="ab./+=-_ !?*\\~\0é", max_size=12), st.text(alphabet="ab./+=", min_size=1, max_size=6))
def test_no_name_leaves_its_bucket_and_no_two_names_are_one_file(name: str, other: str) -> None:
    good = [each for each in {name, other} if is_object_name(each)]
    paths = [object_path("streams", each) for each in good]
    assert len(set(paths)) == len(good)
    for path in paths:
        assert path.is_relative_to("+streams")
        assert not {"..", "."}.intersection(path.parts)


@pytest.mark.parametrize("name", ["", "a/b", "x" * 64, "a\nb", "~"])
def test_names_that_no_bucket_may_have(files: ObjectFiles, name: str) -> None:
    assert not is_bucket_name(name)
    assert files.bucket(name) is None


def test_everything_is_private_to_this_user(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir(mode=0o755)
    store(opened(tmp_path), "a.ts", b"x")
    assert (tmp_path / "objects").stat().st_mode & 0o777 == 0o700
    assert file_of(tmp_path, "a.ts").stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be_used_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file in the way")
    with pytest.raises(InputError, match=r"Objects cannot be stored in .*STOREFEED_DATA"):
        ObjectFiles(tmp_path / "objects")
