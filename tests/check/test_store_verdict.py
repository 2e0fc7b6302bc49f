"""What is said of the store and of the way to it, word by word."""

from __future__ import annotations

import pytest

from tests.check.spoken import said
from uploader.check import store_verdict
from uploader.check.store_verdict import RoundTrip, Uplink

HEADERS = {"cache-control": "max-age=0, no-store", "access-control-allow-origin": "*"}


def trip(**other: object) -> RoundTrip:
    good = {"write": 0.0841, "read": 0.022, "list": 0.03, "remove": 0.04, "status": 200, "headers": HEADERS}
    return RoundTrip(**{**good, "intact": True, "listed": True, "removed": True, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (trip(), ["✓ A playlist below shop/: written in 84 ms, read in 22 ms, listed in 30 ms, removed in 40 ms."]),
        (
            trip(status=400),
            [
                (
                    "✗ Uploads work, but viewers are refused (400): the bucket is private. Make it public in the "
                    "Supabase dashboard, or set SUPABASE_BUCKET_PRIVATE=true if only signed-in viewers shall watch."
                )
            ],
        ),
        (trip(intact=False), ["✗ Viewers get something else than was written. Is a proxy or a login page in between?"]),
        (
            trip(headers={"cache-control": "max-age=3600"}),
            [
                (
                    "! Playlists reach viewers without 'no-store', so browsers may show an old picture. Something "
                    "between the store and viewers changes Cache-Control: take it away, or switch it off there."
                ),
                (
                    "! Pages on other sites may not read the stream (CORS). "
                    "Allow all origins at the gateway in front of the store."
                ),
            ],
        ),
        (
            trip(listed=False),
            [
                (
                    "! What is written below shop/ is not listed: what an earlier run left could not be found. "
                    "Run scripts/supabase.sql in the project: the policy for SELECT is missing."
                )
            ],
        ),
        (
            trip(removed=False),
            [
                (
                    "! What is written below shop/ is not removed: the bucket would fill. "
                    "Run scripts/supabase.sql in the project: the policy for DELETE is missing."
                )
            ],
        ),
    ],
)
def test_a_round_trip(made: RoundTrip, words: list[str]) -> None:
    assert said(store_verdict.round_trip(made, "shop")) == words


def test_in_a_private_bucket_the_box_itself_is_the_viewer() -> None:
    assert said(store_verdict.round_trip(trip(status=400), "shop", private=True)) == [
        "✗ The box may write, but not read (400). Run scripts/supabase.sql in the project."
    ]


def test_a_box_that_may_write_elsewhere_is_a_warning() -> None:
    assert said(store_verdict.elsewhere(stored=False)) == ["✓ The box cannot write outside its location."]
    assert said(store_verdict.elsewhere(stored=True))[0].startswith("! This box may write into the locations of others")


LESS = "Stream fewer cameras, or set a smaller settings.bitrate, target_width or target_fps."


def test_the_uplink_is_told_in_cameras() -> None:
    measured = Uplink(4_000_000, 6.4)  # 5 Mbit/s
    assert said(store_verdict.uplink(measured, [922.0] * 6)) == [
        "✓ The uplink took 4.0 MB at 5.0 Mbit/s. It carries about 4 cameras of this kind."
    ]
    assert said(store_verdict.uplink(Uplink(1_000_000, 5.0), [922.0])) == [
        "✓ The uplink took 1.0 MB at 1.6 Mbit/s. It carries about 1 camera of this kind."
    ]
    assert said(store_verdict.uplink(Uplink(200_000, 5.0), [922.0])) == [
        f"✗ The uplink took 0.2 MB at 320 kbit/s. It carries no camera of this kind. {LESS}"
    ]
    assert said(store_verdict.uplink(measured, [])) == ["✓ The uplink took 4.0 MB at 5.0 Mbit/s."]


def test_the_cameras_together_are_held_against_the_uplink() -> None:
    measured = Uplink(4_000_000, 6.4)
    begins = "about {} of the uplink's 5.0 Mbit/s"
    assert said(store_verdict.together(measured, [500.0])) == [f"✓ The camera needs {begins.format('540 kbit/s')}."]
    assert said(store_verdict.together(measured, [2000.0] * 2)) == [
        (
            f"! All 2 cameras together need {begins.format('4.3 Mbit/s')}: "
            f"too close, when much moves in the picture. {LESS}"
        )
    ]
    assert said(store_verdict.together(measured, [2000.0] * 3)) == [
        f"✗ All 3 cameras together need {begins.format('6.5 Mbit/s')}: more than there is. {LESS}"
    ]
