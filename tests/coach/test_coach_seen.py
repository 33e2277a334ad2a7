"""What is kept of what the estimators say of one step."""

from tests.coach.led import ns, step
from tidehold.coach.seen import Seen, SourceSeen
from tidehold.records import Cue, Estimate
from tidehold.routine import Measured, Task


def say(seen: SourceSeen, t: float, figure: str, value: float | None, why: str = "", quality: float = 0.9) -> None:
    seen.hear(figure, Estimate(ns(t), f"phone/{figure}", value, quality, why), counts=True)


def hold(seen: SourceSeen, t: float, angle: float | None, held: float | None, why: str = "moving") -> None:
    say(seen, t, "angle_deg", angle)
    say(seen, t, "hold_s", held, "" if held is not None else why)


def one(target_deg: float | None = None) -> SourceSeen:
    return SourceSeen(step("hold"), ns(0), target_deg)


def test_a_figure_is_known_while_it_is_fresh_and_sure_enough() -> None:
    seen = one()
    say(seen, 10, "speed_deg_s", 4.0, quality=0.3)
    assert seen.value("speed_deg_s", ns(12.5)) == 4
    assert seen.value("speed_deg_s", ns(12.6)) is None
    assert seen.value("speed_deg_s", ns(11), least=0.4) is None
    assert seen.value("other", ns(11)) is None


def test_the_speed_of_an_angle_is_that_of_the_last_second() -> None:
    seen, speeds = one(), []
    for t, angle in ((10, 40.0), (11, 34.0), (14, 10.0), (15, None), (16, 11.0)):
        say(seen, t, "angle_deg", angle)
        speeds.append(seen.speed_deg_s)
    assert speeds == [None, 6, None, None, None]


def test_what_comes_while_the_clock_stands_is_not_counted() -> None:
    seen = one()
    for figure, value in (("angle_deg", 40.0), ("hold_s", 3.0)):
        seen.hear(figure, Estimate(ns(1), f"phone/{figure}", value, 0.9), counts=False)
    assert (seen.known_s, seen.held_s) == (0, 0)


def test_a_hold_has_begun_after_five_seconds_near_its_target() -> None:
    for target, begins in ((None, 5), (45.0, 5), (55.0, None), (-40.0, None)):
        seen = one(target)
        begun = []
        for t in range(1, 12):
            hold(seen, t, 40.0, float(t))
            begun.append(seen.begun)
        assert (begun.index(True) + 1 if True in begun else None) == begins


def test_who_comes_back_toward_neutral_has_let_go_whether_still_or_not() -> None:
    for sign in (1, -1):
        seen = one()
        for t in range(1, 11):
            hold(seen, t, sign * 40.0, float(t))
        assert (seen.let_go, seen.middle_deg) == (False, sign * 40)
        hold(seen, 11, sign * 33.0, 11.0)  # eased back by less than a fifth
        assert seen.let_go is False
        hold(seen, 12, sign * 55.0, None)  # deeper
        assert seen.let_go is False
        hold(seen, 13, sign * 31.0, 3.0)
        assert (seen.let_go, seen.held_s) == (True, 11)


def test_without_an_angle_the_hold_itself_tells() -> None:
    seen = one()
    for t in range(1, 8):
        hold(seen, t, None, float(t))
    for held, why, let_go in ((None, "moving", True), (None, "asleep", None), (8.0, "", False)):
        hold(seen, 8, None, held, why)
        assert seen.let_go is let_go


def test_what_was_reached_is_measured_or_said_or_the_middle_of_what_was_held() -> None:
    seen = one()
    assert seen.reached_deg(ns(1)) is None
    for t, angle in enumerate((38.0, 40.0, 41.0), 1):
        hold(seen, t, angle, float(t))
    assert seen.reached_deg(ns(4)) == 40
    say(seen, 4, "reached_deg", 42.0)
    assert seen.reached_deg(ns(5)) == 42
    for reached in (43.0, None):
        seen.measured.append(Measured(ns(5), "phone", Task("stretch"), ns(0), ns(5), {"reached_deg": reached}, 1.0))
    assert seen.reached_deg(ns(5)) == 43


def test_only_sensors_that_can_measure_the_step_are_heard() -> None:
    seen = Seen(step("hold", side="left"), ns(0), ("phone",), 40.0)
    seen.hear(Estimate(ns(1), "imu/angle_deg", 9.0, 1.0), counts=True)
    seen.hear(Estimate(ns(1), "heart/hr_bpm", 60.0, 1.0), counts=True)
    seen.hear_cue(Cue(ns(1), "slip", "imu: slipped by 2.0 deg"))
    seen.hear_measured(Measured(ns(5), "imu", Task("stretch", "left"), ns(0), ns(5), {}, 1.0))
    seen.hear_measured(Measured(ns(5), "phone", Task("stretch", "right"), ns(0), ns(5), {}, 1.0))
    assert seen.best is seen.sources["phone"]
    assert (seen.best.last, seen.best.slipped, seen.best.measured) == ({}, None, [])
    assert Seen(step("hold"), ns(0), (), None).best is None


def test_breathing_counts_when_it_is_sure_and_fresh() -> None:
    seen = Seen(step("breathe"), ns(0), (), None)
    seen.hear(Estimate(ns(1), "pacing/plv", 0.5, 0.2), counts=True)
    seen.hear(Estimate(ns(1), "breathing/held_s", 4.0, 0.5), counts=True)
    assert (seen.body("pacing/plv", ns(1)), seen.body("breathing/held_s", ns(1))) == (None, 4)
    assert seen.body("breathing/held_s", ns(4)) is None
    seen.hear(Estimate(ns(2), "pacing/step_coverage", 0.5, 0.5), counts=True)
    assert seen.paced == []  # nothing was paced


def test_the_first_hold_of_a_step_that_is_near_its_target_is_kept() -> None:
    seen = Seen(step("hold"), ns(0), ("phone",), 40.0)
    seen.hear(Estimate(ns(1), "phone/angle_deg", 5.0, 1.0), counts=True)
    seen.hear_cue(Cue(ns(1), "hold-start", "phone: holding since 1.0 s"))
    assert seen.hold_began is None
    for t in (9, 20):
        seen.hear(Estimate(ns(t), "phone/angle_deg", 39.0, 1.0), counts=True)
        seen.hear_cue(Cue(ns(t), "hold-start", "phone: holding since 1.0 s"))
    assert seen.hold_began == ns(9)
