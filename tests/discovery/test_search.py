"""Cameras are found on the network; what strangers answer is looked at with care."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rtsp_camera import RtspCamera
from uploader.configuration.cameras import parse
from uploader.discovery.proposals import Found, entries
from uploader.discovery.search import discover, knock
from uploader.discovery.ws_discovery import MAX_ELEMENTS, MAX_SIZE, MAX_TEXT, Device, device, probe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HIKVISION = (
    "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G0-I "
    "onvif://www.onvif.org/hardware/DS-2CD2143G0-I onvif://www.onvif.org/location/city/hangzhou"
)


def answer(scopes: str = HIKVISION, before: str = "", inside: str = "") -> bytes:
    """What a camera says."""
    return f"""<?xml version="1.0" encoding="utf-8"?>{before}
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><SOAP-ENV:Header></SOAP-ENV:Header>
<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>{inside}<d:Types>dn:NetworkVideoTransmitter</d:Types>
<d:Scopes>{scopes}</d:Scopes><d:XAddrs>http://6.6.6.6/onvif/device_service</d:XAddrs>
</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>""".encode()


def test_a_camera_is_known_by_what_it_calls_itself() -> None:
    assert device(answer()) == Device("HIKVISION DS-2CD2143G0-I", "DS-2CD2143G0-I")
    assert device(answer("onvif://www.onvif.org/Profile/Streaming")) == Device()
    assert device(answer("onvif://www.onvif.org/name/a%0A%1B%5B31mb")) == Device("a [31mb")
    assert device(answer(f"onvif://www.onvif.org/name/{'long' * 100}")) == Device("long" * 15)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<",
        b"\xff\xfe\x00",
        answer()[:-9],
        answer("ldap:///printers"),
        answer().replace(b"ProbeMatch>", b"Other>"),
        answer(before='<!DOCTYPE a [<!ENTITY b "onvif://www.onvif.org/name/b">]>', scopes="&b;"),
        answer(before='<!DOCTYPE a SYSTEM "file:///etc/passwd">'),
        answer(scopes=HIKVISION + " " * MAX_TEXT),
        answer(inside="<a>" * 40 + "</a>" * 40),
        answer(inside="<a/>" * MAX_ELEMENTS),
        answer() + b" " * MAX_SIZE,
        answer().replace(b'encoding="utf-8"', b'encoding="no-such"'),
    ],
)
def test_what_no_camera_answers_is_nothing(hostile: bytes) -> None:
    assert device(hostile) is None


@given(
    st.binary(max_size=400) | st.text(max_size=200).map(lambda scopes: answer(f"onvif://www.onvif.org/name/{scopes}"))
)
def test_no_answer_breaks_anything(data: bytes) -> None:
    found = device(data)
    assert found is None or (found.name.isprintable() and len(found.name) <= 60)


class Responder(asyncio.DatagramProtocol):
    """A device on the network: it answers every probe with `says`, so many times, from its own address."""

    transport: asyncio.DatagramTransport

    def __init__(self, says: bytes = b"", times: int = 1) -> None:
        self.says = says
        self.times = times
        self.asked = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def answer(self, whom: tuple[str, int]) -> None:
        self.asked += 1
        for _ in range(self.times):
            self.transport.sendto(self.says, whom)


class Network(Responder):
    """What is sent to it is heard by all `members`, as with multicast."""

    members: tuple[Responder, ...] = ()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert data.startswith(b"<?xml")
        for member in self.members:
            member.answer(addr)


@asynccontextmanager
async def network(**members: Responder) -> AsyncIterator[tuple[str, int]]:
    """Where to ask the devices that are there: at 127.0.0.1 for `at_1`, and so on."""
    loop = asyncio.get_running_loop()
    hub = Network()
    hub.members = tuple(members.values())
    places = {name.replace("at_", "127.0.0."): member for name, member in members.items()}
    for host, member in [*places.items(), ("127.0.0.1", hub)]:
        await loop.create_datagram_endpoint(lambda member=member: member, local_addr=(host, 0))  # type: ignore[misc]
    try:
        yield hub.transport.get_extra_info("sockname")
    finally:
        for member in (hub, *hub.members):
            member.transport.close()


async def test_who_answers_is_found_once_with_the_address_it_answers_from() -> None:
    hikvision, other, printer = (
        Responder(answer()),
        Responder(answer("onvif://www.onvif.org/name/IPC")),
        Responder(b"<hello/>"),
    )
    async with RtspCamera() as camera, network(at_1=hikvision, at_2=other, at_3=printer) as where:
        began = asyncio.get_running_loop().time()
        found = await discover(where, limit=3.0, port=camera.port)
        assert asyncio.get_running_loop().time() - began < 6
    assert {(one.host, one.device.name, one.server is None) for one in found} == {
        ("127.0.0.1", "HIKVISION DS-2CD2143G0-I", False),
        ("127.0.0.2", "IPC", True),
    }
    # Asked twice, each time in both ways: some cameras know only one of them, and UDP gets lost.
    assert [member.asked for member in (hikvision, other, printer)] == [4, 4, 4]
    assert camera.answered["OPTIONS", 200] == 1
    assert camera.opened == 0


async def test_a_flood_of_answers_is_one_camera_and_takes_no_longer() -> None:
    async with network(at_1=Responder(b"x" * 60_000, 20), at_2=Responder(answer(), 50)) as where:
        began = asyncio.get_running_loop().time()
        found = await discover(where, limit=2.5, port=9)
        assert asyncio.get_running_loop().time() - began < 5
    assert [one.host for one in found] == ["127.0.0.2"]


async def test_what_does_not_speak_rtsp_or_does_not_stop_speaking_is_no_camera() -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n" + b"x" * 100_000)
        writer.close()

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: web\r\n\r\n")
        writer.close()

    async def named(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert asked.startswith(b"OPTIONS rtsp://127.0.0.1:")
        writer.write(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nServer: Hipcam RealServer/V1.0\r\n\r\n")
        writer.close()

    for serve, words in ((chatter, None), (web, None), (named, "Hipcam RealServer/V1.0")):
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            assert await knock("127.0.0.1", server.sockets[0].getsockname()[1]) == words


FOUND = (
    Found("192.168.1.120", Device("Dahua", "IPC-HFW2431S"), "Dahua Rtsp Server"),
    Found("192.168.1.20", Device("HIKVISION DS-2CD2143G0-I", "DS-2CD2143G0-I"), ""),
    Found("192.168.7.20", Device('Front "door": #1'), None),
    Found("192.168.1.9", Device("Old one"), ""),
)
GOLDEN = """\
# Old one at 192.168.1.9 is 'till' in the file already.

# HIKVISION DS-2CD2143G0-I at 192.168.1.20. The path is the usual one of Hikvision cameras.
- id: "cam_20"
  name: "HIKVISION DS-2CD2143G0-I"
  rtsp_url: "rtsp://192.168.1.20:554/Streaming/Channels/102"
  username: "admin"
  password: "${CAM_20_PASSWORD}"  # in .env: CAM_20_PASSWORD=...; or written here

# Dahua IPC-HFW2431S at 192.168.1.120. The path is the usual one of Dahua and Amcrest cameras.
- id: "cam_1_120"
  name: "Dahua IPC-HFW2431S"
  rtsp_url: "rtsp://192.168.1.120:554/cam/realmonitor?channel=1&subtype=1"
  username: "admin"
  password: "${CAM_1_120_PASSWORD}"  # in .env: CAM_1_120_PASSWORD=...; or written here

# Front "door": #1 at 192.168.7.20. Its path is not known: search the web for the model and 'RTSP', and write it in \
the place of PATH.
# Port 554 does not answer: RTSP may be switched off in the camera.
- id: "cam_7_20"
  name: "Front \\"door\\": #1"
  rtsp_url: "rtsp://192.168.7.20:554/PATH"
  username: "admin"
  password: "${CAM_7_20_PASSWORD}"  # in .env: CAM_7_20_PASSWORD=...; or written here
"""


def test_what_was_found_becomes_entries_that_can_be_copied_as_they_are() -> None:
    text = entries(FOUND, {"192.168.1.9": "till"}, {"till", "cam_120"})
    assert text == GOLDEN
    passwords = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "secret")
    file = parse(text, variables=passwords)
    assert file.problems == ()
    assert [camera.id for camera in file.cameras] == ["cam_20", "cam_1_120", "cam_7_20"]


def test_a_name_of_any_characters_stays_a_name() -> None:
    odd = 'x"\\ - id: y'
    text = entries([Found("10.0.0.5", Device(odd), "")], {}, ())
    (camera,) = parse(text, variables={"CAM_5_PASSWORD": "a"}).cameras
    assert camera.name == odd


def test_every_probe_has_a_number_of_its_own() -> None:
    assert b"<w:MessageID>uuid:abc</w:MessageID>" in probe("abc", "tds:Device")
    assert b"<d:Types>tds:Device</d:Types>" in probe("abc", "tds:Device")
