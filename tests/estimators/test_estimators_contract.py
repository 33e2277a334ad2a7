"""The battery: what holds for every estimator."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import cycle

import msgspec
import numpy as np
import pytest

from tests.estimators import limbs, straps
from tests.estimators.hearts import Heart, Item, from_intervals, lost, person, scalar, told, without
from tests.estimators.limbs import SOURCE, Series, limb, scaled, still, waved
from tests.estimators.straps import apart, chest, listened, moved
from tests.estimators.walkers import walker
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.contract import Estimator, stream_kind
from tidehold.estimators.heart import HeartEstimator
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Breath, Cue, Estimate, Hold, HoldFigures, HostNs, Output, Sample
from tidehold.units import NS

ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    "heart": HeartEstimator,
    "breathing": BreathingEstimator,
    "hold": lambda: HoldEstimator(SOURCE, "shin"),  # says what TiltEstimator does, and more
}
HEARS = {
    "heart": {"strap/rr", "strap/hr", "strap/contact"},
    "breathing": {"strap/rr", "strap/contact", "strap/ecg", "strap/acc"},
    "hold": {"phone/acc", "phone/gyr", "phone/gravity"},
}
ALWAYS = {
    "heart": ("heart/hr_bpm", "heart/rmssd_ms", "heart/sdnn_ms", "heart/artefact_share"),
    "breathing": ("breathing/rate_bpm",),
    "hold": (
        "phone/tilt_deg",
        "phone/rms_deg",
        "phone/gravity_g",
        "phone/angle_deg",
        "phone/hold_s",
        "phone/hold_rms_deg",
        "phone/hold_drift_deg_min",
        "phone/hold_in_band",
        "phone/hold_tremor_deg_s",
        "phone/hold_score",
    ),
}
"""What is said from the first second on; other figures come with the first sample of their streams, and stay."""
NEVER = "phone/stride_length_m"
"""Said to be not measured, always."""
SILENCE = {
    "heart": "no heartbeats for 9 s",
    "breathing": "(no [^;]* for (9|10) s(; )?)+",  # of each channel; chest motion is known by tenths of a second
    "hold": "no samples for 9 s",
}
DAYS = 9 * 86_400 * NS + 12_345_678_901
SECONDS = 125
"""How long every case is listened to."""
FRAMED_S = 86
"""By then everything particular about the cases of `FRAMED` has happened."""
PIECES = (1, 1, 2, 30, 7)
"""Samples in a smaller frame, in turn; one by one throughout is dear."""

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


@cache
def _lively(name: str, seconds: float, seed: int) -> list[Sample]:
    if name == "heart":
        return straps.told(chest(12, seconds, seed, acc_hz=25), ecg=False, acc=False)
    if name == "breathing":
        return straps.told(chest(12, seconds, seed))
    return limbs.told(limb(waved(3, 0.04), seconds, seed))


def alive(name: str, seconds: float, seed: int, start_s: int = 0) -> list[Sample]:
    """A person in whom an estimator finds all its figures: a heart, a chest that breathes, a leg that sways or walks.

    What others tell, which is nothing to it, is in `test_every_figure_is_finite_or_unknown_with_a_reason`.
    """
    return [moved(each, start_s * NS) for each in _lively(name, seconds, seed)]


def turned(samples: list[Sample], at_s: float) -> list[Sample]:
    """The samples of a strap that is worn the other way round from some time on."""
    factors = np.array([1.0, -1.0, -1.0])
    return [
        Sample(each.t, each.stream, each.times, each.values * factors)
        if each.stream == "strap/acc" and each.t >= at_s * NS
        else each
        for each in samples
    ]


def holey(samples: list[Sample], every: int) -> list[Sample]:
    """The samples with every so-manieth value of a frame no number, and every second of those infinite."""
    spoiled: list[Sample] = []
    for each in samples:
        values = each.values.copy()
        values[::every] = np.nan
        values[:: 2 * every] = np.inf
        spoiled.append(Sample(each.t, each.stream, each.times, values))
    return spoiled


def of_motion(strap: straps.Chest) -> list[Sample]:
    """What a strap tells that measures nothing but acceleration."""
    return straps.told(strap, rr=False, ecg=False)


def hushed(samples: list[Sample], start_s: float, end_s: float) -> list[Item]:
    """The samples without those of a while, and the gaps that say so."""
    left: list[Item] = [lost(start_s, end_s, stream) for stream in sorted({each.stream for each in samples})]
    for each in samples:
        heard = (each.times < start_s * NS) | (each.times >= end_s * NS)
        if heard.any():
            left.append(Sample(each.t, each.stream, each.times[heard], each.values[heard]))
    return left


LEG = limb(waved(30, 0.1, 20), 120, seed=2, bias_deg_s=(0.3, -0.3, 0.3))
WALK = walker(3, 60).limb
CHEST = chest(12, 90, seed=21)
NOISE = Series(CHEST.ecg.times, 1e-3 * np.random.default_rng(4).standard_normal(len(CHEST.ecg.times)))
SLOW = chest(9, 120, seed=22, acc_hz=25, held=((60, 85),))


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
    "walk": [*limbs.told(WALK)],
    "walk in batches, with a gap": hushed(limbs.told(WALK, every_s=3), 25, 30),
    "walk at 20 Hz": [*limbs.told(walker(4, 30, hz=20).limb)],
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
    "chest": [*straps.told(CHEST)],
    "chest at 25 Hz, breath held": [*straps.told(SLOW, ecg=False)],
    "chest's motion alone, worn the other way round": [*turned(of_motion(SLOW), 50)],
    "chest's ECG alone": [*straps.told(CHEST, rr=False, acc=False)],
    "chest with a gap": hushed(straps.told(CHEST), 40, 55),
    "chest's ECG comes and goes": hushed(straps.told(CHEST, rr=False, acc=False), 30, 60),
    "chest without contact for a while": [
        *straps.told(CHEST),
        *(scalar(t, "contact", 1 if 40 <= t < 60 else 2) for t in range(90)),
    ],
    "chest a minute late": [*straps.told(CHEST, late_s=60)],
    "chest walking": [*straps.told(chest(12, 60, seed=23, rough_mg=300, acc_hz=50))],
    "chest that does not breathe": [*of_motion(chest(12, 60, seed=24, swing_mg=0, rough_mg=0, acc_hz=25))],
    "chest with holes in it": [*holey(straps.told(CHEST), 50)],
    "chest in free fall": [*of_motion(CHEST._replace(acc=straps.values(CHEST.acc, 0)))],
    "chest saturated": [*of_motion(CHEST._replace(acc=straps.values(CHEST.acc, 78.4)))],
    "chest beyond numbers": [
        *straps.told(CHEST._replace(acc=straps.values(CHEST.acc, 1e300), ecg=straps.values(CHEST.ecg, -1e300)))
    ],
    "chest of no numbers": [
        *straps.told(CHEST._replace(acc=straps.values(CHEST.acc, np.nan), ecg=straps.values(CHEST.ecg, np.inf)))
    ],
    "flat ECG": [*straps.told(CHEST._replace(ecg=straps.values(CHEST.ecg, 0)), acc=False)],
    "saturated ECG": [*straps.told(CHEST._replace(ecg=scaled(CHEST.ecg, 1e6)), acc=False)],
    "ECG of noise": [*straps.told(CHEST._replace(ecg=NOISE), acc=False)],
    "one frame of each": [*straps.told(chest(12, 0.8, seed=25))],
}


FRAMED = [
    "artefacts",
    "gap",
    "noise",
    "contact comes and goes",
    "leg",
    "leg in batches",
    "walk",
    "walk in batches, with a gap",
    "leg with a gap",
    "leg's gyroscope comes and goes",
    "leg at uneven 20 and 400 Hz",
    "leg without gyroscope",
    "leg's gravity",
    "chest",
    "chest at 25 Hz, breath held",
    "chest's motion alone, worn the other way round",
    "chest with a gap",
    "chest's ECG comes and goes",
    "chest without contact for a while",
    "chest walking",
    "chest with holes in it",
]


def concerned(cases: Iterable[str]) -> list[tuple[str, str]]:
    """Each case with every estimator that hears any of it."""
    streams = {case: {item.stream for item in HOSTILE[case]} for case in cases}
    return [(name, case) for case, told_of in streams.items() for name, heard in HEARS.items() if heard & told_of]


def estimates(outputs: list[Output]) -> list[Estimate]:
    return [out for out in outputs if isinstance(out, Estimate)]


def possible(outputs: list[Output]) -> list[Estimate]:
    """Those that can be known at all."""
    return [each for each in estimates(outputs) if each.name != NEVER]


def names(outputs: list[Output]) -> list[str]:
    """Names of the figures, each once, in the order in which they were first said."""
    return list(dict.fromkeys(estimate.name for estimate in estimates(outputs)))


def numbers(figures: HoldFigures) -> list[float]:
    """All figures that are known."""
    return [value for value in msgspec.structs.astuple(figures) if isinstance(value, float)] + [*figures.slips]


@cache
def whole(name: str, case: str) -> list[list[Output]]:
    """All that an estimator says in a case; several tests look at it."""
    return listened(ESTIMATORS[name](), HOSTILE[case], range(SECONDS))


@every_estimator
@pytest.mark.parametrize("case", HOSTILE)
def test_every_figure_is_finite_or_unknown_with_a_reason(name: str, case: str) -> None:
    before = list(ALWAYS[name])
    for second, outputs in enumerate(whole(name, case)):
        assert [each for each in names(outputs) if each in before] == before
        before = names(outputs)
        for out in outputs:
            assert out.t // NS == second
            if isinstance(out, Estimate):
                assert 0 <= out.quality <= 1
                assert math.isfinite(out.value) if out.value is not None else out.why
            elif isinstance(out, Breath):
                assert 0 <= out.quality <= 1
                assert out.inhale < out.exhale < out.end <= out.t
            elif isinstance(out, Hold):
                assert out.start < out.end <= out.t
                assert out.why
                assert out.score is None or 0 <= out.score <= 100
                assert out.figures is None or all(map(math.isfinite, numbers(out.figures)))
            else:
                assert isinstance(out, Cue)
                assert out.text


def cut(items: Iterable[Item]) -> list[Item]:
    """The same samples in smaller frames of changing size that come when the whole one did."""
    pieces: list[Item] = []
    sizes = cycle(PIECES)
    for item in items:
        if not isinstance(item, Sample):
            pieces.append(item)
            continue
        start = 0
        while start < len(item.times):
            end = start + next(sizes)
            pieces.append(Sample(item.t, item.stream, item.times[start:end], item.values[start:end]))
            start = end
    return pieces


@pytest.mark.parametrize(("name", "case"), concerned(FRAMED))
@pytest.mark.parametrize("smaller", [cut, pytest.param(apart, marks=pytest.mark.long)])
def test_how_samples_are_cut_into_frames_does_not_matter(
    name: str, case: str, smaller: Callable[[list[Item]], list[Item]]
) -> None:
    items = [item for item in HOSTILE[case] if item.t < FRAMED_S * NS]
    assert listened(ESTIMATORS[name](), smaller(items), range(FRAMED_S)) == whole(name, case)[:FRAMED_S]


@cache
def of_somebody(name: str) -> tuple[list[Sample], list[list[Output]]]:
    """What a heart with artefacts, a chest and a leg tell an estimator, and all that it says."""
    strap = chest(11, 110, seed=26)._replace(heart=_with_artefacts())
    body = sorted([*straps.told(strap), *limbs.told(LEG)], key=lambda sample: sample.t)
    heard = [sample for sample in body if sample.stream in HEARS[name]]
    return heard, listened(ESTIMATORS[name](), heard, range(SECONDS))


@every_estimator
@pytest.mark.parametrize("end", [*(pytest.param(end, marks=pytest.mark.long) for end in (20, 61)), 97])
def test_what_comes_later_changes_nothing_before(name: str, end: int) -> None:
    body, said = of_somebody(name)
    before = [sample for sample in body if sample.t < (end + 1) * NS]
    other = [Sample(each.t, each.stream, each.times, each.values * 0.7) for each in body[len(before) :]]
    assert listened(ESTIMATORS[name](), before, range(end + 1)) == said[: end + 1]
    assert listened(ESTIMATORS[name](), [*before, *other], range(end + 5))[: end + 1] == said[: end + 1]


@pytest.mark.parametrize(("name", "case"), concerned([*FRAMED, "rate only"]))
def test_shifting_every_time_changes_no_figure(name: str, case: str) -> None:
    items = [item for item in HOSTILE[case] if item.t < FRAMED_S * NS]
    later = listened(ESTIMATORS[name](), items, range(FRAMED_S), shift=DAYS)
    assert [[moved(out, DAYS) for out in outputs] for outputs in whole(name, case)[:FRAMED_S]] == later


@every_estimator
def test_silence_is_unknown_and_every_figure_comes_back(name: str) -> None:
    said = [
        possible(outputs)
        for outputs in listened(ESTIMATORS[name](), hushed(alive(name, 172, seed=8), 80, 100), range(171))
    ]
    assert all(estimate.value is not None for estimate in said[79])
    assert all(re.fullmatch(SILENCE[name], estimate.why) for estimate in said[89])
    assert all(estimate.value is None for answer in said[86:100] for estimate in answer)
    assert all(estimate.value is not None for estimate in said[170])


@every_estimator
@pytest.mark.parametrize(
    "jump_s", [*(pytest.param(jump_s, marks=pytest.mark.long) for jump_s in (10, 3600)), 30 * 3600]
)
def test_a_jump_of_time_leaves_no_figure_behind_and_every_one_comes_back(name: str, jump_s: int) -> None:
    before, after = alive(name, 80, seed=9), alive(name, 100, seed=10, start_s=80 + jump_s)
    seconds = [*range(80), *range(80 + jump_s, 180 + jump_s)]
    gaps = [lost(80, 80 + jump_s, stream) for stream in sorted({each.stream for each in before})]
    said = [possible(outputs) for outputs in listened(ESTIMATORS[name](), [*before, *gaps, *after], seconds)]
    assert all(estimate.value is not None for estimate in said[79])
    assert all(estimate.value is None for estimate in said[80])
    assert all(estimate.value is not None for estimate in said[-1])


@of_the_heart
def test_contact_lost_is_the_reason_and_beats_without_contact_do_not_count(name: str) -> None:
    items = [*told(person(12, 120, seed=11)), scalar(60, "contact", 1), scalar(90, "contact", 2)]
    said = listened(ESTIMATORS[name](), items, range(120))
    for second in (60, 75, 89):
        assert all(each.value is None and each.why for each in estimates(said[second]))
        assert [each.why for each in estimates(said[second])[: len(ALWAYS[name])]] == ["no skin contact"] * len(
            ALWAYS[name]
        )
    assert estimates(said[119])[0].value is not None


def test_a_phone_on_the_chest_is_heard_as_a_strap_is() -> None:
    strap = of_motion(SLOW)
    phone = [Sample(each.t, "phone/acc", each.times, each.values) for each in strap]
    heard = listened(BreathingEstimator(chest_sources=("phone",)), phone, range(100))
    assert heard == listened(BreathingEstimator(), strap, range(100))
    assert any(isinstance(out, Breath) for outputs in heard for out in outputs)


@every_estimator
def test_asking_twice_at_the_same_time_gives_the_same_answer(name: str) -> None:
    estimator = ESTIMATORS[name]()
    listened(estimator, alive(name, 90, seed=12), range(90))
    first = estimator.estimate(HostNs(90 * NS))
    assert estimator.estimate(HostNs(90 * NS)) == first


@pytest.mark.parametrize(("stream", "kind"), [("strap/rr", "rr"), ("chest/strap/acc", "acc"), ("rr", "rr")])
def test_the_kind_of_a_stream_is_the_last_part_of_its_name(stream: str, kind: str) -> None:
    assert stream_kind(stream) == kind
