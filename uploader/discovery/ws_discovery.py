"""How ONVIF cameras are asked to show themselves (WS-Discovery 1.0 of 2005), and what their answers say. Pure.

An answer comes from anybody on the network: it is short, without a DTD and so without entities, and nothing of it is
believed but names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote
from xml.parsers import expat

GROUP, PORT = "239.255.255.250", 3702
# Bytes, elements inside each other, elements, characters of one of them: no camera needs more.
MAX_SIZE, MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT = 16_384, 24, 300, 4096
MAX_NAME = 60
# Old cameras answer only to the first kind, some others only to the second.
KINDS = ("dn:NetworkVideoTransmitter", "tds:Device")

_PROBE = """\
<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"
 xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">
<e:Header><w:MessageID>uuid:{message}</w:MessageID>
<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>
<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>
<e:Body><d:Probe><d:Types>{kind}</d:Types></d:Probe></e:Body></e:Envelope>
"""
_SCOPE = re.compile(r"onvif://www\.onvif\.org/(?P<key>name|hardware)/(?P<value>\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Device:
    """What a device calls itself; "" where it does not say."""

    name: str = ""
    hardware: str = ""


def probe(message: str, kind: str) -> bytes:
    """The question; `message` is a UUID that is used once."""
    return _PROBE.format(message=message, kind=kind).encode()


def device(answer: bytes) -> Device | None:
    """The ONVIF device that answers; None for anything else. Never raises, whatever came."""
    if len(answer) > MAX_SIZE:
        return None
    reading = _Reading()
    try:
        reading.parser.Parse(answer, True)
    except (expat.ExpatError, _HostileError, ValueError, LookupError):
        return None
    scopes = "".join(reading.scopes)
    if not reading.is_match or "onvif://www.onvif.org" not in scopes.lower():
        return None
    said = {match["key"].lower(): _plain(match["value"]) for match in _SCOPE.finditer(scopes)}
    return Device(said.get("name", ""), said.get("hardware", ""))


def _plain(value: str) -> str:
    """A stranger's words, fit for one line of ours."""
    text = unquote(value).replace("_", " ")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_NAME].strip()


class _HostileError(Exception):
    """An answer that no camera gives."""


class _Reading:
    """One document, as far as it matters."""

    def __init__(self) -> None:
        self.scopes: list[str] = []
        self.is_match = False
        self._path: list[str] = []
        self._elements = 0
        self._text = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        # Without a DTD there are no entities to explode and nothing to fetch.
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise _HostileError

    def _start(self, name: str, _attributes: object) -> None:
        self._elements += 1
        self._text = 0
        self._path.append(name.rpartition(" ")[2])
        if self._elements > MAX_ELEMENTS or len(self._path) > MAX_DEPTH:
            raise _HostileError
        self.is_match = self.is_match or self._path[-1] == "ProbeMatch"

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _characters(self, text: str) -> None:
        self._text += len(text)
        if self._text > MAX_TEXT:
            raise _HostileError
        if self._path[-2:] == ["ProbeMatch", "Scopes"]:
            self.scopes.append(text)
