"""The faults of the test camera are the real ones: seen by a plain client, where possible on the wire."""

from __future__ import annotations

import asyncio
import math
import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.rtsp_camera import (
    H265,
    Change,
    Clockwork,
    HalfOpen,
    Jump,
    Network,
    Noise,
    PowerCut,
    Reset,
    RtspCamera,
    Script,
    Weather,
    encoded,
    sound_only,
)
from tests.rtsp_camera.network import BadLine
from tests.rtsp_camera.viewer import connected, frames, play, probe, until

if TYPE_CHECKING:
    from tests.rtsp_camera import Clip, Fault
    from tests.rtsp_camera.viewer import Client


async def stamps(client: Client, count: int) -> list[float]:
    """The RTP timestamps (s) of so many pictures, from the first one's on."""
    seen: list[int] = []
    async with asyncio.timeout(10):
        while len(seen) < count:
            channel, packet = await client.packet()
            stamp = struct.unpack("!4xI", packet[:8])[0]
            if channel == 0 and (not seen or stamp != seen[-1]):
                seen.append(stamp)
    return [((stamp - seen[0] + 2**31) % 2**32 - 2**31) / 90_000 for stamp in seen]


@pytest.mark.parametrize(
    "clip",
    [encoded(codec=H265, seconds=2), encoded(bframes=2, seconds=2), encoded(size="270x480", seconds=2)],
    ids=["H.265", "B-frames", "portrait"],
)
async def test_unusual_pictures_are_played_without_a_complaint(clip: Clip) -> None:
    async with RtspCamera(clip) as camera:
        status, progress, errors = await play(camera.url, 2)
        assert (status, errors) == (0, "")
        assert 28 <= frames(progress) <= 34


def test_pictures_with_b_frames_are_sent_in_another_order_than_they_are_shown() -> None:
    clip = encoded(bframes=2, seconds=2)
    assert [frame.due for frame in clip.frames] == sorted(frame.due for frame in clip.frames)
    assert [frame.shown for frame in clip.frames] != sorted(frame.shown for frame in clip.frames)


def test_a_variable_rate_stretches_the_gaps_between_pictures() -> None:
    clip = encoded(fps=10, gop=10, seconds=2, rhythm=(1.0, 3.0))
    assert [round(clip.frame(number).due, 3) for number in range(5)] == [0.0, 0.1, 0.4, 0.5, 0.8]
    assert clip.frame(20).due == clip.seconds == pytest.approx(4.0)


async def test_a_camera_with_a_microphone_only_has_no_picture() -> None:
    async with RtspCamera(sound_only()) as camera:
        (stream,) = (await probe(camera.url))["streams"]
        assert stream["codec_name"] == "pcm_alaw"


async def test_announced_sound_may_never_come() -> None:
    async with RtspCamera(encoded(sound=True), script=Script(mute=True)) as camera, connected(camera) as client:
        for track, channels in ((0, "0-1"), (1, "2-3")):
            transport = f"Transport: RTP/AVP/TCP;unicast;interleaved={channels}"
            head = (await client.ask("SETUP", transport, path=f"/trackID={track}"))[1]
        session = head.partition("Session: ")[2].partition(";")[0]
        await client.ask("PLAY", f"Session: {session}")
        assert 2 not in {(await client.packet())[0] for _ in range(50)}


async def test_its_clock_jumps_when_it_is_set() -> None:
    script = Script(faults=((0.5, Jump(3600.0)),))
    async with RtspCamera(script=script) as camera, connected(camera) as client:
        await client.begin()
        steps = [later - earlier for earlier, later in pairwise(await stamps(client, 15))]
        assert sorted(steps) == pytest.approx([1 / 15] * 13 + [3600 + 1 / 15], abs=0.001)


@pytest.mark.parametrize(
    ("clock", "last"), [(Clockwork(rate=2.0), 8 / 15), (Clockwork(stray_every=5, stray_by=20.0), 20 + 4 / 15)]
)
async def test_its_clock_runs_wrong_or_astray(clock: Clockwork, last: float) -> None:
    async with RtspCamera(script=Script(clock=clock)) as camera, connected(camera) as client:
        await client.begin()
        times = await stamps(client, 5)
        assert times[-1] == pytest.approx(last, abs=0.001)


async def test_it_begins_to_send_late_and_in_the_middle_of_its_clip() -> None:
    script = Script(packets_after=0.5, joins_at=0.5)
    async with RtspCamera(encoded(gop=60), script=script) as camera, connected(camera) as client:
        clock = asyncio.get_running_loop().time
        await client.begin()
        asked = clock()
        await stamps(client, 1)
        assert 0.4 < clock() - asked < 5.0
        assert min(camera.taken) == 8  # the first picture that is due after 0.5 s at 15 per second


async def test_a_new_setting_changes_the_picture_in_the_running_stream() -> None:
    wide, narrow = encoded(seconds=1), encoded(size="480x360", seconds=1)
    script = Script(faults=((1.0, Change(narrow)),))
    async with RtspCamera(wide, script=script) as camera, connected(camera) as client:
        await client.begin()
        seen: list[bytes] = []
        async with asyncio.timeout(10):
            while parameter_set(narrow) not in seen:
                _, packet = await client.packet()
                seen.append(packet[12:])
        assert parameter_set(wide) in seen


def parameter_set(clip: Clip) -> bytes:
    """With which its keyframes begin: it tells the size."""
    return next(nal for nal in clip.frames[0].nals if clip.codec.kind(nal) == 7)


async def test_a_redirect_leads_to_the_camera_that_answers() -> None:
    async with RtspCamera() as camera, RtspCamera(script=Script(redirect=camera.url)) as pointer:
        assert (await play(pointer.url, 0.5))[0] == 0
        assert (camera.opened, pointer.opened) == (1, 0)


@pytest.mark.parametrize("script", [Script(delays={"DESCRIBE": math.inf}), Script(packets_after=math.inf)])
async def test_a_camera_that_hangs_can_still_be_left(script: Script) -> None:
    async with RtspCamera(script=script) as camera:
        status, _, _ = await play(camera.url, 1, "-timeout", "500000")
        assert status != 0


async def test_what_speaks_no_rtsp_is_no_camera() -> None:
    async with RtspCamera(script=Script(gibberish=True)) as camera:
        assert (await play(camera.url, 1, "-timeout", "500000"))[0] != 0


@pytest.mark.parametrize(("fault", "error"), [(Reset(), ConnectionResetError), (HalfOpen(), TimeoutError)])
async def test_a_connection_is_torn_off_or_goes_dead_and_the_next_one_works(
    fault: Fault, error: type[Exception]
) -> None:
    async with RtspCamera(script=Script(faults=((0.2, fault),))) as camera:
        async with connected(camera) as client:
            await client.begin()
            with pytest.raises(error):  # noqa: PT012
                while True:
                    async with asyncio.timeout(2.0):
                        await client.packet()
        async with connected(camera) as client:
            await client.begin()


async def test_during_a_power_cut_nobody_even_refuses_and_afterwards_it_is_back() -> None:
    async with RtspCamera(script=Script(faults=((0.2, PowerCut(1.0)),))) as camera:
        async with connected(camera) as client:
            await client.begin()
            await asyncio.sleep(0.5)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await asyncio.open_connection(camera.host, camera.port)
            await until(lambda: bool(camera.happened))
        async with connected(camera) as client:
            await client.begin()


async def test_noise_comes_where_the_next_packet_would_begin() -> None:
    async with RtspCamera(script=Script(faults=((0.5, Noise(5000)),))) as camera, connected(camera) as client:
        await client.begin()
        async with asyncio.timeout(5):
            while await client.reader.readexactly(1) == b"$":
                size = int.from_bytes((await client.reader.readexactly(3))[1:])
                await client.reader.readexactly(size)


class Sink:
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def send(self, packet: bytes, *, control: bool = False) -> None:
        self.packets.append(packet)

    def transport(self) -> str:
        return ""

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("network", "lost", "swapped"),
    [(Network(), 0, 0), (Network(loss=0.1), 100, 0), (Network(reorder=0.1), 0, 90), (Network(corrupt=1.0), 0, 0)],
)
def test_a_bad_network_loses_and_swaps_the_share_it_is_told_to(network: Network, lost: int, swapped: int) -> None:
    sink = Sink()
    line = BadLine(sink, lambda: network)
    sent = [struct.pack("!12xI", number) for number in range(1000)]
    for packet in sent:
        line.send(packet)
    assert 1000 - len(sink.packets) == pytest.approx(lost, abs=40)
    numbers = [struct.unpack("!12xI", packet)[0] for packet in sink.packets]
    if not network.corrupt:
        assert sum(later < earlier for earlier, later in pairwise(numbers)) == pytest.approx(swapped, abs=40)
    assert (sink.packets == sent) == (network == Network())


async def test_the_network_is_bad_for_a_while() -> None:
    weather = Weather(Network(loss=1.0), 0.5)
    async with RtspCamera(script=Script(faults=((0.2, weather),))) as camera, connected(camera) as client:
        await client.begin()
        times = await stamps(client, 15)
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) == pytest.approx(0.5, abs=0.2)
