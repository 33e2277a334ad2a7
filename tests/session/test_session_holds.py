"""Holds in the fold: a simulated leg in virtual time, what a person asks with marks, and why there is no score."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TypeVar

import msgspec
import pytest

from tidehold.errors import ConfigError
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Cue, DueHold, Estimate, Hold, HostNs, Input, Mark, Output, Rejected, Snapshot
from tidehold.routine import Phase, Routine, Step
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.session.holds import Holds, due_of
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import Fault, Scenario, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

T = TypeVar("T")
SCENARIO = load_scenario("stretch-hold")


def of(kind: type[T], outputs: Iterable[Output]) -> list[T]:
    return [out for out in outputs if isinstance(out, kind)]


def mark(t_s: float, verb: str, arg: str = "") -> Mark:
    return Mark(HostNs(round(t_s * NS)), verb, arg)


def header(scenario: Scenario, placement: str = "shin") -> Header:
    head = virtual_header(scenario, builtin_profiles(), phone=True)
    sources = {**head.sources, "phone": {**head.sources["phone"], "placement": placement}}
    return msgspec.structs.replace(head, sources=sources)


def folded(scenario: Scenario, seconds: float, marks: Iterable[Mark] = (), placement: str = "shin") -> list[Output]:
    """All that the phone leads to; the strap is left out, which costs most and says nothing here."""
    fold = Session(header(scenario, placement))
    items: list[Input] = [
        each for each in virtual_inputs(scenario, seconds, phone=True) if getattr(each, "source", "phone") == "phone"
    ]
    items = sorted([*items, *marks], key=lambda item: item.t)
    return [out for item in items for out in fold.feed(item)]


@cache
def whole() -> tuple[Output, ...]:
    """The scenario from its beginning until the leg is down again."""
    return tuple(folded(SCENARIO, 175))


def raised(outputs: Iterable[Output]) -> list[Hold]:
    return [hold for hold in of(Hold, outputs) if hold.figures is not None and (hold.figures.angle_deg or 0) > 20]


def named(outputs: Iterable[Output], name: str) -> dict[int, Estimate]:
    return {each.t // NS: each for each in of(Estimate, outputs) if each.name == name}


def test_each_hold_of_a_stretch_has_its_length_and_its_figures() -> None:
    first, tired, further = raised(whole())
    assert [hold.placement for hold in (first, tired, further)] == ["shin"] * 3
    assert first.start / NS == pytest.approx(16.5, abs=1)
    assert [hold.held_s for hold in (first, tired, further)] == [
        pytest.approx(30, abs=1),
        pytest.approx(60, abs=1.5),
        pytest.approx(29, abs=2),
    ]
    figures = [hold.figures for hold in (first, tired, further)]
    steady, drifting, _ = figures
    assert steady is not None
    assert drifting is not None
    assert [each.angle_deg for each in figures if each] == [
        pytest.approx(45, abs=1),
        pytest.approx(53.5, abs=1),
        pytest.approx(64, abs=1),
    ]
    assert steady.rms_deg == pytest.approx(0.4, abs=0.1)
    assert drifting.drift_deg_min == pytest.approx(3, abs=0.5)
    assert drifting.tremor_hz == pytest.approx(8.5, abs=0.2)
    assert first.score is not None
    assert first.why.endswith("70 is as steady as people who sit or stand")
    assert tired.score is not None
    assert tired.score < first.score
    assert "a tremor of " in tired.why


def test_holds_are_told_while_they_last_and_when_they_end() -> None:
    first = raised(whole())[0]
    lasts = named(whole(), "phone/hold_s")
    for second in (20, 30, 40):
        assert lasts[second].value == pytest.approx(second - first.start / NS, abs=1)
    cues = [cue for cue in of(Cue, whole()) if cue.kind.startswith("hold-")]
    assert [cue.kind for cue in cues[:4]] == ["hold-start", "hold-end"] * 2
    assert cues[2].t - first.start < 2.2 * NS
    assert cues[3].t == first.t
    shown = of(Snapshot, whole())
    assert [each.holds[-1:] == (first,) for each in shown if first.t <= each.t < first.t + NS] == [True] * 4
    assert shown[-1].holds == tuple(of(Hold, whole())[-3:])


def test_the_session_ends_a_hold_that_goes_on() -> None:
    outputs = folded(SCENARIO, 40)
    (hold,) = raised(outputs)
    assert hold.t == 40 * NS
    assert hold.held_s > 20
    assert of(Snapshot, outputs)[-1].holds[-1] == hold


def test_no_score_where_samples_are_missing_and_the_reason() -> None:
    asleep = Fault(kind="phone-sleep", at_s=25, for_s=2)
    (hold, *_) = raised(folded(msgspec.structs.replace(SCENARIO, fault=(asleep,)), 52))
    assert hold.score is None
    assert hold.why.endswith("s without samples")


def test_a_profile_that_does_not_fit_is_the_reason_for_every_figure() -> None:
    wrong = msgspec.structs.replace(load_scenario("wrong-profile"), body=SCENARIO.body)
    outputs = folded(wrong, 15)
    for name in ("tilt_deg", "angle_deg", "hold_s", "hold_score"):
        last = named(outputs, f"phone/{name}")[14]
        assert last.value is None
        assert "the profile does not fit this phone" in last.why


def test_a_mark_sets_zero_anew() -> None:
    angles = named(folded(SCENARIO, 40, [mark(25, "zero")]), "phone/angle_deg")
    assert angles[24].value == pytest.approx(45, abs=1)
    assert angles[39].value == pytest.approx(0, abs=2)


def test_a_mark_asks_for_a_hold_at_an_angle_until_another_ends_it() -> None:
    outputs = folded(SCENARIO, 40, [mark(10.1, "hold", "due 50"), mark(35.1, "hold")])
    asked = {each.t // NS: each.due for each in of(Snapshot, outputs)}
    assert (asked[9], asked[20], asked[37]) == (None, DueHold(HostNs(10_100_000_000), 50.0), None)
    bands = named(outputs, "phone/hold_in_band")
    assert bands[30].value == pytest.approx(0, abs=0.05)
    assert bands[39].value == pytest.approx(0, abs=0.05)  # it was asked for there: that stays true of this hold


@pytest.mark.parametrize(("arg", "target_deg"), [("due", None), ("due 45", 45.0), (" due -12.5 ", -12.5)])
def test_a_hold_is_asked_for_in_words(arg: str, target_deg: float | None) -> None:
    assert due_of(mark(3, "hold", arg)) == DueHold(HostNs(3 * NS), target_deg)
    assert due_of(mark(3, "hold")) is None


@pytest.mark.parametrize("arg", ["now", "due nan", "due 181", "due 1e2", "due 45 deg", "due -999"])
def test_what_asks_for_something_else_is_refused_and_changes_nothing(arg: str) -> None:
    with pytest.raises(ConfigError, match='hold: expected "due"'):
        due_of(mark(3, "hold", arg))
    holds = Holds(header(SCENARIO))
    holds.mark(mark(1, "hold", "due 30"))
    with pytest.raises(ConfigError, match='hold: expected "due"'):
        holds.mark(mark(3, "hold", arg))
    assert holds.due == DueHold(HostNs(NS), 30.0)
    (rejected, *_) = Session(header(SCENARIO)).feed(mark(3, "hold", arg))
    assert isinstance(rejected, Rejected)
    assert (rejected.source, rejected.channel) == ("person", "hold")


def test_a_sensor_that_comes_later_knows_what_is_asked_for_and_where_it_is_worn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[bool | None, float | None]] = []
    monkeypatch.setattr(HoldEstimator, "due", lambda _, due, target_deg=None: told.append((due, target_deg)))
    holds = Holds(header(SCENARIO, "thigh"))
    holds.mark(mark(1, "hold", "due 30"))
    holds.watch("phone")
    holds.mark(mark(2, "hold"))
    assert told == [(True, 30.0), (None, None)]


def test_where_a_routine_asks_for_no_hold_none_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool | None] = []
    monkeypatch.setattr(HoldEstimator, "due", lambda _, due, target_deg=None: told.append(due))
    step = Step(id="1", name="rest", kind="free", seconds=10)
    routine = Routine(id="r", name="R", phases=(Phase(id="p", name="P", steps=(step,)),))
    holds = Holds(msgspec.structs.replace(header(SCENARIO), routine=routine))
    holds.watch("phone")
    holds.ask(DueHold(HostNs(NS)))
    holds.ask(None)
    assert told == [False, True, False]


@pytest.mark.parametrize(
    ("rate_bpm", "confidence", "known_bpm"), [(6.0, 0.4, 6.0), (6.0, 0.39, None), (None, 0.9, None)]
)
def test_breathing_is_known_to_holds_when_it_is_sure(
    rate_bpm: float | None, confidence: float, known_bpm: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float | None] = []
    monkeypatch.setattr(HoldEstimator, "breathing", lambda _, rate_bpm: told.append(rate_bpm))
    holds = Holds(header(SCENARIO, "breastbone"))
    holds.watch("phone")
    holds.hear(Estimate(HostNs(NS), "breathing/rate_bpm", rate_bpm, confidence, "unknown"))
    holds.hear(Estimate(HostNs(NS), "heart/hr_bpm", 60.0, 1.0))
    assert told == [known_bpm]


def test_a_placement_is_checked_where_one_was_said() -> None:
    holds = Holds(header(SCENARIO, "thigh"))
    assert holds.check("phone") is None  # not watched
    watched = holds.watch("phone")
    check = holds.check("phone")
    assert check is not None
    assert [each.name for each in check.estimate(HostNs(NS))] == ["phone/placement_fit"]
    assert watched.posture.end is None
    unsaid = Holds(header(SCENARIO, ""))
    unsaid.watch("phone")
    assert unsaid.check("phone") is None
