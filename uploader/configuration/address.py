"""What `rtsp_url` names: a camera on the network, a video device of this box, or the test picture. Pure.

Technicians paste addresses as they are, with any characters in the password; FFmpeg and cameras want those
percent-encoded. So an address is taken apart here once, put together again correctly, and shown without its login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal
from urllib.parse import quote, unquote

Source = Literal["rtsp", "device", "test"]

TEST_PICTURE = "testsrc://"
EXAMPLE = "rtsp://user:password@192.168.1.20:554/stream"
# No camera needs more, and it keeps a slip of the clipboard out of a command line.
MAX_LENGTH = 2048

_SCHEMES = ("rtsp", "rtsps", "testsrc")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/{0,2}")
# By number, or by the name udev makes from the plugged-in camera, which stays when a second one is added.
_DEVICE = re.compile(r"/dev/(?:video[0-9]{1,3}|v4l/by-(?:id|path)/[A-Za-z0-9][A-Za-z0-9._:+-]*)")
_HOST = r"(?:\[[^\]\s]*\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?)"
# Host and port, and then a path, a query, or nothing (RFC 3986 section 3.2).
_AUTHORITY = re.compile(rf"(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?(?P<rest>(?:[/?#].*)?)", re.DOTALL)
# Some cameras want the login in the path: /user=admin&password=secret, or with _ between (Xiongmai).
_LOGIN_IN_PATH = re.compile(
    r"(?P<key>(?:user(?:name)?|usr|(?P<secret>pass(?:word|wd)?|pwd|token|key|auth))=)(?P<value>(?:(?!_[A-Za-z]+=)[^&/?#;])+)",
    re.IGNORECASE,
)
# A shorter password is no use for redaction by itself: it would blank out half of every log line. FFmpeg and
# cameras repeat it only as part of the login, and the login as a whole is always a secret.
_MIN_SECRET = 4


class AddressError(ValueError):
    """`rtsp_url` names nothing that can be opened. The text says what to write instead, and never holds a login."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where pictures come from. `url` is as FFmpeg takes it, with the login percent-encoded."""

    source: Source
    url: str = field(repr=False)
    safe_url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


# A running camera asks for its own several times a second.
@lru_cache(maxsize=256)
def parse(text: str) -> Address:
    """Take an `rtsp_url` apart. Raises AddressError."""
    text = text.strip(" ")
    if not text.isprintable():
        raise AddressError("holds a line break or another character that cannot be printed; write it on one line")
    if len(text) > MAX_LENGTH:
        raise AddressError(f"is longer than {MAX_LENGTH} characters")
    if _DEVICE.fullmatch(text):
        return Address("device", text, text)
    if text.casefold() == TEST_PICTURE:
        return Address("test", TEST_PICTURE, TEST_PICTURE)
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in ("rtsp", "rtsps"):
        raise AddressError(_no_scheme(text))
    return _network(scheme.lower(), rest)


def with_login(text: str, username: str | None, password: str | None) -> Address:
    """As `parse`, of an address without a login and the login to put into it; any character may be in either.

    Raises AddressError.
    """
    plain = parse(text)
    if username is None:
        return plain
    if plain.source != "rtsp":
        raise AddressError("is no network camera's; remove username and password")
    scheme, _, rest = plain.url.partition("://")
    # What is encoded has no "/" before its host, and no "@" there unless a login ends with it.
    if "@" in re.split("[/?#]", rest, maxsplit=1)[0]:
        raise AddressError("holds a login, and username is set too; keep one of the two")
    login = quote(username, safe="") + ("" if password is None else f":{quote(password, safe='')}")
    return parse(f"{scheme}://{login}@{rest}")


def _no_scheme(text: str) -> str:
    # Of an address that cannot be taken apart only the scheme is shown: anything else of it may be a password.
    expected = "must start with rtsp:// or rtsps://"
    if text.startswith("/dev/"):
        return "must name a video device like /dev/video0"
    match = _SCHEME.match(text)
    if text.casefold().startswith(TEST_PICTURE):
        return f"must be just {TEST_PICTURE} for the test picture"
    if match is None:
        return f"{expected}, for example {EXAMPLE}"
    typed = match[1].lower()
    # Few cameras are encrypted: "rtps" is "rtsp" with two letters exchanged, though "rtsps" is as near.
    schemes = [scheme for scheme in _SCHEMES if scheme != "rtsps" or typed.count("s") > 1]
    likely = get_close_matches(typed, schemes, 1, 0.7)
    if likely:
        return f"{expected}; did you mean '{likely[0]}://'?"
    return f"{expected} (got {match[0]})" if match[0].endswith("//") else f"{expected}, for example {EXAMPLE}"


def _network(scheme: str, text: str) -> Address:
    login, authority = _split_login(text)
    host = _checked_host(authority["host"])
    port = f":{_checked_port(authority['port'])}" if authority["port"] else ""
    path = _encoded(authority["rest"], keep="/?#[]@!$&'()*+,;=:|")
    user, colon, password = login.partition(":")
    encoded = _encoded(user) + colon + _encoded(password)
    return Address(
        source="rtsp",
        url=f"{scheme}://{encoded}@{host}{port}{path}" if login else f"{scheme}://{host}{port}{path}",
        safe_url=f"{scheme}://{host}{port}" + _LOGIN_IN_PATH.sub(r"\g<key>***", path),
        secrets=_secrets(encoded, path),
    )


def _split_login(text: str) -> tuple[str, re.Match[str]]:
    """The login and what follows its '@'. A password may hold '@', '/', '?' and '#', and a path may hold '@'.

    So every place is tried where a host can begin: the first one that is certainly a host wins, else the first.
    """
    starts = [("", 0), *((text[: at.start()], at.end()) for at in re.finditer("@", text))]
    readings = [
        (login, behind)
        for login, start in starts
        if (behind := _AUTHORITY.fullmatch(text, start)) and (":" in login or not re.search("[/?#]", login))
    ]
    if not readings:
        raise AddressError(f"has no address of a camera in it; it looks like {EXAMPLE}")
    return next((reading for reading in readings if _certain(reading[1]["host"])), readings[0])


def _certain(host: str) -> bool:
    return "." in host or host.startswith("[") or host == "localhost"


def _checked_host(host: str) -> str:
    try:
        if host.startswith("["):
            IPv6Address(host[1:-1])
        elif re.fullmatch(r"[0-9.]+", host):
            IPv4Address(host)
    except AddressValueError:
        raise AddressError("holds an IP address that does not exist; it looks like 192.168.1.20") from None
    return host


def _checked_port(port: str) -> str:
    if not 1 <= int(port) <= 65535:
        raise AddressError("has a port that does not exist; RTSP cameras mostly use 554")
    return port


def _encoded(text: str, keep: str = "") -> str:
    """Percent-encode what a URL may not hold (RFC 3986 section 2.1); what is encoded already stays."""
    parts = re.split(r"(%[0-9A-Fa-f]{2})", text)
    return "".join(part if index % 2 else quote(part, safe=keep) for index, part in enumerate(parts))


def _secrets(login: str, path: str) -> tuple[str, ...]:
    """What must never be shown, in every form it may turn up in, the longest first."""
    _, colon, password = login.partition(":")
    words = [password, *(match["value"] for match in _LOGIN_IN_PATH.finditer(path) if match["secret"])]
    # A user without a password may be a token.
    hidden = [login if colon else f"{login}@", *(word for word in words if len(unquote(word)) >= _MIN_SECRET)]
    forms = {form for part in hidden for form in (part, unquote(part))} - {"@", ":"}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))
