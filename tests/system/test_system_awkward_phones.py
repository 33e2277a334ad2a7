"""Phones as people have them: what each of them leads to in a session, and what the person is told and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeVar

import msgspec
import pytest

from tidehold.records import (
    Cue,
    Estimate,
    Frame,
    Gap,
    Hold,
    HostNs,
    Input,
    Output,
    Recording,
    Rejected,
    Sample,
    Snapshot,
    Status,
    UnixNs,
)
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.tui.health import more_lines, table_lines
from tidehold.tui.hold_words import hold_lines
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.units import NS
from tidehold_simulators.scenario import App, BodySpec, Fault, PhoneSpec, Pose, Scenario, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

T = TypeVar("T")
STRETCH = load_scenario("stretch-hold")
ACC = 2
"""The first byte of a strap's frame of acceleration."""


def of(kind: type[T], outputs: Iterable[Output]) -> list[T]:
    return [out for out in outputs if isinstance(out, kind)]


def recorded(scenario: Scenario, seconds: float, placement: str = "shin", *, strap: bool = False) -> list[Output]:
    """What the session comes to; of the strap, if it is worn, the acceleration alone."""
    head = virtual_header(scenario, builtin_profiles(), phone=True)
    phone = {**head.sources["phone"], "placement": placement}
    fold = Session(msgspec.structs.replace(head, sources={**head.sources, "phone": phone}))
    heard = [item for item in virtual_inputs(scenario, seconds, phone=True) if is_heard(item, strap=strap)]
    return [out for item in heard for out in fold.feed(item)]


def is_heard(item: Input, *, strap: bool) -> bool:
    if getattr(item, "source", "") != "strap":
        return True
    return strap and (not isinstance(item, Frame) or (item.channel == "pmd" and item.payload[0] == ACC))


@cache
def stretched(name: str, seconds: float) -> tuple[Output, ...]:
    """The phone of a scenario, on a leg that is raised from 15 to 47 s, and again from 59 s on."""
    return tuple(recorded(msgspec.structs.replace(load_scenario(name), body=STRETCH.body), seconds))


def said(outputs: Iterable[Output], name: str) -> dict[int, Estimate]:
    return {each.t // NS: each for each in of(Estimate, outputs) if each.name == f"phone/{name}"}


def cues(outputs: Iterable[Output]) -> list[tuple[str, str]]:
    return [(cue.kind, cue.text) for cue in of(Cue, outputs)]


def shown(outputs: Sequence[Output], second: float) -> str:
    """What is on the dashboard: the panel of holds, the table of health, and what is not known."""
    snapshot = next(out for out in of(Snapshot, outputs) if out.t >= second * NS)
    news = News(Status(Recording("s.mcap.part", "s", UnixNs(0), "recording"), snapshot))
    return "\n".join(plain(lines) for lines in (hold_lines(news, 100, 12), table_lines(news), more_lines(news)))


def raised(outputs: Iterable[Output]) -> list[Hold]:
    return [hold for hold in of(Hold, outputs) if hold.figures is not None and (hold.figures.angle_deg or 0) > 20]


def test_a_wrong_profile_is_said_once_with_what_to_do_and_nothing_is_called_a_hold() -> None:
    outputs = stretched("wrong-profile", 60)
    why = "gravity measures 0.10 g: the profile does not fit this phone (values look like g; try sensor-logger-ios)"
    assert cues(outputs) == [
        ("profile", f"phone: {why}. No angle and no hold is told: record again with the profile that fits")
    ]
    assert of(Hold, outputs) == []
    for name in ("tilt_deg", "angle_deg", "rms_deg", "hold_s", "hold_score"):
        assert {(each.value, each.why) for second, each in said(outputs, name).items() if second > 2} == {(None, why)}
    assert f"unknown: {why}" in shown(outputs, 30)


def test_with_the_profile_that_was_named_the_same_phone_is_understood() -> None:
    wrong = load_scenario("wrong-profile")
    phone = msgspec.structs.replace(wrong.phone, claims="sensor-logger-ios")
    outputs = recorded(msgspec.structs.replace(STRETCH, phone=phone), 50)
    assert "profile" not in [kind for kind, _ in cues(outputs)]
    (hold,) = raised(outputs)
    assert hold.score is not None


@pytest.mark.parametrize(("app", "claims"), [("phyphox", "sensor-logger-ios"), ("sensor-logger-ios", "phyphox")])
def test_messages_of_another_app_are_said_to_hold_nothing(app: App, claims: App) -> None:
    phone = msgspec.structs.replace(STRETCH.phone, app=app, claims=claims)
    outputs = recorded(msgspec.structs.replace(STRETCH, phone=phone), 20)
    ((kind, text),) = cues(outputs)
    assert kind == "profile"
    assert text.startswith("phone: messages come, but no acceleration in them: is it ")
    assert text.endswith("Record again with the profile that fits, or switch the accelerometer on in the app")
    assert of(Hold, outputs) == []
    assert {each.value for each in said(outputs, "tilt_deg").values()} == {None}


def test_a_phone_asleep_for_20_s_is_missed_and_its_hold_ends_without_a_score() -> None:
    outputs = stretched("phone-sleeps-20s", 80)
    lost = ("sensor-lost", "phone: nothing for 5 s: wake it, and keep its app in front")
    assert [cue for cue in cues(outputs) if cue[0].startswith("sensor-")] == [lost, ("sensor-back", "phone is back")]
    asleep, awake = raised(outputs)[:2]
    assert (asleep.score, asleep.why) == (None, "the samples broke off")
    assert asleep.end / NS == pytest.approx(30, abs=0.5)
    assert asleep.t / NS == pytest.approx(40, abs=1)
    for name in ("tilt_deg", "angle_deg", "hold_s"):
        silent = [said(outputs, name)[second] for second in range(33, 50)]
        assert {each.value for each in silent} == {None}
        assert [each.why for each in silent] == [f"no samples for {second - 30} s" for second in range(33, 50)]
    assert "no samples for 10 s" in shown(outputs, 40)
    assert "phone ! stalled" in shown(outputs, 40)
    assert {gap.why for gap in of(Gap, outputs)} == {"stalled for 5.0 s"}
    assert said(outputs, "tilt_deg")[53].value == pytest.approx(0, abs=1)
    assert said(outputs, "angle_deg")[70].value == pytest.approx(54.5, abs=1.5)
    assert awake.start / NS == pytest.approx(61, abs=1)


def test_a_clump_of_old_samples_moves_no_angle_and_breaks_no_hold() -> None:
    outputs, prompt = stretched("phone-batches-late", 52), stretched("stretch-hold", 52)
    for second in (23, 24):
        assert said(outputs, "tilt_deg")[second].why == f"no samples for {second - 20} s"
    for name in ("tilt_deg", "angle_deg"):
        told, usual = said(outputs, name), said(prompt, name)
        apart = [abs((told[k].value or 0) - (usual[k].value or 0)) for k in (*range(10, 21), *range(25, 52))]
        assert max(apart) < 0.3
    (hold,), (same,) = raised(outputs), raised(prompt)
    assert hold.held_s == pytest.approx(same.held_s, abs=0.1)
    assert hold.score == pytest.approx(same.score, abs=1)
    assert of(Gap, outputs) == []


def test_what_comes_after_newer_samples_were_used_is_counted_and_moves_nothing() -> None:
    """Messages without numbers cannot wait for each other: a clump that is overtaken comes too late."""
    phone = msgspec.structs.replace(STRETCH.phone, app="phyphox")
    scenario = msgspec.structs.replace(STRETCH, phone=phone)
    head = virtual_header(scenario, builtin_profiles(), phone=True)
    fold = Session(head)
    items = [item for item in virtual_inputs(scenario, 30, phone=True) if is_heard(item, strap=False)]
    held = [item for item in items if isinstance(item, Frame) and 20 * NS <= item.t < 23 * NS]
    late = [msgspec.structs.replace(item, t=HostNs(25 * NS + k)) for k, item in enumerate(held)]
    ordered = sorted([*(item for item in items if item not in held), *late], key=lambda item: item.t)
    outputs = [out for item in ordered for out in fold.feed(item)]
    why = "came too late: newer samples had been used already"
    assert sum(each.count for each in of(Rejected, outputs) if each.why == why) > 500
    assert f"phone/push: {why}" in shown(outputs, 29)
    heard = [sample for sample in of(Sample, outputs) if sample.stream == "phone/acc"]
    assert all(sample.times[0] > 23 * NS for sample in heard if sample.t >= 25 * NS)
    assert all(abs((said(outputs, "tilt_deg")[second].value or 0) - 45) < 1.5 for second in range(24, 30))
    (gap,) = {(gap.start // NS, gap.end // NS) for gap in of(Gap, outputs) if gap.stream == "phone/acc"}
    assert gap == (19, 22)


def test_a_20_hz_phone_has_angle_and_hold_but_no_tremor_and_is_told_what_to_set() -> None:
    outputs = stretched("phone-20hz", 52)
    (hold,) = raised(outputs)
    assert hold.held_s == pytest.approx(30.5, abs=1)
    assert hold.score is not None
    assert hold.figures is not None
    assert (hold.figures.tremor_deg_s, hold.figures.tremor_hz) == (None, None)
    assert said(outputs, "angle_deg")[30].value == pytest.approx(45, abs=1)
    why = "20 samples a second are too few for tremor: set the app to 50 or more"
    assert (said(outputs, "hold_tremor_deg_s")[40].value, said(outputs, "hold_tremor_deg_s")[40].why) == (None, why)
    assert f"phone/hold_tremor_deg_s: {why}" in shown(outputs, 40)


def moved(segments: str) -> Scenario:
    """A person who lifts a leg ("l") or leans with the trunk ("t"), each for 8 s, and rests between them."""
    poses = [Pose(seconds=8)]
    for letter in segments:
        poses += [Pose(seconds=8, segment="leg" if letter == "l" else "trunk", angle_deg=40), Pose(seconds=8)]
    return msgspec.structs.replace(STRETCH, body=BodySpec(pose=(*poses, Pose())), phone=PhoneSpec(rate_hz=50.0))


@pytest.mark.parametrize(
    ("segments", "placement", "how"),
    [
        ("lll", "breastbone", "it moves as a leg does, and the chest does not"),
        ("tt", "belly", "it stays where it is when the chest moves"),
        ("ltl", "shin", ""),
    ],
)
def test_a_phone_that_is_worn_elsewhere_than_it_was_said_is_asked_about_once(
    segments: str, placement: str, how: str
) -> None:
    outputs = recorded(moved(segments), 20 + 16 * len(segments), placement, strap=True)
    asked = [text for kind, text in cues(outputs) if kind == "placement"]
    where = "is it in the right place? (placement in tidehold.toml, or --placement)"
    assert asked == ([f"phone is set as worn on the {placement}, but {how}: {where}"] if how else [])
    fits = said(outputs, "placement_fit")
    assert (fits[5].value, fits[5].why) == (None, "no leg was moved and no posture changed there and back yet")
    assert fits[max(fits)].value == (0 if how else 1)
    assert "phone/placement_fit: no leg was moved" in shown(outputs, 6)
    last = shown(outputs, max(fits))
    assert (f"! phone is set as worn on the {placement}, but {how}" in last) == bool(how)


def test_of_a_phone_whose_place_nobody_said_nothing_is_judged() -> None:
    assert said(recorded(moved("l"), 12, ""), "placement_fit") == {}


def test_a_phone_that_wakes_late_gives_all_it_kept_in_one_piece_and_no_hold_is_invented() -> None:
    asleep = Fault(kind="phone-sleep", at_s=25, for_s=7, late=True)
    phone = msgspec.structs.replace(STRETCH.phone, extras=False, gravity=False)
    outputs = recorded(msgspec.structs.replace(STRETCH, fault=(asleep,), phone=phone), 52)
    assert of(Gap, outputs) == []
    (hold,) = raised(outputs)
    assert hold.held_s == pytest.approx(30, abs=1)
    assert ("sensor-back", "phone is back") in cues(outputs)
    assert said(outputs, "tilt_deg")[31].why == "no samples for 6 s"
    assert all(abs((each.value or 0) - 45) < 1.5 for k, each in said(outputs, "tilt_deg").items() if 33 <= k < 46)
