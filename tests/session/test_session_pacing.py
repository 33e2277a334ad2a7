"""The pacer in the fold: marks turn it on and off, the breathing is compared with it, and every view is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import pytest

from tidehold.coach.adherence import FIGURES
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.records import (
    Breath,
    Estimate,
    HostNs,
    Input,
    Mark,
    Output,
    Pacing,
    Pattern,
    Rejected,
    Snapshot,
    Stop,
    Tick,
    UnixNs,
)
from tidehold.session.fold import Session, chest_sources
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

T = TypeVar("T")
HEADER = Header(session="test", started=UnixNs(0))


def of(kind: type[T], outputs: Iterable[Output]) -> list[T]:
    return [out for out in outputs if isinstance(out, kind)]


def ticks(start_s: float, end_s: float) -> list[Input]:
    """Four a second, from after the start to the end."""
    return [Tick(HostNs(k * NS // 4)) for k in range(round(4 * start_s) + 1, round(4 * end_s) + 1)]


def pace(t_s: float, arg: str = "4/6") -> Mark:
    return Mark(HostNs(round(t_s * NS)), "pace", arg)


def fold(items: Iterable[Input]) -> list[Output]:
    session = Session(HEADER)
    return [out for item in items for out in session.feed(item)]


@pytest.fixture
def in_step(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Someone whose breath is known at every tick: 6/min from 0 s on. What the estimator was told and asked."""
    calls: list[tuple[str, object]] = []

    def live(_: BreathingEstimator, now: HostNs) -> list[Output]:
        calls.append(("live", now))
        said: list[Output] = [Estimate(now, "breathing/phase_rad", now / NS % 10 / 10 * 6.283185, 0.9)]
        if now % (10 * NS) == 0:
            said.append(Breath(now, HostNs(now - 10 * NS), HostNs(now - 6 * NS), now, 0.9))
        return said

    def estimate(_: BreathingEstimator, now: HostNs) -> tuple[Estimate, ...]:
        return (Estimate(now, "breathing/rate_bpm", 6.0, 0.9),)

    monkeypatch.setattr(BreathingEstimator, "live", live)
    monkeypatch.setattr(BreathingEstimator, "estimate", estimate)
    monkeypatch.setattr(BreathingEstimator, "pace", lambda _, pacing: calls.append(("pace", pacing)))
    return calls


def test_the_breath_is_asked_for_at_every_tick_and_at_the_stop(in_step: list[tuple[str, object]]) -> None:
    fold([*ticks(0, 3), Mark(HostNs(3 * NS), "note", "x"), Stop(HostNs(3 * NS + 7), "over")])
    assert in_step == [("live", item.t) for item in ticks(0, 3)] + [("live", 3 * NS + 7)]


def test_a_mark_paces_from_its_time_on_until_one_without_a_pattern(in_step: list[tuple[str, object]]) -> None:
    outputs = fold([*ticks(0, 1), pace(1.1, "4/2/6/0"), *ticks(1.1, 2), pace(2.1, ""), *ticks(2.1, 3)])
    pacing = Pacing(HostNs(1_100_000_000), Pattern(4, 2, 6, 0))
    shown = [snapshot.pacing for snapshot in of(Snapshot, outputs)]
    assert shown == [None] * 4 + [pacing] * 4 + [None] * 4
    assert [told for what, told in in_step if what == "pace"] == [pacing, None]


def test_a_mark_with_no_pattern_in_it_is_rejected_and_changes_nothing(in_step: list[tuple[str, object]]) -> None:
    outputs = fold([pace(0.1), pace(0.2, "slowly"), *ticks(0.2, 1)])
    (rejected,) = of(Rejected, outputs)
    assert (rejected.source, rejected.channel) == ("person", "pace")
    assert rejected.why.startswith('pacer: expected seconds as "IN/OUT"')
    assert of(Snapshot, outputs)[-1].pacing == Pacing(HostNs(NS // 10), Pattern())
    assert [told for what, told in in_step if what == "pace"] == [Pacing(HostNs(NS // 10), Pattern())]


@pytest.mark.usefixtures("in_step")
def test_who_is_in_step_is_told_so_each_second_and_at_the_end() -> None:
    outputs = fold([pace(0), *ticks(0, 70), Stop(HostNs(71 * NS), "over")])
    named = {name: [out for out in of(Estimate, outputs) if out.name == f"pacing/{name}"] for name in FIGURES}
    assert all(len(said) == 72 for said in named.values())
    assert named["score"][-1].value == pytest.approx(100, abs=0.1)
    assert named["plv"][-1].value == pytest.approx(1)
    assert named["lag_s"][-1].value == pytest.approx(0, abs=0.01)
    assert [out.value for out in of(Estimate, outputs) if out.name == "pacing/breath_error_s"] == [0.0] * 7
    shown = of(Snapshot, outputs)[-1].estimates
    for scope in ("step", "session"):
        score = shown[f"pacing/{scope}_score"]
        assert score.value == pytest.approx(100, abs=0.1)
        assert score.quality == 1


@pytest.mark.usefixtures("in_step")
def test_without_a_pacer_nothing_is_said_of_it() -> None:
    outputs = fold([*ticks(0, 20), Stop(HostNs(21 * NS), "over")])
    assert not [out for out in of(Estimate, outputs) if out.name.startswith("pacing/")]


def test_without_a_sensor_the_score_says_why_it_is_unknown() -> None:
    outputs = fold([pace(0), *ticks(0, 100), Stop(HostNs(101 * NS), "over")])
    shown = of(Snapshot, outputs)[-1].estimates
    for name in ("score", "plv", "lag_s", "rate_error", "session_score"):
        assert shown[f"pacing/{name}"].value is None
        assert shown[f"pacing/{name}"].why


@pytest.mark.parametrize(
    ("placement", "sources"),
    [("breastbone", ("strap", "phone")), ("belly", ("strap", "phone")), ("shin", ("strap",)), (None, ("strap",))],
)
def test_a_phone_on_the_chest_sees_the_breathing(placement: str | None, sources: tuple[str, ...]) -> None:
    phone = {"profile": "phyphox"} | ({"placement": placement} if placement else {})
    header = Header(session="test", started=UnixNs(0), sources={"strap": {"name": ""}, "phone": phone})
    assert chest_sources(header) == sources


LAG_ERROR_S, JITTER_ERROR_S, RATIO_ERROR = 1.2, 0.2, 0.2
"""What chest motion leaves open of a person's lag, jitter and in/out ratio at six breaths a minute."""


def simulated(scenario: str, seconds: float) -> dict[str, Estimate]:
    """The last figures of a simulated person beside a pacer."""
    plan = load_scenario(scenario)
    session = Session(virtual_header(plan, builtin_profiles()))
    shown: dict[str, Estimate] = {}
    for item in virtual_inputs(plan, seconds):
        for snapshot in of(Snapshot, session.feed(item)):
            shown = snapshot.estimates
    return shown


@pytest.mark.parametrize(
    ("scenario", "lag_s", "jitter_s", "ratio"), [("paced-4-6", 0.2, 0.1, 0.67), ("paced-late", 1.0, 0.4, 0.43)]
)
def test_a_simulated_person_who_follows_gets_back_how(
    scenario: str, lag_s: float, jitter_s: float, ratio: float
) -> None:
    shown = simulated(scenario, 150)
    found = {name: shown[f"pacing/{name}"].value for name in FIGURES}
    assert None not in found.values()
    assert (found["score"] or 0) > 90
    assert found["lag_s"] == pytest.approx(lag_s, abs=LAG_ERROR_S)
    assert found["jitter_s"] == pytest.approx(jitter_s, abs=JITTER_ERROR_S)
    assert found["in_out_ratio"] == pytest.approx(ratio, abs=RATIO_ERROR)


def test_a_simulated_person_who_breathes_at_14_while_paced_at_6_scores_under_10() -> None:
    shown = simulated("breathes-14-while-paced", 100)
    for name in ("score", "session_score"):
        value = shown[f"pacing/{name}"].value
        assert value is not None
        assert value < 10
