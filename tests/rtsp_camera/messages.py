"""RTSP requests and responses (RFC 2326). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class NotRtsp(Exception):
    """Something that is no request."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for; header names are in lower case."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The URL's path."""
        return urlsplit(self.url).path

    @property
    def body_size(self) -> int:
        """Bytes that follow the head."""
        return int(self.headers.get("content-length", "0"))


@dataclass(frozen=True, slots=True)
class Response:
    """What the camera answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def encode(self, cseq: str) -> bytes:
        """The bytes to send; `cseq` is the request's number."""
        headers = {"CSeq": cseq, "Server": "test camera", **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body.encode()))
        head = [
            f"RTSP/1.0 {self.status} {REASONS[self.status]}",
            *(f"{key}: {value}" for key, value in headers.items()),
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + self.body).encode()


def parse(head: bytes) -> Request:
    """The request with this head. Raises NotRtsp."""
    first, *lines = head.decode("utf-8", "replace").rstrip("\r\n").split("\r\n")
    try:
        method, url, _version = first.split(" ")
    except ValueError:
        raise NotRtsp from None
    pairs = (line.partition(":") for line in lines)
    return Request(method, url, {key.strip().lower(): value.strip() for key, _, value in pairs})
