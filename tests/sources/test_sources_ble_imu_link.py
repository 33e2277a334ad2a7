"""A motion sensor as a source over a real link, alone and beside a strap on the same adapter."""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from tests.sources.fakes import Kept, ended
from tidehold.records import Frame
from tidehold.sources.ble import BleDevice, Transport, Wanted, scan
from tidehold.sources.ble_options import ANY, USUAL, Timing
from tidehold.sources.clock import SessionClock
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold.wire.profile import Profile
from tidehold_simulators.bleak_backend import Radio, open_radio
from tidehold_simulators.body import SeededBody
from tidehold_simulators.limbs import GRAVITY_M_S2
from tidehold_simulators.microbit_model import COUNTS_PER_G
from tidehold_simulators.microbit_process import MicrobitProcess
from tidehold_simulators.process import StrapProcess
from tidehold_simulators.program import boot_ns
from tidehold_simulators.scenario import load_scenario

PROFILES = builtin_profiles()
STRAPS = {name: profile for name, profile in PROFILES.items() if profile.kind == "strap"}
IMUS = {name: profile for name, profile in PROFILES.items() if profile.kind == "imu"}
IMU = PROFILES["micro-bit-imu"]
WAIT_S = 20.0


@pytest.fixture(scope="module")
def both() -> Iterator[MicrobitProcess]:
    """A body with a strap and a micro:bit, on one radio."""
    with MicrobitProcess("calm-6", "--with-strap") as microbit:
        yield microbit


class Recorder:
    """Sources at work on one adapter."""

    def __init__(self, stack: AsyncExitStack, radio: Radio) -> None:
        self._stack = stack
        self.transport = Transport(*radio.transport())

    def record(self, name: str, profiles: dict[str, Profile], wanted: Wanted = ANY, timing: Timing = USUAL) -> Kept:
        """What a source puts, which this starts."""
        kept = Kept()
        source = BleDevice(name, SessionClock(), profiles, self.transport, wanted, timing)
        self._stack.push_async_callback(ended, asyncio.create_task(source.run(kept.put)))
        return kept


@asynccontextmanager
async def recorder(radio: str) -> AsyncGenerator[Recorder]:
    async with open_radio(radio) as opened, AsyncExitStack() as stack:
        yield Recorder(stack, opened)


def rate_hz(frames: list[Frame]) -> float:
    return (len(frames) - 1) / (frames[-1].t - frames[0].t) * NS


async def more(kept: Kept, channel: str) -> Frame:
    """The next frame of a channel."""
    count = len(kept.frames(channel))
    await kept.until(lambda: len(kept.frames(channel)) > count, WAIT_S)
    return kept.frames(channel)[count]


def with_period(value: str) -> dict[str, Profile]:
    """The micro:bit's profile with another period."""
    channels = tuple(
        msgspec.structs.replace(channel, value=value) if channel.id == "period" else channel for channel in IMU.channel
    )
    return {IMU.id: msgspec.structs.replace(IMU, channel=channels)}


async def test_found_armed_and_streaming_what_the_body_feels(both: MicrobitProcess) -> None:
    began_ns = boot_ns()
    async with recorder(both.radio) as at_work:
        imu = at_work.record("imu", IMUS)
        armed = await imu.until_state("armed", seconds=WAIT_S)
        assert armed.detail["streams"] == "acc"
        assert "missing" not in armed.detail
        up = next(link for link in imu.links if link.state == "up")
        assert (up.detail["profile"], up.detail["mtu"]) == ("micro-bit-imu", "23")
        await imu.until(lambda: len(imu.frames("accelerometer")) >= 151, WAIT_S)
        ended_ns = boot_ns()
    frames = imu.frames("accelerometer")
    assert rate_hz(frames) == pytest.approx(50, abs=1)
    counts = np.frombuffer(b"".join(frame.payload for frame in frames), "<i2").reshape(-1, 3)
    scenario = load_scenario("calm-6")
    body = SeededBody(scenario.body, scenario.seed)
    t = np.linspace((began_ns - both.born_ns) / NS, (ended_ns - both.born_ns) / NS, 1000)
    truth = -body.motion("shin", t).acc * COUNTS_PER_G / GRAVITY_M_S2
    assert (counts >= truth.min(axis=0) - 13).all(), "five standard deviations of its noise, and half a step"
    assert (counts <= truth.max(axis=0) + 13).all()
    assert counts.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=3)
    decoder = Decoder(IMU)
    for frame, row in zip(frames, counts.tolist(), strict=True):
        (acc,) = decoder.decode("accelerometer", frame.payload).readings
        assert acc.stream == "acc"
        assert (np.sign(acc.values[0]) == -np.sign(row)).all()
    texts = {item.channel for item in imu.inputs if isinstance(item, Frame)}
    assert {"manufacturer", "model", "firmware"} <= texts


async def test_the_period_is_written(both: MicrobitProcess) -> None:
    async with recorder(both.radio) as at_work:
        imu = at_work.record("imu", with_period("0a00"))
        await imu.until(lambda: len(imu.frames("accelerometer")) >= 101, WAIT_S)
        assert rate_hz(imu.frames("accelerometer")) == pytest.approx(100, abs=3)


async def test_a_period_that_it_refuses_is_said_and_it_streams_all_the_same(both: MicrobitProcess) -> None:
    async with recorder(both.radio) as at_work:
        imu = at_work.record("imu", with_period("1500"))
        armed = await imu.until_state("armed", seconds=WAIT_S)
        assert armed.detail["streams"] == "acc"
        assert armed.detail["missing"].startswith("period: write period: ")
        assert "0x13" in armed.detail["missing"] or "Value Not Allowed" in armed.detail["missing"]
        await imu.until(lambda: imu.frames("accelerometer"), WAIT_S)


async def test_scan_tells_a_strap_from_a_motion_sensor(both: MicrobitProcess) -> None:
    assert both.strap is not None
    async with open_radio(both.radio) as radio:
        transport = Transport(*radio.transport())
        seen = {each.address: each.profile for each in await scan(transport, 0.5, PROFILES)}
        assert seen == {both.address: "micro-bit-imu", both.strap.address: "simulated"}
        seen = {each.address: each.profile for each in await scan(transport, 0.5, IMUS)}
        assert seen == {both.address: "micro-bit-imu", both.strap.address: None}


@pytest.mark.long
async def test_a_strap_and_a_motion_sensor_at_once_and_one_goes_on_while_the_other_is_gone(
    both: MicrobitProcess,
) -> None:
    assert both.strap is not None
    async with recorder(both.radio) as at_work:
        strap = at_work.record("strap", STRAPS)
        imu = at_work.record("imu", IMUS)
        for kept, address in ((strap, both.strap.address), (imu, both.address)):
            await kept.until_state("armed", seconds=WAIT_S)
            assert [link.detail["address"] for link in kept.links if link.state == "up"] == [address]
            assert "refused" not in kept.states
        await more(strap, "hr")
        for lose, lost, staying, channel, most_s in (
            (both.drop, imu, strap, "pmd", 1.0),
            (both.drop_strap, strap, imu, "accelerometer", 0.4),
            (lambda: both.vanish(0.1), imu, strap, "pmd", 1.0),
            (lambda: both.vanish_strap(0.1), strap, imu, "accelerometer", 0.4),
        ):
            await more(staying, channel)
            before, links, downs = len(staying.frames(channel)), len(staying.links), lost.states.count("down")
            lose()
            await lost.until_state("down", downs + 1, WAIT_S)
            again = await lost.until_state("armed", downs + 2, WAIT_S)
            assert "missing" not in again.detail
            await more(staying, channel)
            assert len(staying.links) == links, "nothing happened to its link"
            gaps = [(b.t - a.t) / NS for a, b in pairwise(staying.frames(channel)[before - 1 :])]
            assert max(gaps) < most_s


@pytest.mark.parametrize(
    ("process", "name", "profiles", "sought"),
    [
        (MicrobitProcess, "strap", STRAPS, "any heart-rate strap"),
        (StrapProcess, "imu", IMUS, "any motion sensor"),
    ],
)
@pytest.mark.long
async def test_nobody_takes_a_device_of_the_other_kind(
    process: type[StrapProcess], name: str, profiles: dict[str, Profile], sought: str
) -> None:
    with process("calm-6") as alone:
        async with recorder(alone.radio) as at_work:
            assert [each.address for each in await scan(at_work.transport, 0.5, PROFILES)] == [alone.address]
            kept = at_work.record(name, profiles, timing=replace(USUAL, scan_round=1.0))
            refused = await kept.until_state("refused", seconds=WAIT_S)
            assert refused.detail["reason"] == f"{sought} was not heard for 1 s"
            assert kept.states == ["searching", "refused"]


@pytest.mark.long
async def test_thirty_drops(both: MicrobitProcess, capsys: pytest.CaptureFixture[str]) -> None:
    """From the loss to the first sample, beside a strap that streams."""
    back_s = []
    async with recorder(both.radio) as at_work:
        strap = at_work.record("strap", STRAPS)
        await strap.until_state("armed", seconds=WAIT_S)
        imu = at_work.record("imu", IMUS)
        for count in range(1, 31):
            await imu.until_state("armed", count, WAIT_S)
            await more(imu, "accelerometer")
            both.drop()
            down = await imu.until_state("down", count, WAIT_S)
            back_s.append(((await more(imu, "accelerometer")).t - down.t) / NS)
        assert strap.states.count("armed") == 1
    p50, p95 = statistics.median(back_s), statistics.quantiles(back_s, n=20)[-1]
    with capsys.disabled():
        print(f"\nmotion sensor back after a drop: p50 {p50:.2f} s, p95 {p95:.2f} s, worst {max(back_s):.2f} s", end="")
    assert p95 < 3
