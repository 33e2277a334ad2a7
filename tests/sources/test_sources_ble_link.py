"""The strap as a source over a real link: bleak, HCI, L2CAP, ATT and GATT, with a strap in another process."""

import asyncio
import statistics
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sources.fakes import Kept, ended
from tidehold.records import Frame
from tidehold.sources.ble import BleDevice, Transport, Wanted, scan
from tidehold.sources.ble_options import USUAL, Timing
from tidehold.sources.ble_trouble import OTHER_APP
from tidehold.sources.clock import SessionClock
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold_simulators.bleak_backend import open_radio
from tidehold_simulators.process import StrapProcess
from tidehold_simulators.pytest_plugin import StartStrap

PROFILES = builtin_profiles()
HR_ONLY = "hr contact energy rr battery"
ALL = "hr contact energy rr battery ecg acc"
WAIT_S = 20.0


@asynccontextmanager
async def session(strap: StrapProcess, timing: Timing = USUAL, **client: Any) -> AsyncGenerator[Kept]:
    """A source at work on a strap in another process."""
    async with open_radio(strap.radio) as radio:
        scanner, options = radio.transport()
        transport = Transport(scanner, options | client)
        kept = Kept()
        source = BleDevice("strap", SessionClock(), PROFILES, transport, Wanted(address=strap.address), timing)
        task = asyncio.create_task(source.run(kept.put))
        yield kept
        await ended(task)


def streams_of(frames: list[Frame]) -> Counter[str]:
    """How often each stream is in some frames, by the decoder that the fold uses; refused frames as "refused"."""
    decoder = Decoder(PROFILES["simulated"])
    found: Counter[str] = Counter()
    for frame in frames:
        decoded = decoder.decode(frame.channel, frame.payload)
        found.update(reading.stream for reading in decoded.readings)
        found.update("refused" for _ in decoded.refused)
    return found


def flows(kept: Kept, since: int = 0) -> bool:
    """Whether every stream has come since."""
    frames = [item for item in kept.inputs[since:] if isinstance(item, Frame)]
    return {"hr", "rr", "ecg", "acc"} <= streams_of(frames).keys()


@pytest.fixture(scope="module")
def calm() -> Iterator[StrapProcess]:
    """One strap for all tests that leave it as they found it."""
    with StrapProcess("calm-6") as strap:
        yield strap


async def test_a_strap_gives_all_that_it_has_and_is_left_switched_off(calm: StrapProcess) -> None:
    async with open_radio(calm.radio) as radio:
        (seen,) = await scan(Transport(*radio.transport()), 0.3, PROFILES)
        assert (seen.address, seen.name, seen.profile) == (calm.address, calm.name, "simulated")
    for _ in range(2):
        async with session(calm) as kept:
            armed = await kept.until_state("armed", seconds=WAIT_S)
            assert armed.detail["streams"] == ALL
            assert "missing" not in armed.detail
            up = next(link for link in kept.links if link.state == "up")
            assert up.detail["mtu"] == "247"
            await kept.until(lambda kept=kept: flows(kept), WAIT_S)  # type: ignore[misc]
            frames = [item for item in kept.inputs if isinstance(item, Frame)]
            assert streams_of(frames)["refused"] == 0
            assert {"battery", "body-location", "manufacturer", "firmware"} <= {frame.channel for frame in frames}
            assert [frame.t for frame in frames] == sorted(frame.t for frame in frames)
            answers = [frame.payload.hex() for frame in kept.frames("pmd-control")]
            starts = [answer for answer in answers if answer.startswith("f002")]
            assert starts == ["f00200000000", "f00202000001"], "a stream left on would be in that state already"


async def test_an_mtu_that_is_too_small_costs_what_needs_a_larger_one(calm: StrapProcess) -> None:
    async with session(calm, replace(USUAL, mtu=0.2, retry_start=0.1), mtu=23) as kept:
        armed = await kept.until_state("armed", seconds=WAIT_S)
        assert armed.detail["streams"] == HR_ONLY
        assert armed.detail["missing"] == "ecg: start ecg: MTU too small; acc: start acc: MTU too small"


async def test_after_a_loss_every_stream_comes_back(calm: StrapProcess) -> None:
    async with session(calm) as kept:
        await kept.until_state("armed", seconds=WAIT_S)
        for count, (lose, reason) in enumerate(
            (
                (calm.drop, "Remote User Terminated Connection (0x13)"),
                (lambda: calm.vanish(0.1), "Connection Timeout (0x08)"),
            ),
            1,
        ):
            lose()
            down = await kept.until_state("down", count, WAIT_S)
            assert down.detail["reason"] == reason
            since = len(kept.inputs)
            again = await kept.until_state("armed", count + 1, WAIT_S)
            assert again.detail["streams"] == ALL
            await kept.until(lambda since=since: flows(kept, since), WAIT_S)  # type: ignore[misc]


@pytest.mark.long
async def test_killed_and_started_again_every_stream_comes_back(tidehold_strap: StartStrap) -> None:
    strap = tidehold_strap("calm-6")
    async with session(strap) as kept:
        await kept.until_state("armed", seconds=WAIT_S)
        strap.kill()
        down = await kept.until_state("down", seconds=WAIT_S)
        assert down.detail["reason"] == "radio lost"
        await asyncio.to_thread(tidehold_strap, "calm-6", "--port", str(strap.port))
        again = await kept.until_state("armed", 2, WAIT_S)
        assert again.detail["streams"] == ALL


async def test_a_strap_held_by_another_app_gets_advice(tidehold_strap: StartStrap) -> None:
    strap = tidehold_strap("calm-6", "--held")
    async with session(strap, replace(USUAL, connect=0.5, tries=2)) as kept:
        refused = await kept.until_state("refused", seconds=WAIT_S)
        assert refused.detail["reason"].startswith("seen, but connect: ")
        assert refused.detail["advice"] == OTHER_APP


async def test_a_strap_without_pmd_gives_its_heart_rate(tidehold_strap: StartStrap, tmp_path: Path) -> None:
    scenario = tmp_path / "heart-rate-only.toml"
    scenario.write_text('name = "heart-rate-only"\nabout = "no PMD"\n[strap]\npmd = false\n')
    async with session(tidehold_strap(str(scenario))) as kept:
        armed = await kept.until_state("armed", seconds=WAIT_S)
        assert armed.detail["streams"] == HR_ONLY
        assert armed.detail["missing"].startswith("ecg: the device does not offer it")


@pytest.mark.long
async def test_a_hundred_drops(tidehold_strap: StartStrap, capsys: pytest.CaptureFixture[str]) -> None:
    """From the loss to every stream switched on again, and the first ECG."""
    strap = tidehold_strap("calm-6")
    armed_s, flowing_s = [], []
    async with session(strap) as kept:
        for count in range(1, 101):
            await kept.until_state("armed", count, WAIT_S)
            if count % 5:
                strap.drop()
            else:
                strap.vanish(0.5)
            down = await kept.until_state("down", count, WAIT_S)
            since = len(kept.inputs)
            armed = await kept.until_state("armed", count + 1, WAIT_S)
            await kept.until(lambda since=since: flows(kept, since), WAIT_S)  # type: ignore[misc]
            assert armed.detail["streams"] == ALL
            armed_s.append((armed.t - down.t) / NS)
            flowing_s.append((kept.inputs[-1].t - down.t) / NS)
    with capsys.disabled():
        for what, times in (("armed", armed_s), ("all flowing", flowing_s)):
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(f"\nreconnection, {what}: p50 {p50:.2f} s, p95 {p95:.2f} s, worst {max(times):.2f} s", end="")
    assert statistics.quantiles(armed_s, n=20)[-1] < 3
    assert statistics.quantiles(flowing_s, n=20)[-1] < 3
