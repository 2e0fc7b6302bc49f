"""The unit with which systemd keeps the worker running: who it is, what it may see, how it is watched. Pure.

Why it is like this: docs/decisions/012-the-service.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

NAME = "storefeed"
# Of memory, in MB: the worker; for each camera an FFmpeg that converts a picture of 4K, and its segments in RAM. Only
# a leak comes near to it; then the kernel ends the FFmpeg that leaks, and the worker starts it again.
WORKER_MEMORY, CAMERA_MEMORY = 400, 350
# Cameras that may be added without a new unit.
SPARE_CAMERAS = 4
# Seconds: a worker whose loop stands still for so long is started anew; a stop takes 5 s at most.
WATCHDOG, STOP = 30, 15
_PLAIN = re.compile(r"[\w./=@+,-]+", re.ASCII)
# systemd hides these from the service, but for what is named.
_HIDDEN = ("/home", "/root", "/run/user")


@dataclass(frozen=True, slots=True)
class Service:
    """What the unit is about. All paths are absolute.

    `command` starts the worker, `readable` is what it has to see, `groups` are those that may open cameras and chips of
    the box. `data` None: systemd makes a directory for it.
    """

    command: Sequence[str]
    readable: Sequence[PurePath]
    cameras: int
    user: str = NAME
    groups: Sequence[str] = ()
    data: PurePath | None = None


def unit(service: Service) -> str:
    """The text of the unit."""
    memory = WORKER_MEMORY + CAMERA_MEMORY * (service.cameras + SPARE_CAMERAS)
    return _UNIT.format(
        user=service.user,
        groups=f"SupplementaryGroups={' '.join(service.groups)}\n" if service.groups else "",
        command=" ".join(map(_argument, service.command)),
        watchdog=WATCHDOG,
        stop=STOP,
        memory=memory,
        seen="".join(f"BindReadOnlyPaths={_bound(path)}\n" for path in _hidden(service.readable)),
        data=_data(service.data),
    )


def quoted(word: str) -> str:
    """One word of a setting (systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers")."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _argument(word: str) -> str:
    """One word of a command; a dollar would begin a variable (systemd.service(5), "Command lines")."""
    return quoted(word).replace("$", "$$")


def is_hidden(path: PurePath) -> bool:
    """Whether the service sees this only when it is named, and then whatever the folders above it allow."""
    return any(path.is_relative_to(home) for home in _HIDDEN)


def _hidden(paths: Sequence[PurePath]) -> list[PurePath]:
    """Those that have to be named to be seen; what lies in another one of them does not."""
    hidden = [path for path in dict.fromkeys(paths) if is_hidden(path)]
    return [path for path in hidden if not any(path != other and path.is_relative_to(other) for other in hidden)]


def _bound(path: PurePath) -> str:
    # A colon ends the source (systemd.exec(5)).
    return quoted(str(path).replace(":", "\\:"))


def _data(directory: PurePath | None) -> str:
    if directory is not None:
        return f"ReadWritePaths={quoted(f'-{directory}')}\n"
    return f"StateDirectory={NAME}\nStateDirectoryMode=0700\nEnvironment=STOREFEED_DATA=/var/lib/{NAME}\n"


_UNIT = """\
# Made by 'live_stream.py install-service', which makes it anew. Changes of yours: systemctl edit storefeed
[Unit]
Description=Storefeed: cameras, live through a storage bucket
Wants=network-online.target time-sync.target
After=network-online.target time-sync.target
# However often it fails, it is tried again.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
# Secrets are in .env, which the worker reads by itself, also when it changes.
ExecStart={command}
Restart=always
RestartSec=5
TimeoutStartSec=90
TimeoutStopSec={stop}
WatchdogSec={watchdog}
# The worker ends its FFmpegs in order; what is left after that is killed.
KillMode=mixed

User={user}
{groups}{data}UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=tmpfs
{seen}ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

MemoryMax={memory}M
# A camera's FFmpeg that takes too much is ended alone.
OOMPolicy=continue
# A core would hold passwords.
LimitCORE=0

[Install]
WantedBy=multi-user.target
"""
