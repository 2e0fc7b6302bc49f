"""scripts/run and scripts/setup.sh: what happens before the worker starts, in a checkout that holds only them."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
# All the scripts may find on the machines of these tests, beside what a test puts there: above all, no Python.
MACHINE = [
    *("bash", "cat", "cut", "dirname", "env", "find", "flock", "grep", "mkdir", "mv", "readlink", "rm", "sha256sum"),
    *("sort", "stat", "tail", "uname", "xargs"),
]


class Checkout:
    """A folder with the scripts, on a machine that has next to nothing."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "storefeed"
        self.path = directory / "bin"
        shutil.copytree(SCRIPTS, self.root / "scripts")
        (self.root / "web/viewer").mkdir(parents=True)
        (self.root / "web/viewer/page.ts").write_text("page")
        self.path.mkdir()
        for name in MACHINE:
            (self.path / name).symlink_to(shutil.which(name) or name)

    def program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!{self.path}/bash\n{text}\n")
        path.chmod(0o755)

    def run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.path), "HOME": str(self.root)}
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=20, check=False
        )

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run `text` with the functions of setup.sh at hand."""
        return self.run("bash", "-euo", "pipefail", "-c", f"source '{self.root}/scripts/setup.sh'; {text}")

    def prepare(self, python: str) -> None:
        """Leave what a set-up leaves, with `python` in the place of the environment's Python."""
        self.program(self.root / ".venv/bin/python", python)
        page = self.root / "uploader/server/viewer/index.html"
        page.parent.mkdir(parents=True)
        page.touch()
        done = self.shell(
            'mkdir -p "$SETUP"; packages_digest run >"$VENV/.run"; ffmpeg_digest >"$VENV/.ffmpeg-chosen";'
            'viewer_digest >"$SETUP/viewer.stamp"; ready_to_run'
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_without_python_it_says_how_to_get_one(checkout: Checkout) -> None:
    result = checkout.run(f"{checkout.root}/scripts/run", "--camera", "cam_floor")
    assert result.returncode == 2
    assert result.stderr == (
        "Storefeed needs Python 3.11, 3.12, 3.13 or 3.14. Install one: 'sudo apt install python3 python3-venv', "
        "on Ubuntu 22.04 'sudo apt install python3.11 python3.11-venv'.\n"
    )


def test_with_an_old_python_it_says_which_one_it_met(checkout: Checkout) -> None:
    checkout.program(checkout.path / "python3", "echo 3.10")
    result = checkout.run(f"{checkout.root}/scripts/run")
    assert result.returncode == 2
    assert f"or 3.14; {checkout.path}/python3 is 3.10. Install" in result.stderr


def test_a_fit_python_is_found_behind_an_old_one_and_a_shim_that_fails(checkout: Checkout) -> None:
    checkout.program(checkout.path / "python3", "echo 3.9")
    checkout.program(checkout.path / "python3.14", "echo 'no such version' >&2; exit 127")
    checkout.program(checkout.path / "python3.12", f'exec {sys.executable} "$@"')
    result = checkout.shell("find_python")
    assert result.stdout == f"{checkout.path}/python3.12\n"


def test_arguments_and_folder_reach_the_worker_as_they_were_typed(checkout: Checkout, tmp_path: Path) -> None:
    checkout.prepare(python='printf \'%s\\n\' "$PWD" "$@"; exit 7')
    result = checkout.run(f"{checkout.root}/scripts/run", "--camera", "a b", "*", "", cwd=tmp_path)
    assert result.stdout.split("\n") == [
        str(tmp_path),
        f"{checkout.root}/live_stream.py",
        "--camera",
        "a b",
        "*",
        "",
        "",
    ]
    assert result.stderr == ""
    assert result.returncode == 7


@pytest.mark.parametrize(
    "change",
    [
        "echo >>scripts/requirements.txt",
        "echo >>web/viewer/page.ts",
        "rm uploader/server/viewer/index.html",
        "rm .venv/bin/python",
        "mv .venv/.run .venv/.other",
    ],
)
def test_whatever_changes_is_prepared_again(checkout: Checkout, change: str) -> None:
    checkout.prepare(python="true")
    subprocess.run(change, shell=True, cwd=checkout.root, check=True)  # noqa: S602
    assert checkout.shell("ready_to_run").returncode != 0


def test_a_moved_checkout_is_prepared_again(checkout: Checkout) -> None:
    checkout.prepare(python="true")
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.shell("packages_ready run").returncode != 0


def test_another_ffmpeg_is_looked_at_again(checkout: Checkout) -> None:
    checkout.prepare(python="true")
    checkout.program(checkout.path / "ffmpeg", "true")
    assert checkout.shell("ready_to_run").returncode != 0


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        ("npm error code ENOTFOUND", "a server it needs was not reached. Check the network"),
        ("OSError: [Errno 28] No space left on device", "the disk is full. Make room"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "a certificate was not accepted. Is this machine's clock right"),
        (
            "ERROR: No matching distribution found for pydantic-core",
            "a package does not exist for this kind of machine",
        ),
        ("Segmentation fault", "for a reason this script does not know."),
    ],
)
def test_a_step_that_fails_says_why_and_where_the_whole_story_is(checkout: Checkout, log: str, cause: str) -> None:
    checkout.program(checkout.path / "npm", f'echo "{log}"; exit 1')
    result = checkout.shell('mkdir -p "$SETUP"; step "Fetching" npm npm')
    assert result.returncode == 1
    assert result.stderr.startswith(f"Fetching ...\n  That failed: {cause}")
    assert result.stderr.endswith(f"The whole story is in {checkout.root}/.setup/npm.log\n")


def test_two_starts_at_a_time_prepare_one_after_the_other(checkout: Checkout) -> None:
    checkout.shell("alone true")
    with (checkout.root / ".setup/lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = f"source '{checkout.root}/scripts/setup.sh'; alone echo prepared"
        process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stderr
        assert process.stderr.readline() == "Another start is preparing this folder; waiting for it ...\n"
        fcntl.flock(lock, fcntl.LOCK_UN)
    assert process.communicate(timeout=20)[0] == "prepared\n"


def test_a_folder_that_may_not_be_written_is_said_so(checkout: Checkout) -> None:
    (checkout.root / ".setup").write_text("in the way")
    result = checkout.shell("alone true")
    assert result.returncode == 2
    assert result.stderr == (
        f"This folder has to be prepared, and {checkout.root} is not writable: start once as its owner.\n"
    )
