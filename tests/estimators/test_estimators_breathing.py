from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.estimators import straps
from tests.estimators.chests import breather
from tests.estimators.hearts import Heart, Item, asked, from_intervals, lost, person, told, without
from tests.estimators.limbs import Series
from tests.estimators.straps import listened
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.chest_breathing import ChestSaid, Held
from tidehold.estimators.phase import Phase
from tidehold.records import Cue, Estimate, HostNs, Pacing, Pattern, Sample
from tidehold.units import NS

STRAPS = ["a frame a second", "half a second later", "a frame for each beat"]


def rates(heart: Heart, seconds: int, strap: str = STRAPS[0], least: float = 0.25) -> list[Estimate]:
    """What is said of the breathing rate each second."""
    phase_s = 0.5 if strap == STRAPS[1] else 0.0
    items = told(heart, phase_s=phase_s, together=strap != STRAPS[2])
    return [answer[0] for answer in asked(BreathingEstimator(least), items, range(seconds))]


def values(estimates: list[Estimate]) -> list[float]:
    return [estimate.value for estimate in estimates if estimate.value is not None]


@pytest.mark.parametrize("strap", STRAPS)
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rate_bpm", [6, 12, 18])
def test_a_person_who_breathes_steadily_is_followed(rate_bpm: float, seed: int, strap: str) -> None:
    said = rates(person(rate_bpm, 180, seed), 180, strap)[60:]
    assert len(values(said)) > 0.8 * len(said)
    assert values(said) == pytest.approx([rate_bpm] * len(values(said)), abs=0.5)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_four_seconds_in_and_six_out_is_six_a_minute(seed: int) -> None:
    said = values(rates(person(6, 240, seed, rsa_s=0.08, inhale=0.4), 240)[60:])
    assert len(said) > 120
    assert np.median(said) == pytest.approx(6, abs=0.3)
    assert np.mean(np.abs(np.array(said) - 6) < 1) > 0.95


@pytest.mark.parametrize(("before", "after"), [(10, 14), (14, 18), (18, 12), (6, 12)])
def test_a_change_of_pace_is_followed(before: float, after: float) -> None:
    heart = person(lambda t: before if t < 90 else after, 180, seed=4)
    assert values(rates(heart, 180)[85:90]) == pytest.approx([before] * 5, abs=0.6)
    assert values(rates(heart, 180)[150:]) == pytest.approx([after] * 30, abs=1.0)


def test_the_first_answer_comes_within_half_a_minute() -> None:
    said = rates(person(12, 60, seed=5), 60)
    first = next(second for second, estimate in enumerate(said) if estimate.value is not None)
    assert 8 < first < 30
    assert said[3].why == "collecting heartbeats: 2 s of 20 s"
    assert all(
        estimate.why.startswith("collecting heartbeats: ") for estimate in said[2:first] if second_of(estimate) < 20
    )


def second_of(estimate: Estimate) -> float:
    return estimate.t / 1e9


def test_quality_is_the_confidence_also_where_the_rate_is_unknown() -> None:
    said = rates(person(12, 60, seed=5), 60)
    unknown = [estimate for estimate in said[15:] if estimate.value is None]
    assert all(0.02 < estimate.quality < 0.25 for estimate in unknown)
    assert all(estimate.quality >= 0.25 and not estimate.why for estimate in said if estimate.value is not None)
    assert said[50].quality > 0.5


def test_what_is_shown_is_a_matter_of_the_least_confidence() -> None:
    heart = person(12, 60, seed=5)
    always, strict = rates(heart, 60, least=0.0), rates(heart, 60, least=0.9)
    assert all(estimate.value is not None for estimate in always[20:])
    assert [estimate.quality for estimate in strict] == [estimate.quality for estimate in always]
    unknown = [estimate for estimate in strict[30:] if estimate.value is None]
    assert unknown
    assert all(estimate.why == f"confidence {estimate.quality:.2f} is below 0.90" for estimate in unknown)


def test_a_steady_heart_says_nothing_of_the_breath() -> None:
    said = rates(from_intervals([0.8] * 200), 150)
    assert values(said) == []
    assert {estimate.why for estimate in said[25:]} == {"RSA too weak (0 ms)"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weak_rsa_is_a_reason(seed: int) -> None:
    """A ventilated person: 1 ms of RSA under the strap's own millisecond of rounding."""
    dice = np.random.default_rng(seed)
    t = np.arange(200) * 0.66
    rr = np.round((0.66 + 0.001 * np.sin(2 * np.pi * t / 4) + dice.normal(0, 0.0015, 200)) * 1024) / 1024
    said = rates(from_intervals(rr), 125)
    assert values(said) == []
    assert {estimate.why for estimate in said[30:]} <= {f"RSA too weak ({ms} ms)" for ms in (1, 2, 3)}


def test_noise_is_mostly_unknown() -> None:
    said = [
        estimate
        for seed in range(4)
        for estimate in rates(from_intervals(np.random.default_rng(seed).normal(0.8, 0.03, 200)), 150)[30:]
    ]
    assert len(values(said)) < 0.35 * len(said)


def test_breathing_above_half_the_heart_rate_is_not_said() -> None:
    """Breathing 24 a minute while the heart slows from 75 to 42 beats a minute."""
    heart = person(24, 200, seed=6, rr_s=lambda t: float(np.interp(t, [80, 110], [0.8, 1.43])))
    said = rates(heart, 200)
    assert values(said[60:80]) == pytest.approx([24] * 20, abs=0.6)
    assert "breathing above half the heart rate cannot be seen in RR" in {estimate.why for estimate in said[90:]}
    assert all(rate < 0.5 * 60 / 1.3 for rate in values(said[125:]))


def test_after_a_gap_what_was_known_is_not_said_until_it_is_seen_again() -> None:
    items: list[Item] = [*told(without(person(12, 200, seed=7), 90, 125)), lost(90, 125)]
    said = [answer[0] for answer in asked(BreathingEstimator(), items, range(200))]
    assert all(estimate.value is not None for estimate in said[80:90])
    assert {estimate.value for estimate in said[96:132]} == {None}
    assert said[127].why.startswith("collecting heartbeats: ")
    assert values(said[165:]) == pytest.approx([12] * 35, abs=0.7)


def test_beats_without_a_clean_one_among_them_are_a_reason() -> None:
    good = person(12, 60, seed=8).rr_s.tolist()
    said = rates(from_intervals([*good, *([3.1, 0.15, 5.3, 0.11, 4.4, 0.2] * 8)]), 150)
    assert "too few clean heartbeats" in {estimate.why for estimate in said[70:]}
    assert values(said[75:]) == []


FOUR_SIX = Pacing(HostNs(0), Pattern())


def motion(rate_bpm: float, seconds: float, seed: int, *, swing_mg: float = 8.0, source: str = "strap") -> list[Sample]:
    """A strap that tells of nothing but acceleration, at 25 Hz."""
    worn = straps.chest(rate_bpm, seconds, seed, swing_mg=swing_mg, rough_mg=1.0, acc_hz=25)
    return straps.told(worn, rr=False, ecg=False, source=source)


def named(answer: tuple[Estimate, ...], name: str) -> Estimate:
    (found,) = [estimate for estimate in answer if estimate.name == f"breathing/{name}"]
    return found


def names(answer: tuple[Estimate, ...]) -> list[str]:
    return [estimate.name.removeprefix("breathing/") for estimate in answer]


@pytest.mark.parametrize("rate_bpm", [6, 14, 24])
def test_chest_motion_alone_is_enough(rate_bpm: float) -> None:
    answers = asked(BreathingEstimator(), motion(rate_bpm, 120, seed=1), range(120))
    said = values([answer[0] for answer in answers[60:]])
    assert len(said) > 50
    assert said == pytest.approx([rate_bpm] * len(said), rel=0.05)


def test_a_chest_is_heard_before_its_rate_is_known() -> None:
    answers = asked(BreathingEstimator(), motion(14, 40, seed=1), range(40))
    assert answers[0][0].why == "no heartbeats yet"
    assert answers[6][0].why == "collecting chest motion: 6 s of 8 s"
    assert answers[12][0].why.startswith("confidence 0.")


def test_a_chest_that_falls_silent_is_the_reason() -> None:
    answers = asked(BreathingEstimator(), motion(14, 60, seed=1), range(70))
    assert answers[69][0].value is None
    assert answers[69][0].why == "no chest motion for 10 s"


def test_a_person_whose_heart_shows_no_breath_is_followed_by_the_chest() -> None:
    items = [*told(from_intervals([0.8] * 200)), *motion(14, 120, seed=2)]
    answers = asked(BreathingEstimator(), items, range(120))
    assert values([answer[0] for answer in answers[70:]]) == pytest.approx([14] * 50, abs=0.5)
    assert named(answers[100], "rr_evidence").why == "RSA too weak (0 ms)"
    assert (named(answers[100], "motion_evidence").value or 0) > 0.8


def test_heart_and_chest_together_are_surer_than_each_alone() -> None:
    heart, chest = told(person(14, 120, seed=3)), motion(14, 120, seed=3)
    sure = [
        np.mean([answer[0].quality for answer in asked(BreathingEstimator(), items, range(120))[40:]])
        for items in (heart, chest, [*heart, *chest])
    ]
    assert sure[2] > max(sure[:2])


def test_evidence_is_said_of_every_channel_that_was_ever_heard() -> None:
    worn = straps.chest(14, 40, seed=4, acc_hz=25)
    always = ["rate_bpm", "inhale_s", "exhale_s", "inhale_share"]
    for told_of, more in (
        ([], []),
        (told(worn.heart), ["rr_evidence"]),
        (straps.told(worn, ecg=False), ["rr_evidence", "motion_evidence"]),
        (straps.told(worn), ["rr_evidence", "ecg_evidence", "motion_evidence"]),
    ):
        answer = asked(BreathingEstimator(), told_of, range(60))[-1]
        assert [name for name in names(answer) if not name.startswith("heart/")] == [*always, *more]
        assert all(named(answer, name).value is None and named(answer, name).why for name in ["rate_bpm", *more])


def test_evidence_is_a_share() -> None:
    worn = straps.chest(14, 60, seed=5, acc_hz=25)
    answer = asked(BreathingEstimator(), straps.told(worn), range(60))[-1]
    for name in ("rr_evidence", "ecg_evidence", "motion_evidence"):
        estimate = named(answer, name)
        assert estimate.value is not None
        assert 0.5 < estimate.value == estimate.quality <= 1


def test_only_the_chest_s_own_sources_count() -> None:
    on_the_leg = motion(14, 60, seed=6, source="phone")
    here = asked(BreathingEstimator(), on_the_leg, range(60))
    assert names(here[-1]) == ["rate_bpm", "inhale_s", "exhale_s", "inhale_share"]
    belly = asked(BreathingEstimator(chest_sources=("strap", "phone")), on_the_leg, range(60))
    assert belly[-1][0].value == pytest.approx(14, abs=0.5)


def test_without_motion_the_parts_of_a_breath_are_not_available() -> None:
    answer = asked(BreathingEstimator(), told(person(12, 60, seed=7)), range(60))[-1]
    assert {estimate.why for estimate in answer[1:4]} == {"not available from RR"}
    nothing = asked(BreathingEstimator(), [], range(3))[-1]
    assert {estimate.why for estimate in nothing[1:4]} == {"no chest motion sensor"}


def paced(items: list[Sample], seconds: int, pacing: Pacing | None) -> list[Estimate]:
    estimator = BreathingEstimator()
    estimator.pace(pacing)
    return [answer[0] for answer in asked(estimator, items, range(seconds))]


def test_pacing_is_never_an_answer() -> None:
    steady = told(from_intervals([0.8] * 800))
    assert values(paced(steady, 600, FOUR_SIX)) == []
    assert values(paced([], 600, FOUR_SIX)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_who_does_not_follow_the_pace_is_believed(seed: int) -> None:
    for items in (told(person(14, 150, seed)), motion(14, 150, seed)):
        said = values(paced(items, 150, FOUR_SIX)[60:])
        assert len(said) > 70
        assert said == pytest.approx([14] * len(said), abs=0.7)


def test_who_follows_the_pace_is_found_no_later() -> None:
    heart = told(person(6, 120, seed=8, rsa_s=0.08, inhale=0.4))
    assert len(values(paced(heart, 120, FOUR_SIX))) >= len(values(paced(heart, 120, None)))


def test_phase_and_held_breath_are_said_at_every_tick() -> None:
    worn = straps.chest(14, 30, seed=9, acc_hz=25)
    for items in ([], told(worn.heart), straps.told(worn)):
        for second in listened(BreathingEstimator(), items, range(30)):
            live = [each for each in second if isinstance(each, Estimate)]
            said = [each.name for each in live if each.name in {"breathing/phase_rad", "breathing/held_s"}]
            assert said == ["breathing/phase_rad", "breathing/held_s"] * 4
            assert all(each.value is not None or each.why for each in live)


def test_held_breaths_cannot_be_seen_in_rr() -> None:
    said = listened(BreathingEstimator(), told(person(12, 60, seed=10)), range(60))
    held = [each for each in said[-1] if isinstance(each, Estimate) and each.name == "breathing/held_s"]
    assert {each.why for each in held} == {"not visible from RR"}
    steady = listened(BreathingEstimator(), told(from_intervals([0.8] * 90)), range(60))
    held = [each for each in steady[-1] if isinstance(each, Estimate) and each.name == "breathing/held_s"]
    assert {each.why for each in held} == {"breathing not visible"}
    assert not any(isinstance(each, Cue) for second in [*said, *steady] for each in second)


def test_of_two_chests_the_one_that_sees_the_breath_stop_is_believed() -> None:
    estimator = BreathingEstimator(chest_sources=("strap", "phone"))
    phase, breathes = Phase(1.0, 0.9), Held(0.0, 0.9)

    def two(strap: Held, phone: Held, strap_cue: str = "", phone_cue: str = "") -> tuple[list[str], float | None]:
        for source, held, kind in zip(estimator._chests, (strap, phone), (strap_cue, phone_cue), strict=True):
            source.chest = SimpleNamespace(newest=HostNs(0), take=list)  # type: ignore[assignment]
            cues = [Cue(HostNs(NS), kind, kind)] if kind else []
            said = ChestSaid(phase, held, [], cues)
            source.breathing = SimpleNamespace(live=lambda *_, said=said: said)  # type: ignore[assignment]
        outputs = estimator.live(HostNs(NS))
        (held_s,) = [each.value for each in outputs if isinstance(each, Estimate) and each.name == "breathing/held_s"]
        return [each.kind for each in outputs if isinstance(each, Cue)], held_s

    estimator._chests[1].known = 2.0  # the phone knows more otherwise
    assert two(breathes, breathes) == ([], 0)
    assert two(Held(4.0, 0.9), breathes, "breath-held") == (["breath-held"], 4)
    assert two(Held(6.0, 0.9), Held(5.0, 0.9), "", "breath-held") == ([], 6)
    assert two(breathes, Held(7.0, 0.9), "breath-back") == ([], 7)
    assert two(breathes, Held(None, 0.0, "moving")) == ([], None)
    assert two(breathes, breathes, "", "breath-back") == (["breath-back"], 0)


def test_a_strap_that_is_lost_while_the_breath_is_held_leaves_the_next_one_to_the_other_sensor() -> None:
    """Held from 60 to 72 s, when the strap is heard no more, and again from 110 to 124 s."""
    person = breather(130, 1, holds=((60, 72), (110, 124)))
    times = np.rint(np.arange(0, 130, 1 / 30) * NS).astype(np.int64)[: 3 * len(person.acc)]
    worn = Series(times, np.repeat(person.acc, 3, axis=0))
    strap, phone = (straps.framed(worn, f"{source}/acc", 15) for source in ("strap", "phone"))
    items = [*(sample for sample in strap if sample.t < 71 * NS), *phone]
    said = listened(BreathingEstimator(chest_sources=("strap", "phone")), items, range(130))
    cues = [(each.kind, each.t / NS) for second in said for each in second if isinstance(each, Cue)]
    assert [kind for kind, _ in cues] == ["breath-held", "breath-back"] * 2
    assert [at_s for kind, at_s in cues if kind == "breath-held"] == pytest.approx([64, 114], abs=2)


@pytest.mark.parametrize(
    ("chest", "heart", "said"), [(0.9, 0.95, 1.0), (0.1, 0.5, 2.0), (0.1, 0.2, 1.0), (None, 0.2, 2.0)]
)
def test_a_chest_whose_phase_is_not_sure_leaves_it_to_the_heart(chest: float | None, heart: float, said: float) -> None:
    estimator = BreathingEstimator()
    estimator._rr_seen = True
    estimator._rr_phase = SimpleNamespace(live=lambda *_: Phase(2.0, heart))  # type: ignore[assignment]
    (source,) = estimator._chests
    phase = Phase(None, 0.0, "moving") if chest is None else Phase(1.0, chest)
    source.chest = SimpleNamespace(newest=HostNs(0), take=list)  # type: ignore[assignment]
    told = ChestSaid(phase, Held(0.0, 0.9), [], [])
    source.breathing = SimpleNamespace(live=lambda *_: told)  # type: ignore[assignment]
    (found,) = [each for each in estimator.live(HostNs(NS)) if isinstance(each, Estimate) and "phase" in each.name]
    assert found.value == said
