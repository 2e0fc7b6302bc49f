"""Entries for cameras.yaml, made of what was found on the network, for a person to copy. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from uploader.discovery.brands import brand

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from uploader.discovery.ws_discovery import Device

RTSP = 554


@dataclass(frozen=True, slots=True)
class Found:
    """A camera at an IPv4 address. `server` is what its RTSP calls itself; None: port 554 does not speak RTSP."""

    host: str
    device: Device
    server: str | None = None


def entries(found: Iterable[Found], known: Mapping[str, str], taken: Collection[str]) -> str:
    """YAML for the cameras that are not in the file: `known` are the ids there by address, `taken` all ids."""
    used = set(taken)
    parts = []
    for camera in sorted(found, key=lambda camera: IPv4Address(camera.host)):
        if camera.host in known:
            parts.append(f"# {_called(camera)} at {camera.host} is '{known[camera.host]}' in the file already.\n")
            continue
        parts.append(_entry(camera, _id(camera.host, used)))
    return "\n".join(parts)


def _entry(camera: Found, name: str) -> str:
    maker = brand(camera.device.name, camera.device.hardware, camera.server or "")
    if maker is None:
        where = "Its path is not known: search the web for the model and 'RTSP', and write it in the place of PATH."
    else:
        where = f"The path is the usual one of {maker.name} cameras."
    port = (
        "" if camera.server is not None else f"# Port {RTSP} does not answer: RTSP may be switched off in the camera.\n"
    )
    path = maker.path if maker else "/PATH"
    return (
        f"# {_called(camera)} at {camera.host}. {where}\n{port}"
        f'- id: "{name}"\n'
        f"  name: {json.dumps(_called(camera), ensure_ascii=False)}\n"
        f'  rtsp_url: "rtsp://{camera.host}:{RTSP}{path}"\n'
        f'  username: "admin"\n'
        f'  password: "${{{name.upper()}_PASSWORD}}"  # in .env: {name.upper()}_PASSWORD=...; or written here\n'
    )


def _called(camera: Found) -> str:
    """How it calls itself, the model once."""
    name, hardware = camera.device.name, camera.device.hardware
    if hardware and hardware.lower() not in name.lower():
        return f"{name} {hardware}".strip()
    return name or "A camera"


def _id(host: str, used: set[str]) -> str:
    """A short id that is free: as much of the address as it takes."""
    numbers = host.split(".")
    name = next(
        (made for count in (1, 2, 4) if (made := "_".join(["cam", *numbers[-count:]])) not in used),
        "_".join(["camera", *numbers]),
    )
    used.add(name)
    return name
