"""`check` against real stores and stores that misbehave: what is said of them, and that nothing is left in them."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from tests.check.examined import examined, words, write
from tests.storage.scripted_store import Exchange, ScriptedStore, accept, hang, refuse, scripted_store
from tests.worker_process import running
from uploader.check import bucket, own_store
from uploader.check.finding import Level, worst
from uploader.configuration.environment import Environment, Supabase

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.check.finding import Section

KEY = "sb_publishable_0123456789"
NOT_YOURS = refuse(403, "AccessDenied", "new row violates row-level security policy", error="Unauthorized")


def project(store: ScriptedStore) -> str:
    return f"SUPABASE_URL={store.url}\nSUPABASE_KEY={KEY}\n"


class OwnLocation:
    """A store that keeps what it gets, with policies that let a box write below its location; `lists` what is there."""

    def __init__(self, *, lists: bool = True) -> None:
        self._lists = lists
        self._names: list[str] = []

    async def __call__(self, exchange: Exchange) -> None:
        path = exchange.path.split("?")[0]
        if exchange.method == "POST" and "/object/streams/" in path and "/streams/location_1/" not in path:
            await NOT_YOURS(exchange)
        elif exchange.method == "GET" and "/object/public/" in path:
            await exchange.reply(200, bucket.BODY, cache_control="max-age=0, no-store", access_control_allow_origin="*")
        elif exchange.method == "DELETE":
            names = json.loads(await exchange.body())["prefixes"]
            await exchange.reply_json(200, [{"name": name} for name in names])
        elif "/object/list/" in path and self._lists:
            await exchange.body()
            await exchange.reply_json(200, [{"name": name, "id": "1", "metadata": {}} for name in self._names])
        else:
            self._names.append(path.rpartition("/")[2])
            await accept(exchange)


async def test_a_box_is_shown_to_write_in_its_location_and_nowhere_else(tmp_path: Path) -> None:
    async with scripted_store(then=OwnLocation()) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "FINE A playlist below location_1/" in words(found["Store"])
    assert words(found["Store"]).endswith("FINE The box cannot write outside its location. ")
    assert worst([found["Store"], found["Uplink"]]) is Level.FINE


async def test_a_store_that_does_not_list_what_it_holds_is_told(tmp_path: Path) -> None:
    async with scripted_store(then=OwnLocation(lists=False)) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "WARNING What is written below location_1/ is not listed" in words(found["Store"])


async def test_a_box_that_may_write_everywhere_is_warned_of_and_leaves_nothing_there(tmp_path: Path) -> None:
    async with scripted_store(then=accept) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
        stored = {path for method, path in store.arrivals if method == "POST" and "/object/streams/" in path}
        removed = [request for request in store.requests if request.method == "DELETE"]
    assert "WARNING This box may write into the locations of others" in words(found["Store"])
    assert any("/streams/storefeed.check-" in path for path in stored)
    assert len(removed) >= 3


async def test_a_store_that_refuses_is_told_in_its_words_and_the_uplink_is_left_alone(tmp_path: Path) -> None:
    async with scripted_store(then=refuse(403, "AccessDenied", "Invalid Compact JWS")) as store:
        found = await examined(write(tmp_path, "[]", project(store)))
    assert "PROBLEM The store does not accept the key." in words(found["Store"])
    assert "Uplink" not in found


async def test_a_store_that_never_answers_is_given_up_and_the_cameras_are_looked_at(tmp_path: Path) -> None:
    async with scripted_store(then=hang) as store:
        found = await examined(write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]', project(store)))
    assert "PROBLEM 127.0.0.1" in words(found["Store"])
    assert "does not answer in time." in words(found["Store"])
    assert worst([found["a"]]) is Level.FINE


async def test_an_interrupted_measurement_leaves_nothing_behind() -> None:
    removed: list[str] = []

    async def slow(exchange: Exchange) -> None:
        if exchange.method == "DELETE":
            removed.extend(json.loads(await exchange.body())["prefixes"])
            await exchange.reply_json(200, [])
        elif exchange.method == "POST":
            await hang(exchange)
        else:
            await accept(exchange)

    async with (
        scripted_store(then=slow) as store,
        bucket.opened(Environment(Supabase(store.url, KEY))) as opened,
    ):
        measuring = asyncio.create_task(opened.uplink("location_1"))
        await store.arrival(bucket.LANES)
        measuring.cancel()
        await asyncio.wait({measuring})
        assert measuring.cancelled()
        assert len(removed) == bucket.LANES


async def test_the_boxs_own_store_is_tried_like_any_other_and_nothing_stays(tmp_path: Path) -> None:
    data = tmp_path / "not" / "yet" / "there"
    sources = write(tmp_path, '[{"id": "a", "rtsp_url": "testsrc://"}]', f"STOREFEED_DATA={data}\n")
    before = sorted(tmp_path.iterdir())
    found = (await examined(sources))["Store"]
    said = words(found).splitlines()
    assert said[0].startswith("FINE Neither SUPABASE_URL nor SUPABASE_KEY is set: the worker's own store is used")
    assert re.match(r"FINE A playlist below location_1/: written in \d+ ms, read in \d+ ms, listed in \d+ ms,", said[1])
    assert said[2:] == ["FINE The uplink is not measured: with a store on this box nothing leaves it. "]
    assert sorted(tmp_path.iterdir()) == before


async def test_a_data_directory_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    found = await examined(write(tmp_path, "[]", f"STOREFEED_DATA={tmp_path / 'cameras.yaml' / 'x'}\n"))
    assert "PROBLEM The data directory " in words(found["Store"])
    assert "cannot be used (Not a directory)." in words(found["Store"])


async def test_the_store_of_a_running_worker_goes_on_beside_it(tmp_path: Path) -> None:
    sources = write(
        tmp_path, '[{"id": "cam_floor", "rtsp_url": "testsrc://"}]', f"STOREFEED_DATA={tmp_path / 'data'}\n"
    )

    def live() -> Section:
        with running(tmp_path, "--all") as worker:
            worker.until_segments(1)
            found = asyncio.run(examined(sources))["Store"]
            assert worker.status()["state"] == "live"
            return found

    found = await asyncio.to_thread(live)
    assert worst([found]) is Level.FINE
    assert list((tmp_path / "data").glob(f"{own_store.PREFIX}*")) == []
