from __future__ import annotations

import math

import numpy as np
import pytest

from tests.estimators.hearts import Item, lost
from tests.estimators.holds import cues, finished, followed, held
from tests.estimators.limbs import LYING, SOURCE, Angle, Limb, limb, raised, scaled, still, told, waved, without
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Cue, Estimate, Gap, Hold, HostNs, Output, Sample, Values
from tidehold.units import NS

FIGURES = ("hold_s", "hold_rms_deg", "hold_drift_deg_min", "hold_in_band", "hold_tremor_deg_s", "hold_score")
NAMES = ("tilt_deg", "rms_deg", "gravity_g", "angle_deg", *FIGURES)


def the_hold(live: list[Output]) -> Hold:
    """The one after the raise."""
    holds = [hold for hold in finished(live) if hold.start > 6 * NS]
    assert len(holds) == 1
    return holds[0]


def slipping(degrees: float, at_s: float) -> Angle:
    return raised(degrees, at_s, 0.2)


def test_a_hold_from_beginning_to_end() -> None:
    live, said = followed(HoldEstimator(SOURCE, "shin"), told(limb(held(60, 40), 45)), 45)
    hold = the_hold(live)
    assert hold.start / NS == pytest.approx(7, abs=0.4)
    assert hold.end / NS == pytest.approx(40.2, abs=0.4)
    assert hold.t == [each.t for each in cues(live, "hold-end")][1]
    assert (hold.source, hold.placement) == (SOURCE, "shin")
    assert hold.held_s == pytest.approx(33, abs=1)
    assert hold.figures is not None
    assert hold.figures.angle_deg == pytest.approx(60, abs=0.3)
    assert hold.figures.rms_deg < 0.1
    assert hold.figures.corrections == 0
    assert hold.score is not None
    assert hold.score > 95
    assert set(hold.parts) == {"steadiness", "drift", "in band"}
    start, end = cues(live, "hold-start")[1], cues(live, "hold-end")[1]
    assert start.text == f"phone: holding since {(start.t - hold.start) / NS:.1f} s"
    assert start.t - hold.start < 2.2 * NS
    assert end.text.startswith("phone: held for 33.")
    assert end.text.endswith(f"score {hold.score:.0f}")
    assert tuple(said[20]) == NAMES
    assert said[20]["hold_s"].value == pytest.approx(13, abs=0.7)
    assert [said[20][name].value is None for name in NAMES] == [False] * 10
    assert said[20]["hold_score"].why.startswith("RMS 0.0")
    assert said[20]["hold_rms_deg"].quality == 1
    assert said[20]["hold_drift_deg_min"].quality == pytest.approx(13 / 45, abs=0.02)
    assert {said[42][name].why for name in FIGURES} <= {"moving", "settling"}


def test_the_angle_is_signed_and_that_of_the_tilt_until_the_plane_is_known() -> None:
    """Raised, let down, and past zero to the other side."""

    def angle(seconds: Values) -> Values:
        return np.asarray(raised(40)(seconds) + raised(-70, 15, 2)(seconds))

    _, said = followed(HoldEstimator(SOURCE), told(limb(angle, 25, axis=(2, -1, 0))), 25)
    early = said[4]["angle_deg"]
    assert early.value == pytest.approx(0, abs=0.2)
    assert early.quality == pytest.approx(0.5, abs=0.1)
    assert "raise the limb once" in early.why
    assert said[1]["angle_deg"].value is None
    assert said[12]["angle_deg"].value == pytest.approx(40, abs=0.3)
    assert said[24]["angle_deg"].value == pytest.approx(-30, abs=0.3)
    assert said[24]["angle_deg"].quality > 0.9


def test_a_new_zero_is_a_new_plane() -> None:
    estimator = HoldEstimator(SOURCE)
    items = told(limb(raised(40), 30))
    followed(estimator, [each for each in items if each.t <= 15 * NS], 15)
    estimator.set_zero(HostNs(15 * NS))
    assert estimator.estimate(HostNs(15 * NS))[3].value is None
    for item in items:
        if item.t > 15 * NS:
            estimator.update(item)
    said = estimator.estimate(HostNs(30 * NS))[3]
    assert said.value == pytest.approx(0, abs=0.2)
    assert "raise the limb once" in said.why


@pytest.mark.parametrize("degrees", [-2.0, 4.0, 8.0])
def test_a_slip_is_told_at_once_and_the_hold_goes_on(degrees: float) -> None:
    live, _ = followed(HoldEstimator(SOURCE), told(limb(held(40, 27, slipping(degrees, 16)), 32)), 32)
    hold = the_hold(live)
    slips = cues(live, "slip")
    assert [cue.text for cue in slips] == [f"phone: slipped by {abs(degrees):.1f} deg"]
    assert slips[0].t / NS - 16.2 <= 0.5
    assert hold.held_s == pytest.approx(20, abs=1)
    assert hold.figures is not None
    assert [*hold.figures.slips] == [pytest.approx(abs(degrees), abs=0.2)]
    assert hold.parts["slips"] == -10


def test_a_correction_is_counted_and_no_slip() -> None:
    def nudge(seconds: Values) -> Values:
        return np.asarray(raised(3, 20, 0.2)(seconds) + raised(-3, 20.2, 0.2)(seconds))

    live, _ = followed(HoldEstimator(SOURCE), told(limb(held(40, 40, nudge), 45)), 45)
    figures = the_hold(live).figures
    assert figures is not None
    assert (figures.corrections, figures.slips) == (1, ())
    assert cues(live, "slip") == []


def test_a_tremor_is_measured() -> None:
    amplitude = 0.3 * math.sqrt(2) / (2 * math.pi * 8)
    live, said = followed(HoldEstimator(SOURCE), told(limb(held(40, 40, waved(amplitude, 8, 8)), 45)), 45)
    figures = the_hold(live).figures
    assert figures is not None
    assert figures.tremor_hz == pytest.approx(8, abs=0.2)
    assert figures.tremor_deg_s == pytest.approx(0.3, rel=0.1)
    assert said[30]["hold_tremor_deg_s"].value == pytest.approx(0.3, rel=0.1)


def test_a_slow_sensor_shows_no_tremor_and_says_so() -> None:
    live, said = followed(HoldEstimator(SOURCE), told(limb(held(40, 40), 45, hz=20)), 45)
    figures = the_hold(live).figures
    assert figures is not None
    assert figures.tremor_deg_s is None
    assert said[30]["hold_tremor_deg_s"].why == "20 samples a second are too few for tremor: set the app to 50 or more"
    assert said[30]["hold_rms_deg"].value is not None


def test_without_a_gyroscope_what_it_would_tell_is_left_open() -> None:
    one = limb(held(40, 40), 45)
    live, said = followed(HoldEstimator(SOURCE), told({"acc": one.acc}), 45)
    hold = the_hold(live)
    assert hold.start / NS == pytest.approx(7, abs=1.5)
    assert hold.end / NS == pytest.approx(40.2, abs=1)
    assert hold.figures is not None
    assert (hold.figures.tremor_deg_s, hold.figures.corrections) == (None, None)
    assert hold.score is not None
    assert said[30]["hold_tremor_deg_s"].why == "no gyroscope"


@pytest.mark.parametrize(
    ("from_s", "to_s", "why"),
    [(20, 21.2, "1.2 s without samples"), (20, 24, "4.1 s without samples"), (20, 90, "the samples broke off")],
)
def test_no_score_where_samples_are_missing(from_s: float, to_s: float, why: str) -> None:
    one = limb(held(40, 40), 45)
    streams = {"acc": without(one.acc, from_s, to_s), "gyr": without(one.gyr, from_s, to_s)}
    live, _ = followed(HoldEstimator(SOURCE), told(streams), 45)
    hold = next(hold for hold in finished(live) if hold.start > 6 * NS)
    assert (hold.score, hold.parts) == (None, {})
    assert hold.why[3:] == why[3:]
    assert cues(live, "hold-end")[1].text.endswith(f"no score: {hold.why}")
    assert hold.figures is not None


def test_a_gyroscope_that_falls_out_ends_the_hold() -> None:
    one = limb(held(40, 40), 45)
    live, _ = followed(HoldEstimator(SOURCE), told({"acc": one.acc, "gyr": without(one.gyr, 20, 90)}), 45)
    holds = [hold for hold in finished(live) if hold.start > 6 * NS]
    assert holds[0].score is None
    assert len(holds) == 2


def test_no_score_where_the_phone_was_not_still() -> None:
    live, said = followed(HoldEstimator(SOURCE), told(limb(waved(8, 0.12, 5), 40)), 40)
    assert all(hold.score is None for hold in finished(live) if hold.start > 5 * NS)
    shaken, _ = followed(HoldEstimator(SOURCE), told(limb(held(40, 20), 25, shake=1.2)), 25)
    assert the_hold(shaken).why.startswith("not still: shaken by 0.")
    walking, said = followed(HoldEstimator(SOURCE), told(limb(waved(30, 1.0), 21)), 21)
    assert walking == []
    assert {said[20][name].why for name in FIGURES} == {"moving"}


def test_a_phone_whose_profile_does_not_fit_says_why_there_are_no_figures() -> None:
    one = limb(held(40, 30), 35)
    _, said = followed(HoldEstimator(SOURCE), told({"acc": scaled(one.acc, 0.102), "gyr": one.gyr}), 35)
    for name in FIGURES:
        assert "values look like g" in said[20][name].why


def test_a_short_hold_is_told_without_figures() -> None:
    live, _ = followed(HoldEstimator(SOURCE), told(limb(held(40, 9.3), 14)), 14)
    hold = next(hold for hold in finished(live) if 6 * NS < hold.start < 9 * NS)
    assert (hold.figures, hold.score, hold.why) == (None, None, "too short for figures")


def test_the_session_ends_and_with_it_the_hold() -> None:
    estimator = HoldEstimator(SOURCE)
    live, _ = followed(estimator, told(limb(raised(40), 30)), 30)
    assert len(finished(live)) == 1  # that before the raise
    last = estimator.close(HostNs(30 * NS))
    hold = the_hold(last)
    assert hold.end == pytest.approx(30 * NS, abs=0.2 * NS)
    assert hold.score is not None
    assert estimator.close(HostNs(31 * NS)) == []


def test_scores_are_against_the_persons_earlier_holds() -> None:
    shaky = told(limb(held(40, 20, waved(1.0, 0.3, 6)), 25))
    live, _ = followed(HoldEstimator(SOURCE), shaky, 25)
    first = the_hold(live)
    again, _ = followed(HoldEstimator(SOURCE, earlier=[first] * 3), shaky, 25)
    second = the_hold(again)
    assert first.score is not None
    assert second.score is not None
    assert "people who sit or stand" in first.why
    assert "your last" in second.why
    assert second.figures == first.figures
    calmer, _ = followed(
        HoldEstimator(SOURCE, earlier=[first] * 3), told(limb(held(40, 40, waved(0.3, 0.3, 6)), 45)), 45
    )
    better = the_hold(calmer)
    assert better.score is not None
    assert better.score > second.score


def test_on_a_breastbone_the_breathing_is_taken_out() -> None:
    breath = held(30, 40, waved(0.6, 0.25))
    plain, known = HoldEstimator(SOURCE, "shin"), HoldEstimator(SOURCE, "breastbone")
    known.breathing(15.0)
    rms = []
    for estimator in (plain, known, HoldEstimator(SOURCE, "belly")):
        live, _ = followed(estimator, told(limb(breath, 43)), 43)
        figures = the_hold(live).figures
        assert figures is not None
        rms.append(figures.rms_deg)
    assert rms[0] == pytest.approx(0.6 / math.sqrt(2), rel=0.1)
    assert max(rms[1:]) < 0.15


def test_a_hold_without_a_stir_is_looked_at_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[HostNs] = []
    catch_up = HoldEstimator._catch_up

    def count(self: HoldEstimator, now: HostNs) -> None:
        looked.append(now)
        catch_up(self, now)

    monkeypatch.setattr(HoldEstimator, "_catch_up", count)
    estimator = HoldEstimator(SOURCE)
    one = told(limb(held(40, 20), 25))
    for tick in range(100):
        now = HostNs(tick * NS // 4)
        for item in [each for each in one if now - NS // 4 < each.t <= now]:
            estimator.update(item)
        estimator.live(now)
    seconds = [t // NS for t in looked]
    assert [seconds.count(second) for second in (12, 14, 16, 18)] == [1] * 4
    assert [seconds.count(second) for second in (6, 21)] == [4] * 2


def test_before_any_movement_the_angle_of_a_hold_is_its_tilt() -> None:
    live, _ = followed(HoldEstimator(SOURCE), told(limb(held(40, 20), 25)), 25)
    lying = finished(live)[0].figures
    assert lying is not None
    assert lying.angle_deg == pytest.approx(0, abs=0.3)


def test_with_a_routine_the_band_is_about_its_target_and_a_hold_is_known_sooner() -> None:
    items = told(limb(held(40, 30), 35))
    plain, _ = followed(HoldEstimator(SOURCE), items, 35)
    estimator = HoldEstimator(SOURCE)
    estimator.due(True, 47.0)
    asked_for, said = followed(estimator, items, 35)
    assert cues(asked_for, "hold-start")[1].t < cues(plain, "hold-start")[1].t
    assert said[20]["hold_in_band"].value == 0
    figures = the_hold(asked_for).figures
    assert figures is not None
    assert (figures.in_band, figures.in_wide_band) == (0, 0)


@pytest.mark.parametrize("then", [None, 40.0])
def test_a_hold_that_outlives_its_step_keeps_its_target(then: float | None) -> None:
    """The next step asks for no hold, or for one elsewhere, while this one still goes on."""
    items = told(limb(held(40, 30), 35))
    estimator = HoldEstimator(SOURCE)
    estimator.due(True, 47.0)
    followed(estimator, [each for each in items if each.t <= 20 * NS], 20)
    estimator.due(then is not None, then)
    live, said = followed(estimator, [each for each in items if each.t > 20 * NS], 35)
    assert said[28]["hold_in_band"].value == 0
    figures = the_hold(live).figures
    assert figures is not None
    assert figures.in_band == 0


def test_a_hold_that_was_asked_for_without_an_angle_does_not_take_the_next_steps() -> None:
    items = told(limb(held(40, 30), 35))
    estimator = HoldEstimator(SOURCE)
    estimator.due(True)
    followed(estimator, [each for each in items if each.t <= 20 * NS], 20)
    estimator.due(True, 47.0)
    live, _ = followed(estimator, [each for each in items if each.t > 20 * NS], 35)
    figures = the_hold(live).figures
    assert figures is not None
    assert figures.in_band == 1


def test_a_hold_that_has_begun_before_its_step_takes_the_steps_target() -> None:
    items = told(limb(held(40, 30), 35))
    estimator = HoldEstimator(SOURCE)
    estimator.due(False)
    _, said = followed(estimator, [each for each in items if each.t <= 20 * NS], 20)
    assert said[20]["hold_in_band"].value == 1
    estimator.due(True, 47.0)
    live, said = followed(estimator, [each for each in items if each.t > 20 * NS], 35)
    assert said[28]["hold_in_band"].value == 0
    figures = the_hold(live).figures
    assert figures is not None
    assert figures.in_band == 0


def test_a_hold_that_begins_while_gravity_does_not_fit_is_told_once_it_does() -> None:
    one = limb(held(40, 40), 45)
    wrong = one.acc.values * np.where(one.acc.times < 10 * NS, 1.2, 1.0)[:, None]
    live, said = followed(HoldEstimator(SOURCE), told({"acc": one.acc._replace(values=wrong), "gyr": one.gyr}), 45)
    assert said[9]["hold_s"].value is None
    assert said[30]["hold_s"].value is not None
    hold = the_hold(live)
    assert hold.start / NS == pytest.approx(7, abs=0.4)
    assert hold.score is not None
    start = next(cue for cue in cues(live, "hold-start") if cue.t > 7 * NS)
    assert start.text == f"phone: holding since {(start.t - hold.start) / NS:.1f} s"


def test_samples_that_come_late_do_not_cut_a_hold_in_two() -> None:
    """Nothing for 8 s, then all of it at once."""
    items: list[Item] = []
    for each in told(limb(held(40, 40), 45)):
        late = HostNs(28 * NS) if 20 * NS < each.t <= 28 * NS else each.t
        items.append(Sample(late, each.stream, each.times, each.values))
    live, said = followed(HoldEstimator(SOURCE), items, 45)
    assert the_hold(live).score is not None
    assert said[26]["hold_s"].why == "no samples for 6 s"


LEG: Limb = limb(held(40, 28, slipping(4, 14)), 34, seed=2, bias_deg_s=(0.3, -0.3, 0.3), jitter=0.3)
CASES: dict[str, list[Item]] = {
    "leg": [*told(LEG)],
    "in batches": [*told(LEG, every_s=3)],
    "without a gyroscope": [*told({"acc": LEG.acc})],
    "with a gap": [
        *told({"acc": without(LEG.acc, 17, 21), "gyr": without(LEG.gyr, 17, 21)}),
        lost(17, 21, f"{SOURCE}/acc"),
    ],
    "the gyroscope comes and goes": [*told({"acc": LEG.acc, "gyr": without(without(LEG.gyr, 0, 8), 20, 25)})],
    "free fall": [*told({"acc": scaled(LEG.acc, 0.0), "gyr": scaled(LEG.gyr, 0.0)})],
    "beyond numbers": [*told({"acc": scaled(LEG.acc, 1e300), "gyr": scaled(LEG.gyr, -1e300)})],
    "no numbers": [*told({"acc": scaled(LEG.acc, math.nan), "gyr": scaled(LEG.gyr, math.inf)})],
}


def everything(items: list[Item], until_s: float = 34) -> tuple[list[Output], dict[int, dict[str, Estimate]]]:
    return followed(HoldEstimator(SOURCE), items, until_s)


@pytest.mark.parametrize("case", CASES)
def test_how_samples_are_cut_into_frames_does_not_matter(case: str) -> None:
    apart: list[Item] = []
    for item in CASES[case]:
        if isinstance(item, Sample):
            cuts = range(0, len(item.times), 7)
            apart += [Sample(item.t, item.stream, item.times[i : i + 7], item.values[i : i + 7]) for i in cuts]
        else:
            apart.append(item)
    assert everything(apart) == everything(CASES[case])


@pytest.mark.parametrize("end", [13, 29])
def test_what_comes_later_changes_nothing_before(end: int) -> None:
    before = [each for each in CASES["leg"] if each.t <= end * NS]
    live, said = everything(CASES["leg"])
    early, told_early = everything(before, end)
    assert early == [each for each in live if each.t <= end * NS]
    assert told_early == {second: said[second] for second in range(1, end + 1)}


def _shifted(item: Item, by: int) -> Item:
    if isinstance(item, Gap):
        start, end = HostNs(item.start + by), HostNs(item.end + by)
        return Gap(HostNs(item.t + by), item.stream, start, end, item.lost, item.why)
    return Sample(HostNs(item.t + by), item.stream, item.times + by, item.values)


@pytest.mark.parametrize("case", ["leg", "with a gap", "without a gyroscope"])
def test_shifting_every_time_changes_no_figure(case: str) -> None:
    by = 9 * 86_400 * NS + 12_345_678_901
    here, there = HoldEstimator(SOURCE), HoldEstimator(SOURCE)
    items = sorted(CASES[case], key=lambda item: item.t)
    for tick in range(1, 4 * 34):
        now = HostNs(tick * NS // 4)
        while items and items[0].t <= now:
            one, other = items[0], _shifted(items.pop(0), by)
            if isinstance(one, Sample) and isinstance(other, Sample):
                here.update(one)
                there.update(other)
        for one_said, other_said in zip(here.live(now), there.live(HostNs(now + by)), strict=True):
            assert other_said.t == one_said.t + by
            if isinstance(one_said, Hold) and isinstance(other_said, Hold):
                assert other_said.figures == one_said.figures
                assert other_said.score == one_said.score
                assert other_said.start == one_said.start + by
            if isinstance(one_said, Cue) and isinstance(other_said, Cue):
                assert other_said.text == one_said.text
        if tick % 4 == 0:
            pairs = zip(here.estimate(now), there.estimate(HostNs(now + by)), strict=True)
            assert all((a.value, a.quality, a.why) == (b.value, b.quality, b.why) for a, b in pairs)


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_finite_or_unknown_with_a_reason(case: str) -> None:
    live, said = everything(CASES[case])
    for answer in said.values():
        assert tuple(answer) == NAMES
        for each in answer.values():
            assert 0 <= each.quality <= 1
            assert math.isfinite(each.value) if each.value is not None else each.why
    for hold in finished(live):
        assert hold.end > hold.start
        assert hold.score is not None or hold.why
        if hold.figures is not None:
            values = [getattr(hold.figures, name) for name in hold.figures.__struct_fields__]
            assert all(math.isfinite(value) for value in values if isinstance(value, float))


def test_asking_twice_gives_the_same_answer_and_news_are_told_once() -> None:
    estimator = HoldEstimator(SOURCE)
    followed(estimator, CASES["leg"], 25)
    now = HostNs(25 * NS)
    assert estimator.estimate(now) == estimator.estimate(now)
    assert estimator.live(now) == []


def test_a_sensor_that_nobody_has_touched_is_held_where_it_lies() -> None:
    live, said = followed(HoldEstimator("imu"), told(limb(still, 20), source="imu"), 20)
    assert [cue.kind for cue in live if isinstance(cue, Cue)] == ["hold-start"]
    assert said[15]["hold_rms_deg"].value is not None
    assert LYING == (0.0, 0.0, 1.0)
    deaf, _ = followed(HoldEstimator(SOURCE), told(limb(still, 20), source="imu"), 20)
    assert deaf == []


@pytest.mark.parametrize(("rms_deg_s", "hertz"), [(6.0, 8.0), (10.0, 5.0), (10.0, 11.0)])
def test_a_hold_that_trembles_has_a_score_and_the_tremor_beside_it(rms_deg_s: float, hertz: float) -> None:
    estimator = HoldEstimator(SOURCE, "shin")
    estimator.due(due=True)
    amplitude = rms_deg_s * math.sqrt(2) / (2 * math.pi * hertz)
    live, _ = followed(estimator, told(limb(held(40, 40, waved(amplitude, hertz, 8)), 45)), 45)
    hold = the_hold(live)
    assert hold.score is not None
    assert f"a tremor of {rms_deg_s:.1f} deg/s at {hertz:.1f} Hz, which is not scored" in hold.why


def test_the_words_say_when_no_hold_is_due() -> None:
    estimator = HoldEstimator(SOURCE, "shin")
    estimator.due(due=False)
    _, said = followed(estimator, told(limb(held(60, 40), 45)), 45)
    assert said[6]["hold_s"].why == "moving; no hold is due now"
    assert said[20]["hold_s"].value == pytest.approx(13, abs=0.7)
    _, said = followed(HoldEstimator(SOURCE, "shin"), told(limb(held(60, 10), 10)), 10)
    assert said[6]["hold_s"].why == "moving"


@pytest.mark.parametrize("factor", [0.102, 9.81])
def test_where_gravity_does_not_measure_1_g_no_hold_is_told_and_the_reason_once(factor: float) -> None:
    one = limb(held(40, 40), 60)
    live, said = followed(HoldEstimator(SOURCE), told({"acc": scaled(one.acc, factor), "gyr": one.gyr}), 60)
    (cue,) = live
    assert isinstance(cue, Cue)
    assert cue.kind == "profile"
    assert "the profile does not fit this phone" in cue.text
    assert {said[second]["hold_s"].value for second in range(3, 60)} == {None}


def test_angles_of_any_directions_are_tilts_until_the_plane_is_known_and_then_signed() -> None:
    estimator = HoldEstimator(SOURCE)
    ups = np.array([[0.0, 0.0, 1.0], [0.0, 0.5, math.sqrt(0.75)], [0.0, -1.0, 1.0]])
    assert estimator.angles_deg(ups) is None
    items = told(limb(raised(40, 6), 20))
    followed(estimator, [each for each in items if each.t < 5 * NS], 5)
    tilts = estimator.angles_deg(ups)
    assert tilts is not None
    assert tilts.tolist() == pytest.approx([0, 30, 45], abs=0.3)
    for item in items:
        if item.t >= 5 * NS:
            estimator.update(item)
    estimator.live(HostNs(20 * NS))
    signed = estimator.angles_deg(ups)
    assert signed is not None
    assert signed.tolist() == pytest.approx([0, 30, -45], abs=0.5)
    assert estimator.misfit == ""
