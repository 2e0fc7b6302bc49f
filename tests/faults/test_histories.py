"""Random faults, a random camera and random deaths of the worker, on virtual time: no promise is ever broken.

STOREFEED_TEST_STORIES=20000 looks that much further than an ordinary run, which tells the same stories every time.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.faults.box import CAMERA, LOW, REALTIME, WINDOW, Box, Shot, seconds
from tests.faults.spell import EVERYTHING, WRITES, Kind, Spell, Target
from tests.faults.store import CLIENT_TIMEOUT, FaultyStore
from tests.virtual_time import run
from uploader.reporting.status import State

if TYPE_CHECKING:
    from uploader.configuration.cameras import Camera
from uploader.publishing.store_trouble import REFUSED_PAUSE

# Long enough for the removals to come round.
QUIET = 50.0
STORIES = int(os.environ.get("STOREFEED_TEST_STORIES", "250"))
thoroughly = settings(
    max_examples=STORIES,
    derandomize="STOREFEED_TEST_STORIES" not in os.environ,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# For the profiles that send while they film: the same machinery, and three to six times the requests.
sometimes = settings(thoroughly, max_examples=max(1, STORIES // 4))

# What a worker does not know to be over, it waits for (s).
_WAITS = {Kind.REFUSED: REFUSED_PAUSE, Kind.HANG: CLIENT_TIMEOUT, Kind.LATE: CLIENT_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Life:
    """A worker that lives `length` seconds and is followed by the next one `gap` seconds later."""

    length: float
    killed: bool
    gap: float


@dataclass(frozen=True, slots=True)
class Story:
    """All that happens before peace comes."""

    spells: tuple[Spell, ...]
    shots: tuple[Shot, ...]
    lives: tuple[Life, ...]
    latency: float
    jitter: float
    seed: int

    @property
    def trouble_ends(self) -> float:
        """When the store is a good one for ever (s)."""
        return max((spell.end for spell in self.spells), default=0.0)

    @property
    def patience(self) -> float:
        """How long a worker may be waiting for something when peace comes (s)."""
        asked = [spell.amount for spell in self.spells if spell.kind in {Kind.BUSY, Kind.SLOW}]
        waited = [_WAITS[spell.kind] for spell in self.spells if spell.kind in _WAITS]
        return max([*asked, *waited], default=0.0)


def tenths(least: float, most: float) -> st.SearchStrategy[float]:
    """Seconds, in tenths: simple to shrink, and things often happen at the same time."""
    return st.integers(int(least * 10), int(most * 10)).map(lambda number: number / 10)


AMOUNTS = {
    Kind.SLOW: tenths(0.1, 4.0),
    Kind.THIN: st.sampled_from([1000.0, 2000.0, 4000.0]),
    Kind.BUSY: st.sampled_from([0.0, 1.0, 3.0, 10.0]),
    Kind.LATE: tenths(0.1, 8.0),
}
TARGETS = st.sampled_from([EVERYTHING, WRITES, *(frozenset({target}) for target in Target)])


# Half a segment may be listed, until the next count finds it: see row 28 of the matrix.
KINDS = tuple(kind for kind in Kind if kind is not Kind.HALF)


@st.composite
def spells(draw: st.DrawFn, kinds: tuple[Kind, ...] = KINDS) -> Spell:
    """Any trouble of one of these kinds."""
    kind = draw(st.sampled_from(kinds))
    return Spell(
        start=draw(tenths(0, 60)),
        length=draw(tenths(0.1, 30)),
        kind=kind,
        amount=draw(AMOUNTS.get(kind, st.just(0.0))),
        targets=frozenset({Target.REMOVE}) if kind is Kind.SILENT else draw(TARGETS),
        every=draw(st.sampled_from([1, 1, 2, 3])),
    )


SHOTS = st.builds(
    Shot,
    duration=st.sampled_from([2.0, 2.0, 2.0, 1.9, 2.4, 1.0, 0.5, 0.1]),
    pause=st.sampled_from([0.0] * 5 + [1.0, 2.0, 8.0]),
)
LIVES = st.builds(Life, length=tenths(0.1, 25), killed=st.booleans(), gap=tenths(0.6, 8))


def stories(spells: st.SearchStrategy[Spell], deaths: int) -> st.SearchStrategy[Story]:
    """Stories with such spells, and up to so many deaths of the worker."""
    return st.builds(
        Story,
        spells=st.lists(spells, max_size=4).map(tuple),
        shots=st.lists(SHOTS, max_size=20).map(tuple),
        lives=st.lists(LIVES, max_size=deaths).map(tuple),
        latency=st.sampled_from([0.0, 0.05, 0.3]),
        jitter=st.sampled_from([0.0, 0.1, 1.0]),
        seed=st.integers(0, 9),
    )


async def lived(story: Story, camera: Camera = CAMERA) -> Box:
    """The story, then peace: the camera films on and the store does what it should."""
    box = Box(FaultyStore(story.spells, story.latency, story.jitter, story.seed), story.shots, camera)
    for life in story.lives:
        box.start()
        await asyncio.sleep(life.length)
        await (box.kill() if life.killed else box.stop())
        await asyncio.sleep(life.gap)
    box.start()
    await asyncio.sleep(max(0.0, story.trouble_ends - seconds()))
    await _recover(box, story.patience)
    await asyncio.sleep(QUIET)
    await box.stop()
    return box


async def _recover(box: Box, patience: float) -> None:
    """Within one window a viewer sees what was filmed since, and everybody is told so (6)."""
    box.calm()
    peace, count = seconds(), len(box.filmed)
    await asyncio.sleep(patience + WINDOW)
    assert max(box.listed, default=-1) >= count, f"nothing filmed after {peace:.1f} s is listed at {seconds():.1f} s"
    assert box.worker is not None
    assert box.worker.state is State.LIVE, box.worker.reporter.status.condition


def audit(box: Box) -> None:
    """What must be true of every story in the end."""
    assert box.auditor.violations == []
    assert box.auditor.behind == 0


@thoroughly
@given(stories(spells(), deaths=0))
def test_no_promise_is_broken_whatever_the_store_does(story: Story) -> None:
    audit(run(lived(story)))


@thoroughly
@given(stories(spells(tuple(kind for kind in KINDS if kind is not Kind.LATE)), deaths=4))
def test_no_promise_is_broken_wherever_the_worker_dies(story: Story) -> None:
    audit(run(lived(story)))


@thoroughly
@given(stories(spells((Kind.LATE, Kind.LOST_REPLY, Kind.HANG)), deaths=5))
def test_no_number_is_given_twice_however_late_a_playlist_lands(story: Story) -> None:
    """Writes that land when nobody believes in them any more, while workers come and go: hardest for the numbers."""
    audit(run(lived(story)))


@thoroughly
@given(stories(spells((Kind.HANG, Kind.SLOW, Kind.THIN)), deaths=2))
def test_a_camera_that_keeps_dropping_breaks_no_promise(story: Story) -> None:
    """Every segment is the first of an encoder, and short."""
    short = tuple(replace(shot, pause=1.0, duration=min(shot.duration, 0.5)) for shot in story.shots)
    audit(run(lived(replace(story, shots=short))))


@sometimes
@given(stories(spells(), deaths=2))
def test_segments_that_are_sent_while_they_are_made_break_no_promise(story: Story) -> None:
    audit(run(lived(story, LOW)))


@sometimes
@given(stories(spells(), deaths=2))
def test_parts_break_no_promise(story: Story) -> None:
    audit(run(lived(story, REALTIME)))
