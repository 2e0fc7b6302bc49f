"""Segments that are sent while they are made, on virtual time: what viewers find when, and what trouble does to it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.faults.box import FOLDER, LOW, PLAYLIST_PATH, REALTIME, Box, Shot, seconds
from tests.faults.life import SEGMENTS, filmed
from tests.faults.spell import Kind, Spell, Target
from tests.faults.store import FaultyStore
from tests.strict_playlist import Entry, Playlist, read
from tests.virtual_time import run

if TYPE_CHECKING:
    from uploader.configuration.cameras import Camera

PART = 1 / 3


def lived(camera: Camera, *trouble: Spell, length: float = 60.0, shots: tuple[Shot, ...] = ()) -> Box:
    return run(filmed(Box(FaultyStore(trouble), shots, camera), length))


def playlists(box: Box) -> list[tuple[float, Playlist]]:
    return [
        (version.time, read(version.body))
        for version in box.store.history
        if version.path == "stream.m3u8" and version.body is not None
    ]


def stored(box: Box) -> list[tuple[float, str]]:
    """When which segment became readable."""
    return [
        (version.time, version.path)
        for version in box.store.history
        if version.path.endswith(".ts") and version.body is not None
    ]


def asked(box: Box, target: Target) -> int:
    return len([None for _, what, _ in box.store.requests if what is target])


@pytest.mark.parametrize("camera", [LOW, REALTIME], ids=["low", "realtime"])
def test_a_segment_is_readable_one_way_after_its_last_frame(camera: Camera) -> None:
    box = lived(camera)
    late = [at - box.filmed[number] for number, (at, _) in enumerate(stored(box)[:-1])]
    assert max(late) <= box.store.latency / 2 + 0.001


def test_the_playlist_in_realtime_is_written_right_after_each_keyframe_part() -> None:
    box = lived(REALTIME)
    for (_, earlier), (at, later) in pairwise(playlists(box)):
        assert later.next - earlier.next == 6
        newest = later.entries[later.next - 1]
        assert newest.independent
        assert newest.date is not None
        assert [entry.independent for entry in list(later.entries.values())[-7:]] == [True] + [False] * 5 + [True]
        number = box.auditor.number_of(newest.uri)
        assert number is not None
        assert at - box.filmed[number] <= 2 * box.store.latency


def test_the_first_playlist_in_realtime_has_pictures_for_as_long_as_a_plain_player_waits_for_the_next() -> None:
    _, first = playlists(lived(REALTIME, length=10))[0]
    assert [entry.independent for entry in first.entries.values()] == [True] + [False] * 5 + [True]
    assert first.duration >= first.target


def test_the_name_of_every_part_follows_from_the_one_before_and_the_next_is_hinted() -> None:
    box = lived(REALTIME)
    names = [path for _, path in stored(box)]
    serials = [int(name.split("_")[1]) for name in names]
    assert serials == list(range(serials[0], serials[0] + len(serials)))
    assert len({name.split("_")[2] for name in names}) == 1
    for _, playlist in playlists(box)[:-1]:
        newest = names.index(playlist.entries[playlist.next - 1].uri)
        assert playlist.hint == names[newest + 1]


def test_realtime_asks_the_store_two_hundred_and_ten_times_a_minute_to_take_something() -> None:
    box = lived(REALTIME, length=600)
    assert asked(box, Target.SEGMENT) <= 1800 + 2
    assert asked(box, Target.PLAYLIST) <= 300 + 2
    # Looking who else writes goes with keyframes; the rest is housekeeping.
    assert asked(box, Target.GET) <= 300 + 5
    assert asked(box, Target.LIST) + asked(box, Target.REMOVE) <= 200


def test_a_playlist_holds_ten_seconds_whatever_the_profile() -> None:
    _, last = playlists(lived(REALTIME))[-1]
    assert last.duration == pytest.approx(10.0, abs=0.01)
    assert last.target == 2


@pytest.mark.parametrize("camera", [LOW, REALTIME], ids=["low", "realtime"])
@pytest.mark.parametrize("kind", [Kind.RESET, Kind.LOST_REPLY, Kind.BROKEN])
def test_an_upload_that_breaks_is_sent_again_from_memory(camera: Camera, kind: Kind) -> None:
    box = lived(camera, Spell(21.0, 20.0, kind, targets=SEGMENTS, every=3), length=90)
    listed = {uri for _, playlist in playlists(box) for uri in playlist.uris}
    numbers = sorted(number for number in map(box.auditor.number_of, listed) if number is not None)
    assert numbers == list(range(numbers[-1] + 1))


@pytest.mark.parametrize("kind", [Kind.HANG, Kind.RESET, Kind.REFUSED])
def test_after_a_loss_parts_go_on_with_a_keyframe_and_a_mark(kind: Kind) -> None:
    box = lived(REALTIME, Spell(20.0, 25.0, kind), length=120)
    first_of: dict[int, Entry] = {}
    for _, playlist in playlists(box):
        for entry in playlist.entries.values():
            first_of.setdefault(entry.era, entry)
    _, *marked = first_of.values()
    assert marked
    assert all(entry.independent is not False for entry in marked)


def test_after_a_single_refused_part_nothing_is_listed_until_the_next_keyframe() -> None:
    box = lived(REALTIME, Spell(20.3, 0.1, Kind.REFUSED, targets=SEGMENTS))
    _, last = [(at, playlist) for at, playlist in playlists(box) if at < 26][-1]
    (marked,) = [entry for before, entry in pairwise(last.entries.values()) if entry.era != before.era]
    number = box.auditor.number_of(marked.uri)
    assert number is not None
    assert number % 6 == 0
    assert marked.independent


def test_an_encoder_that_dies_in_a_part_leaves_no_object_and_a_name_that_stays_free() -> None:
    async def story() -> Box:
        box = Box(FaultyStore(), camera=REALTIME)
        box.start()
        await asyncio.sleep(20.1)
        box.calm()  # ends what is being filmed, in the middle
        await asyncio.sleep(20)
        await box.stop()
        return box

    box = run(story())
    assert box.auditor.violations == []
    serials = [int(path.split("_")[1]) for _, path in stored(box)]
    assert [later - earlier for earlier, later in pairwise(serials) if later - earlier != 1] == [2]


def test_a_camera_that_freezes_in_a_segment_does_not_keep_the_store_waiting_for_ever() -> None:
    async def story() -> float:
        box = Box(FaultyStore(), shots=[Shot(1.0)] * 5 + [Shot(500.0)], camera=LOW)
        box.start()
        await asyncio.sleep(20)
        assert box.worker is not None
        began = seconds()
        await box.stop()  # what the supervisor does when nothing comes any more
        return seconds() - began

    assert run(story()) < 1


def test_an_uplink_that_is_too_slow_for_parts_makes_them_late_but_breaks_nothing() -> None:
    box = lived(REALTIME, Spell(21.0, 60.0, Kind.THIN, 12_000.0), length=150)
    assert len(playlists(box)) > 40


@pytest.mark.parametrize("share", [0.7, 0.95, 1.0, 1.2])
def test_an_uplink_that_is_behind_is_not_given_the_status_to_carry_as_well(share: float) -> None:
    """`share` is how much of what the camera gives can be sent. Status is for changes, and for each ten seconds."""

    async def story() -> Box:
        box = Box(FaultyStore([Spell(10.0, 300.0, Kind.THIN, share * 5000 / PART)]), camera=REALTIME)
        telling = asyncio.create_task(box.start().reporter.run())
        await asyncio.sleep(130)
        telling.cancel()
        await box.stop()
        return box

    assert asked(run(story()), Target.STATUS) <= 1 + 13 + 4  # trying the store, the beat, what changes


def test_whoever_listens_on_the_box_hears_of_every_part_and_playlist_when_it_is_stored() -> None:
    async def story() -> tuple[list[str], Box]:
        box = Box(FaultyStore(), camera=REALTIME)
        worker = box.start()
        heard: list[str] = []
        with worker.reporter.feed.listening() as queue:
            async with asyncio.timeout(20):
                while len(heard) < 20:
                    event = await queue.get()
                    assert event is not None
                    stored = box.store.objects[f"{FOLDER}/{event.content}" if event.kind == "part" else PLAYLIST_PATH]
                    assert event.kind == "part" or stored.decode() == event.content
                    heard.append(event.kind)
        await box.stop()
        return heard, box

    heard, _ = run(story())
    assert heard[-14:].count("playlist") == 2
