"""Strap and phone on one clock: how far apart they may be, and three taps that bring them together."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pytest

from tests.session.phones import PROFILE, batches, frame, hear, in_order
from tidehold.align.clock_map import ClockMap
from tidehold.records import (
    DeviceNs,
    Estimate,
    Frame,
    HostNs,
    Input,
    Link,
    Mark,
    Output,
    Sample,
    Stop,
    Tick,
    UnixNs,
    Values,
)
from tidehold.session.alignment import COLLECTING, NO_STRAP, UNSEEN_S, Alignment
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.session.phone import PhoneIntake
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.pmd import Measurement, PmdFrame, encode_frame
from tidehold.wire.profile import Profile

PROFILES: Final = builtin_profiles() | {PROFILE.id: PROFILE}
HEADER: Final = Header(session="s", started=UnixNs(0), profiles=PROFILES)
ECG_HZ, ECG_N = 130.0, 73
TAPS_S: Final = (70.0, 70.6, 71.3)


class Strap:
    def __init__(self, profile: Profile = PROFILES["polar-h10"]) -> None:
        self.profile = profile
        self.clock = ClockMap()


def strap_frames(seed: int, seconds: float) -> list[Input]:
    """ECG of a strap whose clock is 60 ppm fast, over a radio that takes 0-70 ms."""
    rng = np.random.default_rng(seed)
    sent: list[Input] = []
    for k in range(1, int(seconds * ECG_HZ / ECG_N)):
        true_s = k * ECG_N / ECG_HZ
        stamp = DeviceNs(820_000_000 * NS + round(true_s * (1 + 60e-6) * NS))
        payload = encode_frame(PmdFrame(Measurement.ECG, 0, stamp, np.arange(ECG_N, dtype=np.int32)))
        sent.append(Frame(HostNs(round((true_s + rng.uniform(0, 0.07)) * NS)), "strap", "pmd", payload))
    return sent


def both(seed: int, seconds: float, every_s: float) -> list[Input]:
    """A session with strap and phone."""
    phone = in_order(batches(seed + 100, seconds=seconds - 2, every_s=every_s, ppm=-60.0))
    ticks = [Tick(HostNs(k * NS // 4)) for k in range(1, int(seconds * 4))]
    timed: list[Input] = [*strap_frames(seed, seconds), *(frame(each) for each in phone), *ticks]
    return [
        Link(HostNs(1), "strap", "up", {"profile": "polar-h10"}),
        Link(HostNs(2), "phone", "up", {"profile": PROFILE.id}),
        *sorted(timed, key=lambda item: item.t),
        Stop(HostNs(round(seconds * NS)), "enough"),
    ]


def estimates(outputs: list[Output], name: str) -> list[Estimate]:
    return [out for out in outputs if isinstance(out, Estimate) and out.name == name]


@pytest.mark.parametrize("every_s", [0.1, 0.2, 1.0])
@pytest.mark.parametrize("seed", range(2))
def test_the_bar_covers_the_true_distance_and_that_is_within_20_ms(seed: int, every_s: float) -> None:
    """60 ppm against each other, 0-70 ms of radio, 2-30 ms of network, batches of 0.1 to 1 s."""
    session, errors_s = Session(HEADER), {"strap/ecg": math.nan, "phone/acc": math.nan}
    apart_ms, covered = [], []
    for item in both(seed, 150.0, every_s):
        for out in session.feed(item):
            if isinstance(out, Sample) and out.stream in errors_s:
                last_s = float(out.times[-1]) / NS
                truth_s = round(last_s * ECG_HZ / ECG_N) * ECG_N / ECG_HZ
                errors_s[out.stream] = last_s - (truth_s if out.stream == "strap/ecg" else float(out.values[-1, 0]))
            elif isinstance(out, Estimate) and out.name == "align/residual_ms" and out.value is not None:
                apart = 1e3 * abs(errors_s["strap/ecg"] - errors_s["phone/acc"])
                covered.append(apart <= out.value)
                if item.t > 60 * NS:
                    apart_ms.append(apart)
                    assert out.value < 50
    assert len(covered) > 140
    assert np.mean(covered) >= 0.95
    assert np.percentile(apart_ms, 95) < 20


def test_why_there_is_no_bar_is_said() -> None:
    phone, strap, alignment = PhoneIntake("phone", PROFILE), Strap(), Alignment()
    deaf = Strap(PROFILES["generic-heart-rate"])

    def why(**sources: PhoneIntake | Strap) -> str | None:
        said = alignment.estimates(HostNs(NS), sources)
        assert all(isinstance(out, Estimate) and out.value is None and out.quality == 0.0 for out in said)
        return said[0].why if said and isinstance(said[0], Estimate) else None

    assert why(strap=strap) is None  # a strap alone has nothing to be apart from
    assert why(phone=phone) == NO_STRAP
    assert why(strap=deaf, phone=phone) == NO_STRAP
    assert why(strap=strap, phone=phone) == COLLECTING
    strap.clock.observe(DeviceNs(0), HostNs(0))
    assert why(strap=strap, phone=phone) == COLLECTING


def knocks(stream: str, taps_s: tuple[float, ...], rate_hz: float, late_s: float = 0.0) -> list[Sample]:
    """A stream in pieces of a second, with spikes."""
    true_s = np.arange(60.0, 100.0, 1 / rate_hz)
    values: Values = np.random.default_rng(1).normal(0.0, 0.1, (len(true_s), 3)) + np.array([0.0, 0.0, 9.8])
    for tap_s in taps_s:
        values[:, 2] += 20 * np.exp(-0.5 * ((true_s - tap_s) / 0.015) ** 2)
    times = np.rint((true_s + late_s) * NS).astype(np.int64)
    pieces = np.array_split(np.arange(len(times)), 40)
    return [Sample(HostNs(int(times[p[-1]])), stream, times[p], values[p]) for p in pieces]


def listen(
    alignment: Alignment, sources: dict[str, PhoneIntake | Strap], samples: list[Sample], until_s: int
) -> list[Output]:
    said: list[Output] = []
    for second in range(61, until_s):
        for sample in samples:
            if (second - 1) * NS < sample.t <= second * NS:
                alignment.update(sample)
        said += alignment.estimates(HostNs(second * NS), sources)
    return said


def ready() -> tuple[Alignment, dict[str, PhoneIntake | Strap]]:
    """Strap and phone a minute into a session."""
    phone, strap = PhoneIntake("phone", PROFILE), Strap()
    hear(phone, in_order(batches(seconds=60)))
    for k in range(60):
        strap.clock.observe(DeviceNs(k * NS), HostNs(k * NS + 20_000_000 * (k % 3)))
    return Alignment(), {"strap": strap, "phone": phone}


def test_three_taps_move_the_phone_and_narrow_the_bar() -> None:
    alignment, sources = ready()
    alignment.mark(Mark(HostNs(60 * NS), "align"))
    samples = knocks("strap/acc", TAPS_S, 50.0) + knocks("phone/acc", TAPS_S, 100.0, late_s=0.035)
    said = listen(alignment, sources, samples, 100)
    taps = estimates(said, "align/taps_ms")
    assert len(taps) == 1
    assert taps[0].value == pytest.approx(-35.0, abs=2.0)
    assert taps[0].t <= 75 * NS
    assert 0.5 <= taps[0].quality <= 1.0
    assert taps[0].why.startswith("3 taps, scatter ")
    bars = {out.t // NS: out.value or 0.0 for out in estimates(said, "align/residual_ms")}
    assert bars[65] >= UNSEEN_S * 1e3
    assert bars[76] < 10
    assert bars[99] >= bars[76]
    phone = sources["phone"]
    assert isinstance(phone, PhoneIntake)
    times = [out.times for out in hear(phone, in_order(batches(start_s=80, seconds=5))) if isinstance(out, Sample)]
    plain = PhoneIntake("phone", PROFILE)
    hear(plain, in_order(batches(seconds=60)))
    unmoved = [out.times for out in hear(plain, in_order(batches(start_s=80, seconds=5))) if isinstance(out, Sample)]
    assert np.concatenate(times) - np.concatenate(unmoved) == pytest.approx(-35e6, abs=2e6)


def test_a_clock_that_is_set_ends_what_the_taps_told() -> None:
    alignment, sources = ready()
    alignment.mark(Mark(HostNs(60 * NS), "align"))
    listen(alignment, sources, knocks("strap/acc", TAPS_S, 50.0) + knocks("phone/acc", TAPS_S, 100.0), 80)
    before = alignment.estimates(HostNs(80 * NS), sources)[0]
    sources["strap"].clock.restart(DeviceNs(0), HostNs(80 * NS))
    after = alignment.estimates(HostNs(81 * NS), sources)[0]
    assert isinstance(before, Estimate)
    assert isinstance(after, Estimate)
    assert (before.value or 99) < 10
    assert (after.value or 0) > UNSEEN_S * 1e3


@pytest.mark.parametrize(
    ("strap_s", "phone_s", "why"),
    [((), (), "0 taps on one and 0"), (TAPS_S, (70.0, 70.8, 71.3), "disagree by 200 ms")],
)
def test_taps_that_are_not_found_in_30_s_are_told_with_the_reason(
    strap_s: tuple[float, ...], phone_s: tuple[float, ...], why: str
) -> None:
    alignment, sources = ready()
    alignment.mark(Mark(HostNs(60 * NS), "align"))
    said = listen(alignment, sources, knocks("strap/acc", strap_s, 50.0) + knocks("phone/acc", phone_s, 50.0), 100)
    taps = estimates(said, "align/taps_ms")
    assert [(out.t, out.value, out.quality) for out in taps] == [(90 * NS, None, 0.0)]
    assert why in taps[0].why


def test_without_anything_to_hear_the_reason_is_said_too() -> None:
    alignment = Alignment()
    alignment.mark(Mark(HostNs(0), "note", "align"))
    assert alignment.estimates(HostNs(40 * NS), {}) == []
    alignment.mark(Mark(HostNs(40 * NS), "align"))
    assert [out.why for out in estimates(alignment.estimates(HostNs(70 * NS), {}), "align/taps_ms")] == [
        "0 taps on one and 0 on the other, no three of them like three taps"
    ]


def test_a_second_phone_is_not_what_the_strap_is_aligned_with() -> None:
    second = PhoneIntake("phone2", PROFILE)
    assert Alignment().estimates(HostNs(NS), {"phone2": second}) == []
    both = {"phone2": second, "phone": PhoneIntake("phone", PROFILE)}
    assert [out.name for out in Alignment().estimates(HostNs(NS), both) if isinstance(out, Estimate)] == [
        "align/residual_ms"
    ]
