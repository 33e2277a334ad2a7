"""The fold on whole simulated sessions in virtual time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import TypeVar

import msgspec
import numpy as np
import pytest

from tests.session.phones import PROFILE, batches, frame, in_order
from tidehold.log.derived import DIGESTED
from tidehold.records import (
    Cue,
    Estimate,
    Frame,
    Gap,
    HostNs,
    Input,
    Link,
    LinkState,
    Mark,
    Output,
    Rejected,
    Sample,
    Snapshot,
    Stop,
    Tick,
    Values,
    encode,
)
from tidehold.session.fold import WAKE, Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.faults import drop, duplicate, garble
from tidehold_simulators.scenario import load_scenario, scenario_names
from tidehold_simulators.virtual import virtual_header, virtual_inputs

T = TypeVar("T")
SECONDS = 90.0


def header(scenario: str = "calm-6") -> Header:
    return virtual_header(load_scenario(scenario), builtin_profiles())


@cache
def inputs(scenario: str = "calm-6", seconds: float = SECONDS) -> tuple[Input, ...]:
    return tuple(virtual_inputs(load_scenario(scenario), seconds))


def fold(items: Iterable[Input], scenario: str = "calm-6") -> list[Output]:
    session = Session(header(scenario))
    return [out for item in items for out in session.feed(item)]


@cache
def whole(scenario: str = "calm-6") -> tuple[Output, ...]:
    """All that the session of a scenario says; many tests look at it."""
    return tuple(fold(inputs(scenario), scenario))


def of(kind: type[T], outputs: Iterable[Output]) -> list[T]:
    return [out for out in outputs if isinstance(out, kind)]


def last(outputs: Iterable[Output], name: str) -> Estimate:
    return [out for out in of(Estimate, outputs) if out.name == name][-1]


def values(outputs: Iterable[Output], stream: str) -> Values:
    return np.concatenate([out.values for out in of(Sample, outputs) if out.stream == stream])


def said(outputs: Iterable[Output]) -> bytes:
    return b"\n".join(encode(out) for out in outputs)


def test_a_calm_person_breathing_at_six_is_seen_as_that() -> None:
    outputs = whole()
    breathing, heart = last(outputs, "breathing/rate_bpm"), last(outputs, "heart/hr_bpm")
    assert breathing.value == pytest.approx(6.0, abs=0.5)
    assert breathing.quality >= 0.25
    assert breathing.why == ""
    assert heart.value == pytest.approx(65, abs=12)
    assert not of(Gap, outputs)
    assert not of(Rejected, outputs)


def test_every_tick_and_the_stop_give_one_snapshot_and_nothing_else_does() -> None:
    session = Session(header())
    for item in inputs():
        snapshots = of(Snapshot, session.feed(item))
        assert len(snapshots) == isinstance(item, Tick | Stop)
        assert all(snapshot.t == item.t for snapshot in snapshots)


def test_estimates_come_once_a_second_in_the_same_order_from_when_their_stream_was_first_heard() -> None:
    by_time: dict[int, list[str]] = {}
    for estimate in of(Estimate, whole()):
        if not estimate.name.startswith("strap/") and estimate.name not in DIGESTED:  # those come at every tick
            by_time.setdefault(estimate.t, []).append(estimate.name)
    *_, everything = by_time.values()
    for before, names in pairwise(by_time.values()):
        assert names == [name for name in everything if name in names]
        assert set(before) <= set(names)
    assert all(later - earlier >= 0.7 * NS for earlier, later in pairwise(list(by_time)[:-1]))


@pytest.mark.long
def test_samples_of_a_stream_never_go_back_in_time() -> None:
    ordinary = load_scenario("calm-6")
    for scenario in scenario_names():
        told = load_scenario(scenario)
        faults = [fault for fault in told.fault if fault.kind.partition("-")[0] not in {"phone", "broker"}]
        if scenario != "calm-6" and not faults and told.strap == ordinary.strap:
            continue  # another body in the same strap: its samples come as those of calm-6 do
        ends: dict[str, int] = {}
        for sample in of(Sample, whole(scenario)):
            assert len(sample.times) == len(sample.values) > 0
            assert sample.times[0] >= ends.get(sample.stream, sample.times[0]), (scenario, sample.stream)
            assert (np.diff(sample.times) >= 0).all()
            ends[sample.stream] = int(sample.times[-1])


def test_a_lost_link_leaves_a_gap_with_its_cause_in_every_stream_and_two_cues() -> None:
    outputs = whole("link-drops")
    gaps = of(Gap, outputs)
    drops = [item for item in inputs("link-drops") if isinstance(item, Link) and item.state == "down"]
    assert drops
    for stream in ("strap/rr", "strap/ecg", "strap/acc"):
        mine = [gap for gap in gaps if gap.stream == stream]
        assert len(mine) == len(drops)
        for gap, drop_ in zip(mine, drops, strict=True):
            assert gap.why == f"link lost: {drop_.detail['reason']}"
            assert gap.start < drop_.t < gap.end
    ecg = [gap for gap in gaps if gap.stream == "strap/ecg"]
    assert all(gap.lost == pytest.approx((gap.end - gap.start) / NS * 130 - 1, abs=2) for gap in ecg)
    assert [cue.kind for cue in of(Cue, outputs)] == ["sensor-lost", "sensor-back"] * len(drops)
    assert of(Snapshot, outputs)[-1].gaps == len(gaps)


def test_a_link_that_is_still_down_at_the_end_leaves_gaps_up_to_the_end() -> None:
    up = [item for item in inputs() if item.t < 30 * NS]
    t = HostNs(30 * NS)
    outputs = fold([*up, Link(t, "strap", "down", {"reason": "gone"}), Stop(HostNs(40 * NS), "enough")])
    gaps = of(Gap, outputs)
    assert {gap.stream for gap in gaps} == {"strap/rr", "strap/ecg", "strap/acc"}
    assert all((gap.end, gap.lost, gap.why) == (40 * NS, None, "link lost: gone") for gap in gaps)


def test_frames_lost_on_the_air_are_counted_by_the_device_clock() -> None:
    outputs = fold(drop(inputs(), share=0.05, seed=3))
    gaps = [gap for gap in of(Gap, outputs) if gap.stream == "strap/ecg"]
    samples = sum(len(sample.values) for sample in of(Sample, outputs) if sample.stream == "strap/ecg")
    every = sum(len(sample.values) for sample in of(Sample, whole()) if sample.stream == "strap/ecg")
    assert gaps
    assert all(gap.lost is not None and gap.lost % 73 == 0 for gap in gaps)
    assert all(gap.why == "frames lost between the device and here" for gap in gaps)
    # a frame lost at the very end has no successor to miss it
    assert samples + sum(gap.lost or 0 for gap in gaps) == pytest.approx(every, abs=73)


def test_a_frame_delivered_twice_counts_once() -> None:
    doubled = fold(duplicate(inputs(), share=0.2, seed=5))
    rejected = of(Rejected, doubled)
    assert any("repeat" in each.why for each in rejected)
    assert np.array_equal(values(doubled, "strap/ecg"), values(whole(), "strap/ecg"))


def test_garbled_frames_are_counted_by_reason_and_harm_nothing() -> None:
    outputs = fold(garble(inputs(), share=0.1, seed=7))
    rejected = of(Rejected, outputs)
    assert rejected
    shown = of(Snapshot, outputs)[-1].rejected
    assert sum(shown.values()) == len(rejected)
    assert all(np.isfinite(sample.values).all() for sample in of(Sample, outputs))


def test_without_skin_contact_no_beat_is_believed() -> None:
    outputs = whole("strap-slips")
    touching = True
    for out in outputs:
        if isinstance(out, Sample) and out.stream == "strap/contact":
            touching = out.values[-1] != 1.0
        if isinstance(out, Sample) and out.stream == "strap/rr":
            assert touching
    assert "no skin contact" in {gap.why for gap in of(Gap, outputs)}


@pytest.mark.parametrize("scenario", ["clock-reset", "clock-2019"])
def test_a_device_clock_that_is_wrong_or_falls_back_is_survived(scenario: str) -> None:
    outputs = whole(scenario)
    waves = [out for out in of(Sample, outputs) if out.stream in {"strap/ecg", "strap/acc"}]
    arrivals = [(out.t - int(out.times[-1])) / NS for out in waves]
    assert min(arrivals) > -0.05
    assert max(arrivals) < 0.2
    resets = [gap for gap in of(Gap, outputs) if gap.why == "device clock was reset"]
    assert {gap.stream for gap in resets} == ({"strap/ecg", "strap/acc"} if scenario == "clock-reset" else set())
    assert not [gap for gap in of(Gap, outputs) if gap.stream == "strap/rr"]


def test_a_strap_that_warms_up_is_no_gap() -> None:
    assert not of(Gap, whole("warm-up-30s"))


def test_a_stalled_stream_names_the_stall_as_the_cause() -> None:
    def is_silenced(item: Input) -> bool:
        ecg = isinstance(item, Frame) and item.channel == "pmd" and item.payload[0] == 0
        return ecg and 30 * NS < item.t < 36 * NS

    items = [item for item in inputs() if not is_silenced(item)]
    at = next(i for i, item in enumerate(items) if item.t > 35 * NS)
    items.insert(at, Link(HostNs(35 * NS), "strap", "stalled", {"stream": "ecg", "silent_s": "5.0"}))
    gaps = of(Gap, fold(items))
    assert [(gap.stream, gap.why) for gap in gaps] == [("strap/ecg", "stalled for 5.0 s")]
    assert gaps[0].lost


def test_heartbeats_stall_with_the_heart_rate() -> None:
    def is_silenced(item: Input) -> bool:
        return isinstance(item, Frame) and item.channel == "hr" and 30 * NS < item.t < 42 * NS

    items = [item for item in inputs() if not is_silenced(item)]
    at = next(i for i, item in enumerate(items) if item.t > 40 * NS)
    items.insert(at, Link(HostNs(40 * NS), "strap", "stalled", {"stream": "hr", "silent_s": "10.0"}))
    assert [(gap.stream, gap.why) for gap in of(Gap, fold(items))] == [("strap/rr", "stalled for 10.0 s")]


def test_what_comes_before_its_device_is_known_is_rejected() -> None:
    outputs = Session(header()).feed(Frame(HostNs(1), "strap", "hr", b"\x00\x40"))
    assert of(Rejected, outputs) == [Rejected(HostNs(1), "strap", "hr", "came before its device was known")]


def test_a_profile_that_the_header_lacks_is_rejected() -> None:
    outputs = Session(header()).feed(Link(HostNs(1), "strap", "up", {"profile": "unheard-of"}))
    assert of(Rejected, outputs) == [Rejected(HostNs(1), "strap", "link", "no profile 'unheard-of' in the header")]


def test_a_strap_that_is_swapped_for_another_kind_is_decoded_anew() -> None:
    session = Session(header())
    session.feed(Link(HostNs(1), "strap", "up", {"profile": "simulated"}))
    session.feed(Link(HostNs(2), "strap", "up", {"profile": "generic-heart-rate"}))
    rejected = of(Rejected, session.feed(Frame(HostNs(3), "strap", "pmd", b"\x00")))
    assert rejected[0].why == "no such channel in the profile"


def test_after_a_reconnect_a_notification_that_comes_twice_at_once_counts_once() -> None:
    session = Session(header())
    up, down = Link(HostNs(1), "strap", "up", {"profile": "simulated"}), Link(HostNs(2), "strap", "down")
    for item in (up, down, up):
        session.feed(item)
    beat = bytes.fromhex("10400004")
    assert of(Sample, session.feed(Frame(HostNs(2 * NS), "strap", "hr", beat)))
    echo = session.feed(Frame(HostNs(2 * NS + 1_000_000), "strap", "hr", beat))
    assert of(Rejected, echo)[0].why == "delivered twice"
    assert not of(Sample, echo)
    assert of(Sample, session.feed(Frame(HostNs(3 * NS), "strap", "hr", beat)))


def test_device_words_are_shown() -> None:
    snapshot = of(Snapshot, whole())[-1]
    assert snapshot.said["strap/model"]
    assert snapshot.links["strap"].state == "armed"
    assert snapshot.inputs["strap/hr"] == sum(isinstance(i, Frame) and i.channel == "hr" for i in inputs())


def test_a_mark_is_kept_by_the_log_and_changes_no_figure() -> None:
    items = list(inputs())
    items.insert(200, Mark(items[200].t, "note", "left hip"))
    assert said(fold(items)) == said(whole())


def test_true_rates_are_shown_once_they_are_known() -> None:
    snapshots = of(Snapshot, whole())
    assert snapshots[-1].streams["strap/ecg"].rate_hz == pytest.approx(130, rel=1e-3)
    assert snapshots[-1].streams["strap/acc"].rate_hz == pytest.approx(204, rel=1e-3)  # 2 % above nominal


def test_traces_hold_the_last_seconds_however_samples_were_framed() -> None:
    trace = of(Snapshot, whole())[-1].traces["strap/ecg"]
    every = values(whole(), "strap/ecg")
    assert np.array_equal(trace.values, every[-len(trace.values) :])
    assert (trace.times[-1] - trace.times[0]) / NS == pytest.approx(5.0, abs=0.02)


def test_an_output_depends_on_nothing_that_comes_after_it() -> None:
    items = [item for item in inputs() if item.t < 40 * NS]
    prefix = fold(items)
    assert said(whole()[: len(prefix)]) == said(prefix)


PROGRAM = """
import hashlib, sys
from tidehold.records import encode
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs
scenario = load_scenario("link-drops")
items = list(virtual_inputs(scenario, 60))
session = Session(virtual_header(scenario, builtin_profiles()))
session.feed(items[0])
import os, random, socket, time
def forbidden(*_, **__): raise AssertionError("the fold looked at the world")
for module, names in ((time, ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
                              "clock_gettime", "clock_gettime_ns", "process_time", "sleep")),
                      (random, ("random", "randint", "gauss")), (os, ("urandom", "getpid", "open")),
                      (socket, ("socket",))):
    for name in names: setattr(module, name, forbidden)
session = Session(virtual_header(scenario, builtin_profiles()))
digest = hashlib.sha256()
for item in items:
    for out in session.feed(item): digest.update(encode(out))
print(digest.hexdigest())
"""


def test_with_the_clocks_patched_to_raise_and_under_any_hash_seed_the_bytes_are_the_same() -> None:
    found = set()
    for seed in ("0", "1", "42"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROGRAM]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        found.add(run.stdout)
    assert len(found) == 1


def phone_session() -> Session:
    started = msgspec.structs.replace(header(), profiles=header().profiles | {PROFILE.id: PROFILE})
    session = Session(started)
    session.feed(Link(HostNs(0), "phone", "up", {"profile": PROFILE.id}))
    return session


def test_a_phone_joins_the_strap_and_both_are_shown() -> None:
    session = phone_session()
    frames = [frame(each) for each in in_order(batches(seconds=60))]
    items = sorted([*inputs()[1:], *frames], key=lambda item: item.t)
    outputs = [out for item in [inputs()[0], *items] for out in session.feed(item)]
    shown = [out for out in of(Snapshot, outputs) if out.t < 60 * NS][-1]
    assert shown.streams["phone/acc"].rate_hz == pytest.approx(100.0, rel=1e-3)
    assert shown.streams["phone/acc"].age_s == pytest.approx(0.1, abs=0.15)
    assert shown.traces["phone/acc"].values.shape[1] == 3
    assert shown.inputs["phone/push"] > 290
    bar = last(outputs, "align/residual_ms")
    assert (bar.value or 999) < 60
    assert last(outputs, "phone/clock_residual_ms").value == pytest.approx(14, abs=10)
    alone = whole()
    assert np.array_equal(values(outputs, "strap/ecg"), values(alone, "strap/ecg"))
    assert not [out for out in of(Estimate, alone) if out.name.startswith("align/")]


def test_what_a_phone_held_back_is_let_go_by_a_tick_and_by_the_end() -> None:
    session = phone_session()
    sent = [frame(each) for each in in_order(batches(seconds=4))]
    for each in sent[:5] + sent[6:8]:
        session.feed(each)
    assert not of(Sample, session.feed(Tick(HostNs(3 * NS))))
    let_go = of(Sample, session.feed(Tick(HostNs(5 * NS))))
    assert [len(sample.times) for sample in let_go] == [40]
    session.feed(sent[9])
    assert [len(sample.times) for sample in of(Sample, session.feed(Stop(HostNs(6 * NS), "enough")))] == [20]


def test_a_phone_that_is_silent_is_lost_and_comes_back() -> None:
    session = phone_session()
    states: list[tuple[LinkState, dict[str, str]]] = [
        ("armed", {}),
        ("stalled", {"stream": "push", "silent_s": "5.0"}),
        ("stalled", {"stream": "push", "silent_s": "10.0"}),
        ("armed", {}),
        ("armed", {}),
        ("stalled", {}),
        ("down", {"reason": "the broker went away"}),
        ("up", {"profile": PROFILE.id}),
        ("armed", {"dropped": "3"}),
    ]
    outputs = [
        out
        for second, (state, detail) in enumerate(states)
        for out in session.feed(Link(HostNs(second * NS), "phone", state, detail))
    ]
    assert [(cue.kind, cue.text) for cue in of(Cue, outputs)] == [
        ("sensor-lost", f"phone: nothing for 5 s: {WAKE}"),
        ("sensor-back", "phone is back"),
        ("sensor-lost", f"phone: nothing for some s: {WAKE}"),
        ("sensor-lost", "phone: the broker went away"),
        ("sensor-back", "phone is back"),
    ]
    assert [(out.why, out.count) for out in of(Rejected, outputs)] == [("dropped: the queue was full", 3)]


def test_a_strap_of_which_one_stream_stalls_is_not_lost() -> None:
    session = Session(header())
    session.feed(Link(HostNs(0), "strap", "up", {"profile": "simulated"}))
    assert not session.feed(Link(HostNs(1), "strap", "stalled", {"stream": "ecg", "silent_s": "5.0"}))
    assert not session.feed(Link(HostNs(2), "strap", "armed"))


def test_refused_rr_intervals_leave_a_gap() -> None:
    session = Session(header())
    session.feed(Link(HostNs(1), "strap", "up", {"profile": "simulated"}))
    beats = {2: "10400004", 3: "10400004", 4: "1040ffff", 5: "10400004"}  # RR of 1 s; 64 s
    outputs = [
        out
        for t, beat in beats.items()
        for out in session.feed(Frame(HostNs(t * NS), "strap", "hr", bytes.fromhex(beat)))
    ]
    assert [each.why for each in of(Rejected, outputs)] == ["rr: outside 0.2..4"]
    assert [(gap.stream, gap.why) for gap in of(Gap, outputs)] == [
        ("strap/rr", "implausible RR intervals were refused")
    ]


def test_a_source_without_a_device_of_its_own_needs_no_profile() -> None:
    session = Session(header())
    outputs = session.feed(Link(HostNs(1), "broker", "up", {"address": "127.0.0.1:1883"}))
    outputs += session.feed(Tick(HostNs(NS)))
    assert not of(Rejected, outputs)
    assert of(Snapshot, outputs)[-1].links["broker"].state == "up"


def test_a_phones_posture_is_estimated_as_soon_as_there_is_a_phone() -> None:
    scenario = load_scenario("stretch-hold")
    head = virtual_header(scenario, builtin_profiles(), phone=True)
    session = Session(head)
    outputs = [out for item in virtual_inputs(scenario, 20, phone=True) for out in session.feed(item)]
    assert last(outputs, "phone/gravity_g").value == pytest.approx(1, abs=0.02)
    assert last(outputs, "phone/tilt_deg").value is not None
    assert not [out for out in of(Estimate, outputs) if out.name.startswith("strap/tilt")]
