"""Conditions and ranges, as a table."""

from __future__ import annotations

import pytest

from uploader.server.object_file import ObjectInfo
from uploader.server.object_response import Reply, reply
from uploader.server.refusals import Refusal

INFO = ObjectInfo("id", 1000, "abc", "video/mp2t", "no-store", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z")
WHOLE = Reply(200, 0, 1000)
UNCHANGED = Reply(304, 0, 0)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, WHOLE),
        ({"if-none-match": '"abc"'}, UNCHANGED),
        ({"if-none-match": 'W/"abc"'}, UNCHANGED),
        ({"if-none-match": '"old", "abc"'}, UNCHANGED),
        ({"if-none-match": "*"}, UNCHANGED),
        ({"if-none-match": '"old"'}, WHOLE),
        ({"if-none-match": '"abc"', "range": "bytes=0-1"}, UNCHANGED),
        ({"range": "bytes=0-0"}, Reply(206, 0, 1)),
        ({"range": "bytes=10-19"}, Reply(206, 10, 10)),
        ({"range": "bytes=990-"}, Reply(206, 990, 10)),
        ({"range": "bytes=990-5000"}, Reply(206, 990, 10)),
        ({"range": "bytes=-10"}, Reply(206, 990, 10)),
        ({"range": "bytes=-5000"}, Reply(206, 0, 1000)),
        ({"range": "bytes=10-19", "if-range": '"abc"'}, Reply(206, 10, 10)),
        ({"range": "bytes=10-19", "if-range": '"old"'}, WHOLE),
        ({"range": "bytes=10-19,30-39"}, WHOLE),
        ({"range": "bytes=-"}, WHOLE),
        ({"range": "bytes=ten-"}, WHOLE),
        ({"range": "lines=1-2"}, WHOLE),
    ],
)
def test_a_get_gets_what_its_headers_ask_for(headers: dict[str, str], expected: Reply) -> None:
    assert reply(INFO, headers) == expected


@pytest.mark.parametrize(
    "wanted", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", f"bytes={'9' * 5000}-", "bytes=20-10"]
)
def test_a_range_that_holds_nothing_is_refused(wanted: str) -> None:
    with pytest.raises(Refusal) as refusal:
        reply(INFO, {"range": wanted})
    assert refusal.value.http_status == 416
