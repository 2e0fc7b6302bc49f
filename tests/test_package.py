"""What is shipped: the wheel, and the locks that scripts/ installs from."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
VIEWER = ROOT / "uploader/server/viewer"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    directory = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(directory)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(directory.glob("*.whl"))) as file:
        yield file


def read(wheel: zipfile.ZipFile, name: str) -> str:
    return next(wheel.read(path).decode() for path in wheel.namelist() if path.endswith(name))


def test_the_wheel_holds_every_file_of_the_worker_and_its_page(wheel: zipfile.ZipFile) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "uploader").rglob("*.py")}
    page = {str(path.relative_to(ROOT)) for path in VIEWER.rglob("*") if path.is_file()}
    assert "uploader/server/viewer/index.html" in page, "build the page first: scripts/test does"
    assert modules | page == {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    assert "storefeed = uploader.commands:main" in read(wheel, "/entry_points.txt")
    assert "Storefeed contributors" in read(wheel, "/licenses/LICENSE")


def locked(name: str) -> dict[str, str]:
    """Package -> version, of a lock in scripts/."""
    text = (ROOT / "scripts" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements-ffmpeg.txt", PROJECT["project"]["optional-dependencies"]["ffmpeg"]),
        ("requirements-node.txt", PROJECT["dependency-groups"]["node"]),
        ("requirements-test.txt", PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["test"]),
    ],
)
def test_the_lock_fits_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    versions = locked(lock)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), "run scripts/lock"


def test_tests_run_with_the_very_packages_that_users_get() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-test.txt").items()


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "scripts").glob("requirements*.txt")))
def test_a_lock_has_a_hash_for_every_package_and_names_no_server(lock: str) -> None:
    text = (ROOT / "scripts" / lock).read_text("utf-8")
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:])
