"""The unit of the service, and how it gets onto a machine."""

from __future__ import annotations

import grp
import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from tests.worker_process import CAMERAS, command
from uploader.errors import InputError
from uploader.service.installer import Installation, Machine, check_possible, what_next
from uploader.service.unit import Service, quoted, unit

HOME = PurePosixPath("/home/anna/store feed")
SERVICE = Service(
    ("/usr/bin/python3", f"{HOME}/live_stream.py", "--all"), (HOME, HOME / ".venv", PurePosixPath("/usr")), 2
)


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def test_the_unit_is_watched_closed_and_always_started_again() -> None:
    made = settings(unit(SERVICE))
    expected = {
        "Type": "notify",
        "WatchdogSec": "30",
        "Restart": "always",
        "StartLimitIntervalSec": "0",
        "After": "network-online.target time-sync.target",
        "User": "storefeed",
        "PrivateTmp": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "LimitCORE": "0",
        "MemoryMax": "2500M",
        "WantedBy": "multi-user.target",
    }
    assert {name: made[name] for name in expected} == expected


def test_of_the_homes_only_what_is_needed_is_seen() -> None:
    text = unit(SERVICE)
    assert [line for line in text.splitlines() if line.startswith("Bind")] == [f'BindReadOnlyPaths="{HOME}"']
    assert "ProtectHome=tmpfs" in text
    assert f'ExecStart=/usr/bin/python3 "{HOME}/live_stream.py" --all' in text


def test_a_directory_for_data_is_made_or_the_chosen_one_is_opened() -> None:
    assert settings(unit(SERVICE))["StateDirectory"] == "storefeed"
    chosen = Service(SERVICE.command, SERVICE.readable, 1, groups=("video",), data=PurePosixPath("/mnt/disk"))
    assert settings(unit(chosen))["ReadWritePaths"] == "-/mnt/disk"
    assert "StateDirectory" not in unit(chosen)
    assert settings(unit(chosen))["SupplementaryGroups"] == "video"


@pytest.mark.parametrize(
    ("word", "written"),
    [("--all", "--all"), ("a b", '"a b"'), ('a"b\\', '"a\\"b\\\\"'), ("100%", '"100%%"'), ("it's", '"it\'s"')],
)
def test_no_character_of_a_path_means_anything_else(word: str, written: str) -> None:
    assert quoted(word) == written


def test_a_dollar_begins_no_variable_and_a_colon_ends_no_path() -> None:
    odd = PurePosixPath("/home/a:b/$c")
    text = unit(Service((f"{odd}/x",), (odd,), 1))
    assert 'ExecStart="/home/a:b/$$c/x"\n' in text
    assert 'BindReadOnlyPaths="/home/a\\\\:b/$c"\n' in text


def test_systemd_understands_it(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    shown = command(tmp_path, "install-service", "--print", "--camera", "cam_floor")
    assert shown.returncode == 0
    assert "live_stream.py --camera cam_floor --config" in shown.stdout
    file = tmp_path / "storefeed.service"
    file.write_text(shown.stdout, encoding="utf-8")
    if shutil.which("systemd-analyze"):
        judged = subprocess.run(
            ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, timeout=30, check=False
        )
        assert (judged.returncode, judged.stderr) == (0, "")


def test_a_worker_that_could_not_start_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS + "  enabled: false\n", encoding="utf-8")
    shown = command(tmp_path, "install-service", "--print")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.splitlines()[-1].startswith("No camera in cameras.yaml is switched on for streaming.")


def test_data_whose_place_depends_on_who_starts_a_command_and_where_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    for written, whole in (("my data", f"'{tmp_path}/my data'"), ("~/data", f"{Path.home()}/data")):
        (tmp_path / ".env").write_text(f"STOREFEED_DATA={written}\n", encoding="utf-8")
        shown = command(tmp_path, "install-service", "--print")
        assert (shown.returncode, shown.stdout) == (2, "")
        assert shown.stderr.splitlines()[-1] == (
            f"STOREFEED_DATA is '{written}', which depends on who starts a command, and where. "
            f"Write the whole path into .env, as in STOREFEED_DATA={whole}"
        )


def test_what_only_this_shell_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(CAMERAS, encoding="utf-8")
    (tmp_path / ".env").write_text("LOCATION_ID=shop\n", encoding="utf-8")
    shown = command(tmp_path, "install-service", "--print", SUPABASE_KEY="a", LOCATION_ID="b")
    words = "The service does not see STOREFEED_DATA, SUPABASE_KEY, set in this shell. Write NAME=value into .env."
    assert words in shown.stderr


def test_no_secret_stands_in_it(tmp_path: Path) -> None:
    (tmp_path / "cameras.yaml").write_text(
        '- {id: a, rtsp_url: "rtsp://10.0.0.5/live", username: admin, password: hunter2-floor}', encoding="utf-8"
    )
    (tmp_path / ".env").write_text("SUPABASE_URL=https://a.supabase.co\nSUPABASE_KEY=hunter2-key\n", encoding="utf-8")
    shown = command(tmp_path, "install-service", "--print")
    assert shown.stdout.startswith("# Made by")
    assert "hunter2" not in shown.stdout + shown.stderr


class Recorded:
    """A System on which nothing happens."""

    def __init__(self, *, users: tuple[str, ...] = ()) -> None:
        self.users = users
        self.done: list[str] = []

    def has_user(self, name: str) -> bool:
        return name in self.users

    def run(self, *command: str) -> None:
        self.done.append(" ".join(command))
        if command[0] == "useradd":
            self.users += (command[-1],)

    def let_read(self, file: Path, group: str) -> None:
        self.done.append(f"{group} may read {file.name}")


def test_installing_makes_a_user_opens_two_files_and_starts_and_may_be_done_again(tmp_path: Path) -> None:
    closed, absent, path = tmp_path / "cameras.yaml", tmp_path / ".env", tmp_path / "storefeed.service"
    closed.touch(0o600)
    system = Recorded()
    Installation("one", (closed, absent), path).install(system)
    start = ["systemctl daemon-reload", "systemctl enable storefeed", "systemctl restart storefeed"]
    assert system.done[0].startswith("useradd --system")
    assert system.done[1:] == ["storefeed may read cameras.yaml", *start]
    assert path.read_text("utf-8") == "one"
    system.done.clear()
    closed.chmod(0o644)
    absent.touch(0o600)
    Installation("two", (closed, absent), path).install(system)
    assert system.done == ["storefeed may read .env", *start]
    assert [file.name for file in tmp_path.iterdir() if "storefeed" in file.name] == ["storefeed.service"]
    assert path.read_text("utf-8") == "two"


def test_a_group_is_let_in_and_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(0o600)
    Machine().let_read(file, grp.getgrgid(os.getegid()).gr_name)
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_program_that_fails_is_told_in_its_words() -> None:
    with pytest.raises(InputError, match=r"'sh -c echo no such unit >&2; exit 4' failed: no such unit"):
        Machine().run("sh", "-c", "echo no such unit >&2; exit 4")
    with pytest.raises(InputError, match="no-such-program did not do its work"):
        Machine().run("no-such-program")
    assert Machine().has_user("root")
    assert not Machine().has_user("nobody-of-this-name")


def test_where_it_cannot_be_installed_it_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not run by systemd"):
        check_possible(SERVICE, booted=tmp_path / "no")
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    blocked = Service(("x",), (closed,), 1)
    words = "could not read" if os.geteuid() == 0 else "rights of root"
    with pytest.raises(InputError, match=words):
        check_possible(blocked, booted=tmp_path)


def test_what_to_do_next_is_said_with_whole_commands() -> None:
    text = what_next(Path("/opt/my store/cameras.yaml"))
    assert "systemctl status storefeed" in text
    assert "journalctl -u storefeed" in text
    assert "check --config '/opt/my store/cameras.yaml'" in text
