"""Scores say what they are made of; what was not measured has none, and says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.coach.led import Led, ns, routine, step
from tidehold.coach.scores import SCORED, Judged, Share, is_scored, whole
from tidehold.records import Estimate, Hold
from tidehold.routine import Measured, Scored, Target, Task

PHONE = {"strap": "", "phone": "shin"}


def one_of(led: Led) -> Scored:
    (scored,) = led.scored()
    return scored


def done(kind: str, figures: Any, seconds: float = 40.0, measured: tuple[Measured, ...] = (), **more: Any) -> Scored:
    """A step, led to its end, with what was measured of it."""
    led = Led(routine(step(kind, seconds, **more)), PHONE, figures)
    led.mark("start")
    led.to(seconds - 0.25)
    led.hear(*measured)
    led.to(seconds + 2)
    return one_of(led)


def came(kind: Any, figures: dict[str, float | None], why: dict[str, str] | None = None, side: Any = "") -> Measured:
    return Measured(ns(40), "phone", Task(kind, side), ns(0), ns(40), figures, 0.9, why or {})


def holding(t: float, angle: float = 40.0, score: float | None = 80.0, why: str = "") -> dict[str, Any]:
    return {"phone/angle_deg": angle, "phone/hold_s": t, "phone/hold_score": (score, why)}


def test_a_hold_is_scored_by_how_steady_it_was_how_long_and_at_its_target() -> None:
    scored = done("hold", lambda t: holding(t, 40 if t <= 20 else 44), target=Target(deg=40))
    assert scored.parts == {"held": 100, "target": pytest.approx(51.3, abs=3), "steadiness": 80}
    assert scored.score == pytest.approx(0.5 * 80 + 0.3 * 100 + 0.2 * scored.parts["target"])
    assert scored.coverage == pytest.approx(1, abs=0.03)
    assert scored.figures["target_deg"] == 40
    assert scored.figures["held_s"] == 40


def test_without_a_target_the_other_parts_weigh_more() -> None:
    scored = done("hold", holding)
    assert scored.score == pytest.approx((0.5 * 80 + 0.3 * 100) / 0.8)


def test_getting_into_position_costs_nothing_and_letting_go_does() -> None:
    late = done("hold", lambda t: holding(t) if t > 9 else {"phone/angle_deg": t, "phone/hold_s": (None, "moving")})
    early = done("hold", lambda t: holding(t) if t < 16 else holding(t, 2.0))
    assert late.parts["held"] == 100
    assert early.parts["held"] == pytest.approx(50, abs=4)


def test_holds_that_are_over_count_by_their_length() -> None:
    led = Led(routine(step("hold", 40)), PHONE, lambda t: holding(t - 20, score=90.0) if t > 20 else holding(t))
    led.mark("start")
    led.to(20)
    led.hear(Hold(ns(20), "phone", "shin", ns(-10), ns(20), None, 60.0, {}, ""))
    led.hear(Hold(ns(20), "other", "shin", ns(0), ns(20), None, 0.0, {}, ""))
    led.hear(Hold(ns(20), "phone", "shin", ns(-10), ns(-1), None, 0.0, {}, ""))
    led.hear(Hold(ns(20), "phone", "shin", ns(20), ns(20.5), None, 0.0, {}, ""))
    led.to(41)
    assert one_of(led).parts["steadiness"] == pytest.approx(75, abs=1)


def test_a_hold_whose_steadiness_is_not_known_has_no_score_and_says_why() -> None:
    scored = done("hold", lambda t: holding(t, score=None, why="not still"))
    assert (scored.score, scored.why) == (None, "how steady it was is not known: not still")
    assert scored.coverage > 0.9


def test_where_nothing_was_held_the_score_is_nought_and_says_so() -> None:
    scored = done("hold", lambda t: {"phone/angle_deg": 3.0, "phone/hold_s": (None, "moving")})
    assert (scored.score, scored.why) == (0, "no hold was seen")


def test_a_target_that_is_not_known_is_said_in_the_reason() -> None:
    scored = done("hold", holding, target=Target(of="x"))
    assert scored.why.endswith("; no target: what x reached is not known")
    assert scored.score is not None


@pytest.mark.parametrize(
    ("figures", "score", "parts"),
    [
        ({"cycles_done": 3.0, "gain_deg": 5.0}, 100, {"done": 100, "gain": 100}),
        ({"cycles_done": 2.0, "gain_deg": -1.0}, 0.8 * 200 / 3, {"done": 200 / 3, "gain": 0}),
        ({"cycles_done": 1.5, "gain_deg": None}, 50, {"done": 50}),
    ],
)
def test_cycles_are_scored_by_how_many_were_done_and_what_they_gained(
    figures: dict[str, float | None], score: float, parts: dict[str, float]
) -> None:
    scored = done("cycles", lambda _: {"phone/angle_deg": 40.0}, 75, (came("cycles", figures),), cycles=3)
    assert scored.score == pytest.approx(score)
    assert scored.parts == pytest.approx(parts)


def test_cycles_of_which_nothing_can_be_seen_have_no_score() -> None:
    measured = came("cycles", {"cycles_done": None, "gain_deg": None}, {"cycles_done": "the limb hardly moved"})
    scored = done("cycles", lambda _: {"phone/angle_deg": 40.0}, 75, (measured,), cycles=3)
    assert (scored.score, scored.why) == (None, "not measured: the limb hardly moved")


@pytest.mark.parametrize(("count", "score"), [(5.0, 50), (10.0, 100), (14.0, 100)])
def test_repetitions_are_scored_against_what_is_asked_for(count: float, score: float) -> None:
    measured = came("repetitions", {"repetitions": count, "repetition_deg": 30.0})
    scored = done("repetitions", lambda _: {"phone/angle_deg": 4.0}, measured=(measured,), count=10)
    assert (scored.score, scored.why) == (score, f"{count:.0f} of 10 repetitions")
    assert scored.figures["repetition_deg"] == 30


def test_repetitions_before_and_after_a_pause_are_added_up() -> None:
    parts = (
        came("repetitions", {"repetitions": 4.0, "repetition_deg": 30.0}),
        came("repetitions", {"repetitions": 5.0, "repetition_deg": None}),
    )
    scored = done("repetitions", lambda _: {"phone/angle_deg": 4.0}, measured=parts, count=10)
    assert (scored.figures["repetitions"], scored.figures["repetition_deg"]) == (9, 30)


def test_without_a_measurement_what_was_said_last_counts() -> None:
    scored = done("repetitions", lambda t: {"phone/angle_deg": 4.0, "phone/repetitions": t // 8}, count=10)
    assert scored.score == 50
    unknown = done("repetitions", lambda _: {"phone/angle_deg": 4.0, "phone/repetitions": (None, "odd")}, count=8)
    assert (unknown.score, unknown.why) == (None, "not measured: odd")


def test_no_number_asked_for_is_nothing_to_score() -> None:
    scored = done("repetitions", lambda _: {"phone/angle_deg": 4.0})
    assert (scored.score, scored.why) == (None, "nothing to score: no number was asked for")


def test_slowness_is_the_share_that_was_slow() -> None:
    measured = came("slow", {"over_share": 0.25, "stops": 3.0})
    scored = done("slow", lambda _: {"phone/angle_deg": 40.0}, measured=(measured,))
    assert (scored.score, scored.why) == (75, "25 % of the movement was too fast")
    unknown = done("slow", lambda _: {"phone/angle_deg": 40.0}, measured=(came("slow", {}, {"": "asleep"}),))
    assert (unknown.score, unknown.why) == (None, "not measured: asleep")


def test_the_best_of_several_attempts_is_shown_though_not_scored() -> None:
    parts = (came("raise", {"raise_deg": 60.0, "raise_attempts": 2.0}), came("raise", {"raise_deg": 55.0}))
    scored = done("raise", lambda _: {"phone/angle_deg": 4.0}, measured=parts)
    assert (scored.score, scored.figures["raise_deg"], scored.figures["raise_attempts"]) == (None, 60, 2)
    assert scored.why == "nothing to score: an angle is measured, not judged"
    assert scored.coverage > 0.9


def paced(*pieces: tuple[float, float | None, float]) -> Scored:
    """Breathing in pieces that end at a time, with a score and the share of it that was known."""
    led = Led(routine(step("breathe", 60)), PHONE)
    led.mark("start")
    for end, score, share in pieces:
        led.to(end - 0.25)
        for name, value in (("score", score), ("coverage", share)):
            quality = 0.0 if value is None else share
            led.hear(Estimate(ns(end), f"pacing/step_{name}", value, quality, "" if value else "not visible"))
        if end < 60:
            led.mark("pause", at_s=end - 0.25)
            led.mark("resume", at_s=end - 0.25)
    led.to(61)
    return one_of(led)


def test_breathing_is_scored_as_the_pacer_does_by_how_long_it_was_known() -> None:
    scored = paced((60, 90.0, 0.8))
    assert scored.score == 90
    assert scored.coverage == pytest.approx(0.8, abs=0.01)
    halves = paced((30, 60.0, 1.0), (60, 90.0, 0.5))
    assert halves.score == pytest.approx(70, abs=0.5)
    assert halves.coverage == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize(("score", "share"), [(None, 0.3), (None, 0.9), (90.0, 0.4)])
def test_breathing_that_was_not_seen_has_no_score(score: float | None, share: float) -> None:
    scored = paced((60, score, share))
    assert scored.score is None
    assert scored.why.startswith(f"not measured: {100 * share:.0f} % of it was known")
    assert scored.why.endswith("not visible") == (score is None)


def test_below_half_of_the_time_there_is_no_score() -> None:
    scored = done("hold", lambda t: holding(t) if t <= 18 else {"phone/angle_deg": (None, "no samples for 9 s")})
    assert scored.score is None
    assert scored.coverage == pytest.approx(0.45, abs=0.01)
    assert scored.why == "not measured: 45 % of it was known, no samples for 9 s"
    silent = done("hold", None)
    assert silent.why == "not measured: 0 % of it was known, nothing came from the sensor"


def test_the_sensor_that_knows_most_counts() -> None:
    def figures(t: float) -> dict[str, Any]:
        known = {f"imu/{name.partition('/')[2]}": value for name, value in holding(t).items()}
        return known | {"phone/angle_deg": (None, "asleep")}

    led = Led(routine(step("hold", 40)), {"phone": "shin", "imu": "thigh"}, figures)
    led.mark("start")
    led.to(41)
    assert one_of(led).parts["steadiness"] == 80


@pytest.mark.parametrize("kind", ["free", "walk", "raise", "calibrate"])
def test_what_is_not_judged_says_so(kind: str) -> None:
    scored = done(kind, lambda _: {"phone/angle_deg": 1.0})
    assert scored.score is None
    assert scored.why.startswith("nothing to score: ")
    assert not is_scored(step(kind))
    assert kind not in SCORED


def test_a_whole_is_the_mean_by_weight_and_coverage() -> None:
    shares = [Share(2, 90.0, 1.0), Share(1, 60.0, 0.5), Share(1, None, 0.2), Share(0, 1.0, 1.0)]
    found = whole(shares, "phase")
    assert found.score == pytest.approx((180 + 30) / 2.5)
    assert found.coverage == pytest.approx(2.5 / 4)
    assert found.why.startswith("mean of 2 of 3 scored steps")


@pytest.mark.parametrize(
    ("shares", "coverage", "why"),
    [
        ([], 0.0, "nothing to score: no step of this session is scored"),
        ([Share(0, 50.0, 1.0)], 0.0, "nothing to score: no step of this session is scored"),
        ([Share(1, 50.0, 0.9), Share(1, None, 0.0)], 0.45, "45 % of this session could be scored"),
    ],
)
def test_a_whole_that_was_hardly_measured_has_no_score(shares: list[Share], coverage: float, why: str) -> None:
    assert whole(shares, "session") == Judged(None, coverage, {}, {}, why)
