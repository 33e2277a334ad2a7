"""The battery: what holds for every estimator."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tests.estimators import limbs
from tests.estimators.hearts import Heart, Item, asked, from_intervals, lost, person, scalar, told, without
from tests.estimators.limbs import SOURCE, Series, limb, scaled, still, waved
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.contract import Estimator, stream_kind
from tidehold.estimators.heart import HeartEstimator
from tidehold.estimators.tilt import TiltEstimator
from tidehold.records import HostNs, Sample
from tidehold.units import NS

ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    "heart": HeartEstimator,
    "breathing": BreathingEstimator,
    "tilt": lambda: TiltEstimator(SOURCE),
}
NAMES = {
    "heart": ("heart/hr_bpm", "heart/rmssd_ms", "heart/artefact_share"),
    "breathing": ("breathing/rate_bpm",),
    "tilt": ("phone/tilt_deg", "phone/rms_deg", "phone/gravity_g"),
}
SILENCE = {
    "heart": "no heartbeats for 9 s",
    "breathing": "no heartbeats for 9 s",
    "tilt": "no samples for 9 s",
}
DAYS = 9 * 86_400 * NS + 12_345_678_901

every_estimator = pytest.mark.parametrize("name", ESTIMATORS)
of_the_heart = pytest.mark.parametrize("name", ["heart", "breathing"])


def _with_artefacts() -> Heart:
    """Two minutes with a missed, an extra and a premature beat in each quarter of a minute."""
    rr = person(13, 120, seed=3).rr_s.tolist()
    spoiled: list[float] = []
    for i in range(0, len(rr) - 16, 16):
        a, b, c, d, e, f, *rest = rr[i : i + 16]
        spoiled += [a, b + c, d, e * 0.4, e * 0.6, f - 0.25, rest[0] + 0.25, *rest[1:]]
    return from_intervals(spoiled)


def alive(seconds: float, seed: int, start_s: int = 0) -> list[Sample]:
    """A person in whom every estimator finds all its figures: a heart that breathes and a leg that sways."""
    heart, leg = person(12, seconds, seed), limb(waved(3, 0.04), seconds, seed)
    samples = sorted([*told(heart), *limbs.told(leg)], key=lambda sample: sample.t)
    start = start_s * NS
    return [Sample(HostNs(each.t + start), each.stream, each.times + start, each.values) for each in samples]


def hushed(samples: list[Sample], start_s: float, end_s: float) -> list[Item]:
    """The samples without those of a while, and the gaps that say so."""
    left: list[Item] = [lost(start_s, end_s, stream) for stream in {each.stream for each in samples}]
    for each in samples:
        heard = (each.times < start_s * NS) | (each.times >= end_s * NS)
        if heard.any():
            left.append(Sample(each.t, each.stream, each.times[heard], each.values[heard]))
    return left


LEG = limb(waved(30, 0.1, 20), 120, seed=2, bias_deg_s=(0.3, -0.3, 0.3))


def _full(value: float) -> Series:
    return Series(LEG.acc.times, np.full_like(LEG.acc.values, value))


HOSTILE: dict[str, list[Item]] = {
    "nothing": [],
    "one beat": [*told(from_intervals([0.9]))],
    "seven beats": [*told(from_intervals([0.9] * 7))],
    "constant": [*told(from_intervals([0.8] * 120))],
    "constant change": [*told(from_intervals(np.linspace(0.5, 1.2, 120)))],
    "shortest": [*told(from_intervals([0.3] * 300))],
    "longest": [*told(from_intervals([2.0] * 50))],
    "shortest and longest in turn": [*told(from_intervals([0.3, 2.0] * 50))],
    "one tick": [*told(from_intervals([1 / 1024] * 500))],
    "a minute each": [*told(from_intervals([63.9] * 3))],
    "noise": [*told(from_intervals(np.random.default_rng(1).uniform(0.3, 2.0, 100)))],
    "artefacts": [*told(_with_artefacts())],
    "gap": [*told(without(person(12, 120, seed=5), 50, 70)), lost(50, 70)],
    "contact comes and goes": [
        *told(person(12, 120, seed=6)),
        *(scalar(t, "contact", t // 20 % 3) for t in range(0, 120, 5)),
    ],
    "rate only": [scalar(t, "hr", 60 + t % 7) for t in range(120)],
    "no rate": [scalar(t, "hr", 0) for t in range(120)],
    "other streams": [scalar(t, "battery", 88) for t in range(120)],
    "leg": [*limbs.told(LEG)],
    "leg in batches": [*limbs.told(LEG, every_s=3)],
    "leg a minute late": [*limbs.told(LEG, late_s=60)],
    "leg with a gap": hushed(limbs.told(LEG), 50, 70),
    "leg's gyroscope comes and goes": [
        *limbs.told({"acc": LEG.acc, "gyr": limbs.without(limbs.without(LEG.gyr, 0, 15), 60, 80)}),
    ],
    "leg at uneven 20 and 400 Hz": [*limbs.told(limb(waved(30, 0.1, 9), 40, hz=20, gyr_hz=400, jitter=0.9))],
    "leg without gyroscope": [*limbs.told({"acc": LEG.acc})],
    "leg's gravity": [*limbs.told({"gravity": LEG.acc, "gyr": LEG.gyr})],
    "leg's gyroscope alone": [*limbs.told({"gyr": LEG.gyr})],
    "leg in g": [*limbs.told({"acc": scaled(LEG.acc, 0.102), "gyr": LEG.gyr})],
    "free fall": [*limbs.told({"acc": _full(0), "gyr": _full(0)})],
    "free fall without gyroscope": [*limbs.told({"acc": _full(0)})],
    "saturated": [*limbs.told({"acc": _full(156.9), "gyr": _full(-34.9)})],
    "beyond numbers": [*limbs.told({"acc": _full(1e300), "gyr": _full(-1e300)})],
    "no numbers": [*limbs.told({"acc": _full(np.nan), "gyr": _full(np.inf)})],
    "tumbling in noise": [*limbs.told({"acc": scaled(limb(still, 120, acc_noise=30).acc, 3), "gyr": LEG.gyr})],
    "one sample": [*limbs.told(LEG, every_s=0.01)[:2]],
}


FRAMED = [
    "artefacts",
    "gap",
    "noise",
    "contact comes and goes",
    "leg",
    "leg in batches",
    "leg with a gap",
    "leg's gyroscope comes and goes",
    "leg at uneven 20 and 400 Hz",
    "leg without gyroscope",
    "leg's gravity",
]


@every_estimator
@pytest.mark.parametrize("case", HOSTILE)
def test_every_figure_is_finite_or_unknown_with_a_reason(name: str, case: str) -> None:
    for answer in asked(ESTIMATORS[name](), HOSTILE[case], range(125)):
        assert tuple(estimate.name for estimate in answer) == NAMES[name]
        for estimate in answer:
            assert 0 <= estimate.quality <= 1
            assert math.isfinite(estimate.value) if estimate.value is not None else estimate.why


@every_estimator
@pytest.mark.parametrize("case", FRAMED)
def test_how_samples_are_cut_into_frames_does_not_matter(name: str, case: str) -> None:
    apart: list[Item] = []
    for item in HOSTILE[case]:
        if isinstance(item, Sample):
            apart += [
                Sample(item.t, item.stream, item.times[i : i + 1], item.values[i : i + 1])
                for i in range(len(item.times))
            ]
        else:
            apart.append(item)
    assert asked(ESTIMATORS[name](), apart, range(125)) == asked(ESTIMATORS[name](), HOSTILE[case], range(125))


@every_estimator
@pytest.mark.parametrize("end", [20, 61, 97])
def test_what_comes_later_changes_nothing_before(name: str, end: int) -> None:
    body = sorted([*told(_with_artefacts()), *limbs.told(LEG)], key=lambda sample: sample.t)
    before = [sample for sample in body if sample.t <= end * NS]
    other = [Sample(each.t, each.stream, each.times, each.values * 0.7) for each in body if each.t > end * NS]
    expected = asked(ESTIMATORS[name](), body, range(end + 1))
    assert asked(ESTIMATORS[name](), before, range(end + 1)) == expected
    assert asked(ESTIMATORS[name](), [*before, *other], range(125))[: end + 1] == expected


@every_estimator
@pytest.mark.parametrize("case", [*FRAMED, "rate only"])
def test_shifting_every_time_changes_no_figure(name: str, case: str) -> None:
    here = asked(ESTIMATORS[name](), HOSTILE[case], range(125))
    later = asked(ESTIMATORS[name](), HOSTILE[case], range(125), shift=DAYS)
    for one, other in zip(here, later, strict=True):
        for a, b in zip(one, other, strict=True):
            assert (a.name, a.value, a.quality, a.why) == (b.name, b.value, b.quality, b.why)
            assert b.t == a.t + DAYS


@every_estimator
def test_silence_is_unknown_and_every_figure_comes_back(name: str) -> None:
    answers = asked(ESTIMATORS[name](), hushed(alive(240, seed=8), 80, 100), range(240))
    assert all(estimate.value is not None for estimate in answers[79])
    assert all(estimate.why == SILENCE[name] for estimate in answers[89])
    assert all(estimate.value is None for answer in answers[86:100] for estimate in answer)
    assert all(estimate.value is not None for estimate in answers[170])


@every_estimator
@pytest.mark.parametrize("jump_s", [10, 3600, 30 * 3600])
def test_a_jump_of_time_leaves_no_figure_behind_and_every_one_comes_back(name: str, jump_s: int) -> None:
    before, after = alive(100, seed=9), alive(150, seed=10, start_s=100 + jump_s)
    seconds = [*range(100), *range(100 + jump_s, 250 + jump_s)]
    gaps = [lost(100, 100 + jump_s, stream) for stream in {each.stream for each in before}]
    answers = asked(ESTIMATORS[name](), [*before, *gaps, *after], seconds)
    assert all(estimate.value is not None for estimate in answers[99])
    assert all(estimate.value is None for estimate in answers[100])
    assert all(estimate.value is not None for estimate in answers[-1])


@of_the_heart
def test_contact_lost_is_the_reason_and_beats_without_contact_do_not_count(name: str) -> None:
    items = [*told(person(12, 120, seed=11)), scalar(60, "contact", 1), scalar(90, "contact", 2)]
    answers = asked(ESTIMATORS[name](), items, range(120))
    for second in (60, 75, 89):
        assert {(estimate.value, estimate.why) for estimate in answers[second]} == {(None, "no skin contact")}
    assert answers[119][0].value is not None


@every_estimator
def test_asking_twice_at_the_same_time_gives_the_same_answer(name: str) -> None:
    estimator = ESTIMATORS[name]()
    asked(estimator, alive(90, seed=12), range(90))
    first = estimator.estimate(HostNs(90 * NS))
    assert estimator.estimate(HostNs(90 * NS)) == first


@pytest.mark.parametrize(("stream", "kind"), [("strap/rr", "rr"), ("chest/strap/acc", "acc"), ("rr", "rr")])
def test_the_kind_of_a_stream_is_the_last_part_of_its_name(stream: str, kind: str) -> None:
    assert stream_kind(stream) == kind
