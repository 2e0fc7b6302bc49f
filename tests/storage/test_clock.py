"""This box's clock against the store's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.storage.conversation import SEGMENT_BODY, talking_to
from tests.storage.scripted_store import answer
from uploader.storage import SEGMENT
from uploader.storage.clock import Heard, ahead
from uploader.supervision.moment import Moment


async def test_the_stores_clock_is_known_from_its_answers() -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(days=3), usegmt=True)
    async with talking_to(answer(200, {"Key": "streams/a.ts"}, date=then)) as (store, _):
        assert store.ahead() is None
        await store.put("a.ts", SEGMENT_BODY, SEGMENT)
        assert store.ahead() == pytest.approx(3 * 86400, abs=60)
        assert await store.get("b.ts")  # an answer without a date
        assert store.ahead() is None


def test_the_stores_clock_goes_on_while_nothing_is_asked_and_the_boxs_is_set() -> None:
    heard = Heard("Sat, 21 Nov 2026 10:00:00 GMT", 100.0)
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert ahead(heard, Moment(100.0, noon)) == pytest.approx(7200, abs=1)
    assert ahead(heard, Moment(3700.0, noon)) == pytest.approx(3600, abs=1)
    assert ahead(heard, Moment(3700.0, noon - timedelta(days=1))) == pytest.approx(3600 - 86400, abs=1)
    assert ahead(Heard("yesterday", 0.0), Moment(0.0, noon)) is None
