"""Straps for the tests of this room: a person whose beats, ECG and chest breathe, and how a strap tells of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from tests.estimators import hearts
from tests.estimators.hearts import Heart, Item, person
from tests.estimators.limbs import Series
from tidehold.estimators.contract import Estimator
from tidehold.estimators.heart_stream import RrCorrection
from tidehold.records import Gap, HostNs, Output, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY

ECG_HZ = 130.0
ECG_FRAME = 73
ACC_HZ = 200.0
ACC_FRAME = 36
UPRIGHT = np.array([-0.947, 0.144, 0.286])
"""Direction of gravity in a strap on someone who sits upright."""
INTO = np.array([0.286, 0.0, 0.947])
"""Where it moves as the chest fills."""

TICKS = 4
"""A second."""
Moved = TypeVar("Moved", bound=Output)
_TIMES = ("t", "start", "end", "times", "inhale", "exhale")

Held = Sequence[tuple[float, float]]


class Chest(NamedTuple):
    """What a strap measures, and the truth: times at which inhalations begin (n,), s, and how full the lungs are."""

    heart: Heart
    ecg: Series
    acc: Series
    inhales_s: Values


def chest(
    rate_bpm: float,
    seconds: float,
    seed: int,
    *,
    inhale: float = 0.4,
    swing_mg: float = 8.0,
    rough_mg: float = 2.0,
    acc_hz: float = ACC_HZ,
    held: Held = (),
) -> Chest:
    """A resting person whose beats, ECG and chest follow the same breath.

    A breath turns the strap by `swing_mg` from empty to full, the sensor adds
    white noise of `rough_mg` per sample, and each beat scales with the filling by
    a tenth. The chest, and the ECG's swing, stand still from when to when the breath is `held`.
    """
    dice = np.random.default_rng((seed, 1))
    first = _first_breath(seed)
    heart = person(rate_bpm, seconds, seed, inhale=inhale)
    acc_t, ecg_t = (np.arange(0.0, seconds, 1 / hz) + 0.003 for hz in (acc_hz, ECG_HZ))
    number = np.arange(np.ceil(first), first + rate_bpm / 60 * seconds)
    return Chest(
        heart=heart,
        ecg=Series(_ns(ecg_t), _ecg(heart, ecg_t, _filling(ecg_t, first, rate_bpm, inhale, held), dice)),
        acc=Series(_ns(acc_t), _acc(swing_mg * _filling(acc_t, first, rate_bpm, inhale, held), rough_mg, dice)),
        inhales_s=(number - first) / rate_bpm * 60,
    )


def told(
    of: Chest, *, rr: bool = True, ecg: bool = True, acc: bool = True, late_s: float = 0.03, source: str = "strap"
) -> list[Sample]:
    """What a strap tells, in order: beats a second, ECG in frames of 73, acceleration in frames of 36."""
    samples = hearts.told(of.heart) if rr else []
    for stream, series, frame in (("ecg", of.ecg, ECG_FRAME if ecg else 0), ("acc", of.acc, ACC_FRAME if acc else 0)):
        if frame:
            samples += framed(series, f"{source}/{stream}", frame, late_s=late_s)
    return sorted(samples, key=lambda sample: sample.t)


def framed(series: Series, stream: str, frame: int, *, late_s: float = 0.03) -> list[Sample]:
    """Samples in frames of so many, each `late_s` after its last; what does not fill one is not sent."""
    late = round(late_s * NS)
    ends = range(frame, len(series.times) + 1, frame)
    return [
        Sample(
            HostNs(int(series.times[end - 1]) + late),
            stream,
            series.times[end - frame : end],
            series.values[end - frame : end],
        )
        for end in ends
    ]


def values(series: Series, value: float) -> Series:
    """The same times, with one value throughout."""
    return Series(series.times, np.full_like(series.values, value))


def apart(items: Sequence[Item]) -> list[Item]:
    """The same samples, each in a frame of its own that comes when the whole one did."""
    single: list[Item] = []
    for item in items:
        if isinstance(item, Sample):
            single += [
                Sample(item.t, item.stream, item.times[i : i + 1], item.values[i : i + 1])
                for i in range(len(item.times))
            ]
        else:
            single.append(item)
    return single


def listened(
    estimator: Estimator, items: Iterable[Item], seconds: Iterable[int], *, shift: int = 0
) -> list[list[Output]]:
    """All that an estimator says in each of these seconds, asked as the fold asks.

    Four ticks a second: at each, what is live; at the first before it the
    estimates. Every item is heard when its time has come. All is shifted by `shift` ns.
    """
    live: Callable[[HostNs], list[Output]] = getattr(estimator, "live", lambda _: [])
    waiting = deque(sorted(items, key=lambda item: item.t))
    correction = RrCorrection()
    said: list[list[Output]] = []
    for second in seconds:
        outputs: list[Output] = []
        for tick in range(TICKS):
            now = HostNs(second * NS + tick * NS // TICKS)
            while waiting and waiting[0].t <= now:
                _hear(estimator, correction, moved(waiting.popleft(), shift))
            if tick == 0:
                outputs += estimator.estimate(HostNs(now + shift))
            outputs += live(HostNs(now + shift))
        said.append(outputs)
    return said


def _hear(estimator: Estimator, correction: RrCorrection, item: Item) -> None:
    if isinstance(item, Gap):
        correction.gap(item)
        estimator.gap(item)
        return
    estimator.update(item)
    clean = correction.update(item)
    if clean is not None:
        estimator.update(clean)


def moved(item: Moved, by_ns: int) -> Moved:
    """The same at another time: with all its times."""
    times = {name: getattr(item, name) + by_ns for name in _TIMES if hasattr(item, name)}
    return msgspec.structs.replace(item, **times)


def _first_breath(seed: int) -> float:
    """Where in a breath `hearts.person` of this seed begins."""
    dice = np.random.default_rng(seed)
    dice.uniform(0, 2 * np.pi)
    return float(dice.uniform())


def _filling(t: Values, first: float, rate_bpm: float, inhale: float, held: Held) -> Values:
    """How full the lungs are (n,), 0 to 1: a raised cosine that turns where inhaling turns into exhaling."""
    moved = t.copy()
    for start, end in held:
        moved -= np.clip(t - start, 0, end - start)
    place = (first + rate_bpm / 60 * moved) % 1
    half = np.where(place < inhale, place / inhale, 1 + (place - inhale) / (1 - inhale))
    return np.asarray((1 - np.cos(np.pi * half)) / 2)


def _acc(swing_mg: Values, rough_mg: float, dice: np.random.Generator) -> Values:
    gravity = UPRIGHT + np.outer(swing_mg / 1e3, INTO)
    noise = rough_mg / 1e3 * dice.standard_normal(gravity.shape)
    return np.asarray(STANDARD_GRAVITY * (gravity + noise))


def _ecg(heart: Heart, t: Values, filling: Values, dice: np.random.Generator) -> Values:
    """Q, R, S and T waves of 1 mV, in V; fuller lungs make them smaller, and shift the baseline."""
    beats = np.concatenate(([-9.0], heart.times / NS, [t[-1] + 9.0]))
    following = np.searchsorted(beats, t)
    wave = np.zeros_like(t)
    for since in (t - beats[following - 1], t - beats[following]):
        for at, width, height in ((-0.035, 0.012, -0.15), (0, 0.012, 1.0), (0.035, 0.012, -0.25), (0.28, 0.05, 0.25)):
            wave += height * np.exp(-0.5 * ((since - at) / width) ** 2)
    noise = 0.01 * dice.standard_normal(len(t))
    return np.asarray(1e-3 * (wave * (1 - 0.1 * (filling - 0.5)) + 0.02 * filling + noise))


def _ns(t: Values) -> Times:
    return np.rint(t * NS).astype(np.int64)
