"""The body of an upload, raw or multipart, taken apart as it arrives.

Pure: no I/O, and never more of the body in memory than was fed at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from collections.abc import Mapping

# The fields before the file: a few words each.
LONGEST_FIELD = 64 * 1024
# What an object is when nobody says (measured on Supabase).
DEFAULT_CONTENT_TYPE = "application/octet-stream"
DEFAULT_CACHE_CONTROL = "no-cache"


class MalformedBody(ValueError):
    """The body is not what its Content-Type promises."""


class UploadBody(Protocol):
    """Fed with the body's chunks, gives the file's bytes. The two headers are valid from the file's first byte on."""

    content_type: str
    cache_control: str

    def feed(self, chunk: bytes) -> bytes:
        """The file's bytes in `chunk`. Raises MalformedBody."""

    def finish(self) -> None:
        """The body is over. Raises MalformedBody when it held no whole file."""


def upload_body(headers: Mapping[str, str]) -> UploadBody:
    """The reader for a body with these headers. Raises MalformedBody."""
    content_type, options = parse_options_header(headers.get("content-type", ""))
    if content_type != b"multipart/form-data":
        return RawBody(headers)
    try:
        return MultipartBody(options[b"boundary"])
    except (KeyError, FormParserError):
        raise MalformedBody("Multipart: Boundary not found") from None


class RawBody:
    """The body is the file; its headers are the object's."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.content_type = headers.get("content-type", DEFAULT_CONTENT_TYPE)
        self.cache_control = headers.get("cache-control", DEFAULT_CACHE_CONTROL)

    def feed(self, chunk: bytes) -> bytes:
        return chunk

    def finish(self) -> None:
        """A raw body may end anywhere."""


class MultipartBody:
    """RFC 7578: fields (`cacheControl` among them), then the file, whose part has a Content-Type of its own."""

    def __init__(self, boundary: bytes) -> None:
        self.content_type = DEFAULT_CONTENT_TYPE
        self.cache_control = DEFAULT_CACHE_CONTROL
        self._file = bytearray()
        self._field = bytearray()
        self._field_name = b""
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._in_file = False
        self._had_file = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
            },
        )

    def feed(self, chunk: bytes) -> bytes:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise MalformedBody("Multipart: the form cannot be read") from None
        data = bytes(self._file)
        self._file.clear()
        return data

    def finish(self) -> None:
        try:
            self._parser.finalize()
        except FormParserError:
            raise MalformedBody("Unexpected end of form") from None
        if not self._had_file or self._in_file:
            raise MalformedBody("No content provided" if not self._had_file else "Unexpected end of form")

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field_name = options.get(b"name", b"")
        self._field.clear()
        # One file is one object: a second one would be another, and is passed over.
        self._in_file = b"filename" in options and not self._had_file
        if self._in_file:
            self._had_file = True
            self.content_type = self._headers.get(b"content-type", DEFAULT_CONTENT_TYPE.encode()).decode("latin-1")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._file += data[start:end]
        elif not self._had_file:
            self._field += data[start:end]
            if len(self._field) > LONGEST_FIELD:
                raise MalformedBody("Multipart: a field is too long")

    def _on_part_end(self) -> None:
        if self._field_name == b"cacheControl" and not self._had_file:
            self.cache_control = f"max-age={self._field.decode('latin-1')}"
        self._in_file = False
