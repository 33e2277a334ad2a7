"""What goes wrong is found when it lasts, is over when it is, and is said only so often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from tests.coach.led import Figures, Led, ns, routine, step
from tidehold.coach.findings import AGAIN_S, APART_NS, LOST, RULES
from tidehold.records import Cue, DueHold, Pattern
from tidehold.routine import Finding, StepKind, Target
from tidehold.units import NS

KINDS = (
    "breath-held",
    "pace-off",
    "short-of-target",
    "past-target",
    "let-go",
    "slipping",
    "tremor-rising",
    "cycle-skipped",
    "too-fast",
    "past-hinge",
    "sensor-lost",
)


def going(figures: Figures | None, kind: str = "hold", seconds: float = 120.0, **more: Any) -> Led:
    """A step that has begun, with a phone on the shin and a strap."""
    one = Led(routine(step(kind, seconds, **more)), {"strap": "", "phone": "shin"}, figures)
    one.mark("start")
    return one


def held(angle: float, hold_s: float | None = 5.0, **more: float | None) -> dict[str, Any]:
    """What is said of a hold at this angle."""
    known: dict[str, Any] = {"phone/angle_deg": angle, "phone/hold_s": hold_s or (None, "moving")}
    return known | {f"phone/{name}": value for name, value in more.items()}


def onsets(one: Led) -> list[tuple[str, float]]:
    return [(each.kind, each.t / NS) for each in one.of(Finding) if each.until is None]


def test_the_table_has_every_kind_once_with_a_limit_that_lets_go_before_it_takes_hold() -> None:
    assert sorted(AGAIN_S) == sorted(KINDS)
    assert len(RULES) + 1 == len(KINDS)
    for rule in RULES:
        assert rule.off < rule.on
        assert rule.again_s >= 20
        assert rule.text
        assert set(rule.steps) <= set(get_args(StepKind))


def test_a_held_breath_is_found_within_five_seconds_of_its_cue_and_is_over_with_it() -> None:
    def figures(t: float) -> dict[str, Any]:
        sure = 0.95 if t < 23 else max(0.4, 0.95 - (t - 23) / 50)
        return {"breathing/held_s": max(0.0, t - 20) if t < 35 else 0.0, "breathing/rate_bpm": (12.0, sure)}

    one = going(figures)
    one.to(24.5)
    one.hear(Cue(ns(24.5), "breath-held", "breath held for 4 s"))
    one.to(35.5)
    one.hear(Cue(ns(35.5), "breath-back", "breathing again"))
    one.to(60)
    ((kind, since, until),) = one.found()
    assert kind == "breath-held"
    assert since == pytest.approx(29, abs=0.5)
    assert until == pytest.approx(35.5, abs=0.5)
    assert one.cues("finding") == ["Let your breath flow."]
    assert onsets(one)[0][1] <= 29.5


def test_a_lull_of_the_chest_while_the_rhythm_is_about_as_clear_as_before_is_no_held_breath() -> None:
    one = going(lambda t: {"breathing/held_s": t - 20, "breathing/rate_bpm": (12.0, 0.88 if t % 4 else 0.96)})
    one.to(24.5)
    one.hear(Cue(ns(24.5), "breath-held", "breath held for 4 s"))
    one.to(60)
    assert one.kinds() == []


def test_a_pause_that_the_pacer_asks_for_is_no_held_breath() -> None:
    one = going(lambda t: {"breathing/held_s": t % 10}, "breathe", pattern="4/6/4/6")
    one.to(110)
    assert one.kinds() == []


def paced(rate_error: float | None, plv: float | None, *, turns_s: float = 200.0) -> Figures:
    """Someone whose breath is not known to be wrong for the first 20 s, and follows from `turns_s` on."""

    def figures(t: float) -> dict[str, float | None]:
        off = rate_error if t < turns_s else 0.02
        return {"pacing/rate_error": off if t > 20 else None, "pacing/plv": plv if 30 < t < turns_s else None}

    return figures


@pytest.mark.parametrize(("rate_error", "plv"), [(1.33, 0.1), (1.33, None), (0.05, 0.2), (-0.4, 0.4)])
def test_breathing_that_does_not_follow_the_pacer_is_found(rate_error: float, plv: float | None) -> None:
    one = going(paced(rate_error, plv, turns_s=80), "breathe")
    one.to(120)
    ((kind, since, until),) = one.found()
    assert kind == "pace-off"
    assert 45 <= since <= 48
    assert 80 <= until <= 92
    assert onsets(one)[0][1] <= 57


@pytest.mark.parametrize(
    ("rate_error", "plv", "sure", "is_found"),
    [
        (1.33, None, lambda t: 0.9, True),
        (1.33, 0.1, lambda t: 0.45, True),
        (1.33, None, lambda t: 0.35, False),
        (1.33, None, lambda t: 0.9 if t < 10 else 0.65, False),
        (0.4, None, lambda t: 0.9, False),
        (1.0, 0.9, lambda t: 0.9, False),
    ],
)
def test_who_plainly_breathes_much_faster_is_told_after_half_a_minute(
    rate_error: float, plv: float | None, sure: Callable[[float], float], is_found: bool
) -> None:
    def figures(t: float) -> dict[str, float | tuple[float | None, float] | None]:
        return {"pacing/rate_error": rate_error, "pacing/plv": plv, "breathing/rate_bpm": (14.0, sure(t))}

    one = going(figures, "breathe")
    one.to(44)
    assert onsets(one) == ([("pace-off", 33.0)] if is_found else [])


def test_who_falls_into_step_late_is_left_alone() -> None:
    """From 15 s on; the rate that is known goes on at first, and is less and less sure."""

    def figures(t: float) -> dict[str, float | tuple[float | None, float] | None]:
        sure = 0.93 if t < 23 else 0.93 - 0.05 * (t - 23) if t < 35 else 0.95
        off = 1.33 if t < 35 else 0.04
        return {"pacing/rate_error": off, "pacing/plv": None, "breathing/rate_bpm": (6 + 6 * off, sure)}

    one = going(figures, "breathe")
    one.to(119)
    assert one.kinds() == []


@pytest.mark.parametrize(("rate_error", "plv"), [(0.1, 0.95), (0.15, 0.6), (1.0, 0.9), (None, 0.8), (None, None)])
def test_who_follows_the_pacer_is_left_alone(rate_error: float | None, plv: float | None) -> None:
    one = going(paced(rate_error, plv), "breathe")
    one.to(119)
    assert one.kinds() == []


def test_after_a_pause_there_is_time_to_follow_again() -> None:
    one = going(lambda t: {"pacing/rate_error": 1.0 if 60 < t < 85 else 0.0}, "breathe")
    one.to(60)
    one.mark("pause", at_s=60)
    one.mark("resume", at_s=61)
    one.to(119)
    assert one.kinds() == []


def test_past_the_target_is_found_after_three_seconds() -> None:
    aimed = Target(deg=40)
    one = going(lambda t: held(45.0 if 30 <= t < 50 else 41.0), target=aimed)
    one.to(100)
    ((kind, since, until),) = one.found()
    assert (kind, since, until) == ("past-target", 30, 50)
    assert onsets(one) == [("past-target", 32.5)]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_target_has_two_sides_wherever_it_is(sign: int) -> None:
    one = going(lambda t: held(sign * (33.0 if t < 40 else 47.0)), target=Target(deg=sign * 40.0))
    one.to(60)
    assert one.kinds() == ["short-of-target", "past-target"]
    finding = one.of(Finding)[0]
    assert finding.text == "7 degrees short of the target."


@pytest.mark.parametrize("off", [-4.0, -2.0, 0.0, 2.9])
def test_near_the_target_is_good_enough(off: float) -> None:
    one = going(lambda t: held(40 + off + (0.7 if t % 4 < 2 else -0.7)), target=Target(deg=40))
    one.to(100)
    assert one.kinds() == []


def test_getting_to_the_target_takes_its_time() -> None:
    one = going(lambda t: held(4 * t, None) if t < 10 else held(40), target=Target(deg=40))
    one.to(60)
    assert one.kinds() == []


@pytest.mark.parametrize("target", [None, Target(deg=45)])
def test_letting_go_is_found_even_if_upright_is_held_again(target: Target | None) -> None:
    def figures(t: float) -> dict[str, Any]:
        return held(10 * t, None) if t < 4.5 else held(45) if t < 60 else held(2, None if t < 62 else 3.0)

    one = going(figures, target=target)
    one.to(100)
    assert one.kinds()[0] == "let-go"
    assert one.kinds() == ["let-go"]
    assert one.of(Finding)[0].since == ns(60)
    assert one.of(Finding)[0].t <= ns(64)


def test_who_goes_back_into_the_hold_within_three_seconds_has_not_let_go() -> None:
    one = going(lambda t: held(25, None) if 60 <= t < 63 else held(45))
    one.to(119)
    assert one.kinds() == []


def test_without_an_angle_a_hold_that_ends_is_let_go_of_but_a_gap_is_not() -> None:
    def figures(t: float) -> dict[str, Any]:
        if t < 40:
            return {"phone/hold_s": t}
        return {"phone/hold_s": (None, "no samples for 5 s" if t < 60 else "moving")}

    one = going(figures)
    one.to(80)
    assert onsets(one) == [("let-go", 63.0)]


@pytest.mark.parametrize(("ends_s", "found"), [(110.0, True), (113.0, True), (116.5, False)])
def test_letting_go_in_the_last_five_seconds_is_none(ends_s: float, found: bool) -> None:
    one = going(lambda t: held(45) if t < ends_s else held(2, None))
    one.to(130)
    assert one.kinds() == (["let-go"] if found else [])


def test_a_stop_on_the_way_is_no_hold() -> None:
    one = going(lambda t: held(0.5, 3.0) if t < 4 else held(6 * (t - 4), None) if t < 12 else held(48))
    one.to(119)
    assert one.kinds() == []


def test_a_hold_that_has_not_come_near_its_target_is_short_of_it_not_let_go_of() -> None:
    one = going(lambda t: held(20) if t < 40 else held(2), target=Target(deg=40))
    one.to(80)
    assert one.kinds() == ["short-of-target"]


def test_a_slip_is_found_where_something_is_held() -> None:
    for kind in ("hold", "cycles", "walk"):
        one = going(None, kind)
        one.to(30)
        one.hear(Cue(ns(30.1), "slip", "phone: slipped by 3.0 deg"), Cue(ns(30.1), "slip", "other: slipped"))
        one.to(60)
        assert one.kinds() == ([] if kind == "walk" else ["slipping"])
        assert one.cues("finding") == ([] if kind == "walk" else ["You slipped: settle again."])


def test_leaving_the_last_steps_hold_is_no_slip() -> None:
    one = going(lambda t: held(2, hold_s=None if 4 < t < 7 else t), target=Target(deg=40))
    one.to(3)
    one.hear(Cue(ns(3.1), "slip", "phone: slipped by 12.0 deg"))
    one.to(11)
    assert one.kinds() == []
    one.to(13)
    one.hear(Cue(ns(13.1), "slip", "phone: slipped by 12.0 deg"))
    one.to(15)
    assert one.kinds() == ["slipping"]


def test_a_tremor_rises_when_two_trends_agree() -> None:
    one = going(lambda t: held(40, tremor_rise_percent_min=80.0 if 30 <= t < 40 or t >= 60 else 0.0))
    one.to(100)
    assert onsets(one) == [("tremor-rising", 71.0)]


@pytest.mark.parametrize(("done", "found"), [([1, 2, 3], []), ([1, 1, 2], [48.5]), ([0, 0, 0], [23.5, 48.5, 73.5])])
def test_a_skipped_cycle_is_found_before_the_next_one(done: list[int], found: list[float]) -> None:
    def figures(t: float) -> dict[str, float | None]:
        return {"phone/cycles_done": float(([0, *done])[min(3, int((t + 13.9) // 25))])}

    one = going(figures, "cycles", 75, cycles=3)
    one.to(80)
    assert onsets(one) == [("cycle-skipped", t) for t in found]


def test_where_cycles_cannot_be_seen_none_is_skipped() -> None:
    one = going(lambda _: {"phone/cycles_done": None}, "cycles", 75, cycles=3)
    one.to(80)
    assert one.kinds() == []


def test_cycles_after_a_pause_are_counted_anew() -> None:
    one = going(lambda t: {"phone/cycles_done": 1.0 if t < 30 or t > 90 else 0.0}, "cycles", 75, cycles=3)
    one.to(30)
    one.mark("pause", at_s=30)
    one.to(40)
    one.mark("resume", at_s=40)
    assert one.coach.asked.task is None  # a cycle that was stopped is not measured
    one.to(61)
    assert list(dict.fromkeys(asked.task.count for _, asked in one.asked if asked.task)) == [3, 1]
    one.to(90)
    assert one.kinds() == ["cycle-skipped"]  # the third; of the second nothing is known


@pytest.mark.parametrize(("limit", "speed", "found"), [(0.0, 9.0, False), (0.0, 14.0, True), (5.0, 9.0, True)])
def test_moving_too_fast_is_found_from_one_figure_on(limit: float, speed: float, found: bool) -> None:
    one = going(lambda t: {"phone/speed_deg_s": speed if t == 30 else 4.0}, "slow", limit_deg_s=limit)
    one.to(60)
    assert onsets(one) == ([("too-fast", 30.5)] if found else [])


def test_a_movement_that_is_over_within_a_second_is_too_fast_however_slow_its_ends() -> None:
    """Rolled up by 26 degrees between two figures of 5 degrees/s."""
    one = going(lambda t: {"phone/speed_deg_s": 5.0 if 29 < t < 31 else 0.2, **held(26 if t < 30 else 0)}, "slow")
    one.to(60)
    assert onsets(one) == [("too-fast", 30.5)]


@pytest.mark.parametrize("kind", ["hold", "cycles", "repetitions"])
def test_a_limit_of_a_hold_is_watched_by_its_angle(kind: str) -> None:
    one = going(lambda t: held(40 if t < 30 else max(0, 40 - 20 * (t - 30)), 3.0), kind, limit_deg_s=10)
    one.to(40)
    assert one.kinds()[0] == "too-fast"


def test_past_the_hinge_is_found_after_three_seconds() -> None:
    one = going(lambda t: held(40, past_hinge_deg=4.0 if t >= 30 else 0.0))
    one.to(60)
    assert onsets(one) == [("past-hinge", 33.0)]


def test_a_lost_sensor_stays_lost_over_steps_and_pauses_until_it_is_back() -> None:
    one = Led(routine(step(seconds=20, id="1"), step(seconds=20, id="2")), {"phone": "shin"})
    one.hear(Cue(ns(0), "sensor-lost", "phone: link lost"))
    one.mark("start", at_s=5)
    one.to(10)
    one.mark("pause", at_s=10)
    one.mark("resume", at_s=12)
    one.to(30)
    one.hear(Cue(ns(30.1), "sensor-back", "phone is back"), Cue(ns(30.2), "sensor-lost", "someone: else"))
    guide = one.to(31)
    lost, back = one.of(Finding)
    assert (lost.kind, lost.t, lost.since, lost.step) == (LOST, ns(5.25), 0, "1")
    assert (back.until, guide.findings) == (ns(30.25), (back,))
    assert one.cues("finding") == ["The phone is lost."]


def test_what_goes_on_ends_with_its_step() -> None:
    one = going(lambda t: held(50), target=Target(deg=40), seconds=20.1)
    one.to(30)
    assert [(kind, until) for kind, _, until in one.found()] == [("past-target", 20.1)]


def test_the_same_is_said_again_only_after_its_time_and_two_things_never_at_once() -> None:
    def figures(t: float) -> dict[str, Any]:
        breath = {"breathing/held_s": t, "breathing/rate_bpm": (12.0, 1 - t / 75 if t < 60 else 0.2)}
        return held(50, past_hinge_deg=5.0) | breath

    one = going(figures, target=Target(deg=40))
    one.hear(Cue(ns(0), "breath-held", "breath held for 4 s"))
    one.to(119)
    said = [cue for cue in one.of(Cue) if cue.kind == "finding"]
    assert len({cue.text for cue in said}) == 3
    for one_cue in said:
        later = [cue for cue in said if cue.t > one_cue.t]
        assert all(cue.t - one_cue.t >= APART_NS for cue in later)
        assert all(cue.t - one_cue.t >= 20 * NS for cue in later if cue.text == one_cue.text)
    assert len(said) >= 9


def test_figures_that_are_not_known_neither_begin_nor_end_anything_until_they_stay_unknown() -> None:
    one = going(lambda t: held(50) if t < 30 or t > 38 else {}, target=Target(deg=40))
    one.to(60)
    assert (one.kinds(), one.found()) == (["past-target"], [])
    two = going(lambda t: held(50) if t < 30 else {}, target=Target(deg=40))
    two.to(60)
    ((kind, _, until),) = two.found()
    assert kind == "past-target"
    assert 29 <= until <= 33


def test_the_view_is_told_of_those_that_go_on_and_of_the_last_three_that_are_over() -> None:
    one = going(lambda t: held(50 if t % 20 > 10 else 40), target=Target(deg=40), seconds=200)
    guide = one.to(118)
    assert [each.until is None for each in guide.findings] == [True, False, False, False]
    ends = [each.until or 0 for each in guide.findings[1:]]
    assert ends == sorted(ends, reverse=True)


def test_nothing_is_found_while_it_is_paused() -> None:
    one = going(lambda _: held(60), target=Target(deg=40))
    one.mark("pause", at_s=1)
    one.to(60)
    assert one.kinds() == []


def test_what_is_asked_for_is_not_changed_by_what_is_found() -> None:
    one = going(lambda _: held(60), target=Target(deg=40))
    one.to(30)
    assert one.coach.asked.due == DueHold(ns(0), 40.0)
    assert going(None, "breathe").coach.asked.pattern == Pattern()
