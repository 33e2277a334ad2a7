"""What the estimators cost: `python -m benchmarks.estimators [--minutes 10] [--json]`.

CPU time per second of signal of each estimator by itself, on a simulated person with a strap (RR, ECG at 130 Hz in
frames of 73, acceleration at 200 Hz in frames of 36) and a phone (acceleration and angular velocity at 100 Hz, five
messages a second), asked as the fold asks: every second, and what is live at four ticks a second. The phone is heard
twice: lying still all the time, which is one long hold, and on the thigh of somebody who walks all the time, so that
it is worked on four times a second. The least of three runs, so that what else the machine does counts little.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Sequence

import msgspec
import numpy as np

from benchmarks.movements import felt, samples
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.contract import Estimator, stream_kind
from tidehold.estimators.heart import HeartEstimator
from tidehold.estimators.heart_stream import RR_CLEAN, RrCorrection
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Estimate, Gap, HostNs, Output, Sample, Tick
from tidehold.routine import Task
from tidehold.session.fold import Session
from tidehold.session.tasks import Tasks
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import Pose, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

LIMIT_MS = 1.5
"""Per second of signal, of all that follow heart and breath together."""
RUNS = 3
TICK_NS = NS // 4
PHONE = ("phone/acc", "phone/gyr")
HEART = ("rr", RR_CLEAN, "hr", "contact")
LISTENERS: dict[str, tuple[Callable[[], Estimator], Collection[str]]] = {
    "heart": (HeartEstimator, HEART),
    "breathing, of RR alone": (BreathingEstimator, HEART),
    "breathing, of RR and ECG": (BreathingEstimator, (*HEART, "ecg")),
    "breathing, of RR and motion": (BreathingEstimator, (*HEART, "strap/acc")),
    "breathing, of all": (BreathingEstimator, (*HEART, "ecg", "strap/acc")),
    "holds of the phone": (lambda: HoldEstimator("phone"), PHONE),
}
"""Estimators, and the streams that they are let hear."""
WALKING: dict[str, Callable[[], Estimator]] = {
    "holds of a phone that walks": lambda: HoldEstimator("phone"),
    "its holds and gait": lambda: Tasked(Task("walk")),
    "its holds and repetitions": lambda: Tasked(Task("repetitions")),
}
"""Those that hear the phone of somebody who walks."""
TOGETHER = ("RR correction", "heart", "breathing, of all")

Heard = Sample | Gap | Tick


class Tasked:
    """The holds of a phone on a thigh, and a task that is on from the start, as one estimator.

    Args:
        task: What is measured.
    """

    def __init__(self, task: Task) -> None:
        self._holds, self._tasks, self._task = HoldEstimator("phone", "thigh"), Tasks(), task
        self._tasks.watch("phone", "thigh", self._holds)

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame."""
        if self._tasks.doing is None:
            self._tasks.ask(sample.t, self._task)
        self._holds.update(sample)

    def gap(self, gap: Gap) -> None:
        """Take note that samples are missing from a stream."""
        self._holds.gap(gap)

    def live(self, now: HostNs) -> list[Output]:
        """What has become known."""
        return [*self._holds.live(now), *self._tasks.live(now)]

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """The figures of holds, then those of the task."""
        said = self._holds.estimate(now)
        return (*said, *(out for out in self._tasks.estimates(now) if isinstance(out, Estimate)))


def heard(minutes: float, scenario: str = "calm-6") -> list[Heard]:
    """What the fold lets estimators hear in a session in virtual time, with its ticks."""
    told = load_scenario(scenario)
    phone = msgspec.structs.replace(told.phone, gravity=False)
    fold = Session(virtual_header(told, builtin_profiles(), phone=phone))
    items: list[Heard] = []
    for item in virtual_inputs(told, minutes * 60, acc_hz=200, phone=phone):
        said = [out for out in fold.feed(item) if isinstance(out, Sample | Gap)]
        items += [out for out in said if isinstance(out, Gap) or stream_kind(out.stream) != RR_CLEAN]
        if isinstance(item, Tick):
            items.append(item)
    return items


def walking(minutes: float) -> list[Heard]:
    """What the fold lets estimators hear of a phone on the thigh of somebody who walks, with its ticks."""
    walk = Pose(seconds=minutes * 60, move_s=1.0, walk_spm=105.0)
    items: list[Heard] = []
    tick = 0
    for sample in samples(felt([walk], "thigh", np.random.default_rng(1), 30.0)):
        while (tick + 1) * TICK_NS <= sample.t:
            tick += 1
            items.append(Tick(HostNs(tick * TICK_NS)))
        items.append(sample)
    return items


def corrected(items: Sequence[Heard]) -> list[Heard]:
    """The same, with the corrected beats behind those that settle them."""
    correction = RrCorrection()
    full: list[Heard] = []
    for item in items:
        full.append(item)
        if isinstance(item, Gap):
            correction.gap(item)
        elif isinstance(item, Sample) and (clean := correction.update(item)) is not None:
            full.append(clean)
    return full


def only(items: Sequence[Heard], streams: Collection[str]) -> list[Heard]:
    """What is left of them for one who hears these streams, by whole name or its last part."""
    return [
        item
        for item in items
        if isinstance(item, Tick) or item.stream in streams or stream_kind(item.stream) in streams
    ]


def play(estimator: Estimator, items: Sequence[Heard]) -> None:
    """Let an estimator hear it all, and ask it as the fold does."""
    live = estimator.live if isinstance(estimator, BreathingEstimator | HoldEstimator | Tasked) else None
    second = -1
    for item in items:
        if isinstance(item, Sample):
            estimator.update(item)
        elif isinstance(item, Gap):
            estimator.gap(item)
        else:
            if item.t // NS > second:
                second = item.t // NS
                estimator.estimate(item.t)
            if live is not None:
                live(item.t)


def cpu_s(run: Callable[[], object]) -> float:
    """The least CPU time that it takes in a few runs, s."""
    taken: list[float] = []
    for _ in range(RUNS):
        before = time.process_time()
        run()
        taken.append(time.process_time() - before)
    return min(taken)


def costs_ms(minutes: float) -> dict[str, float]:
    """CPU per second of signal of every listener, ms."""
    raw = heard(minutes)
    beats = only(raw, HEART)
    per_s = 1e3 / (minutes * 60)
    costs = {"RR correction": per_s * cpu_s(lambda: corrected(beats))}
    items = corrected(raw)
    for name, (make, streams) in LISTENERS.items():
        mine = only(items, streams)
        costs[name] = per_s * cpu_s(lambda make=make, mine=mine: play(make(), mine))  # type: ignore[misc]
    mine = walking(minutes)
    for name, make in WALKING.items():
        costs[name] = per_s * cpu_s(lambda make=make: play(make(), mine))  # type: ignore[misc]
    return costs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    costs = costs_ms(arguments.minutes)
    together = sum(costs[name] for name in TOGETHER)
    if arguments.json:
        print(json.dumps({"ms_per_s": costs, "heart_and_breathing_ms_per_s": together, "limit_ms_per_s": LIMIT_MS}))
    else:
        print("CPU per second of signal, ms")
        for name, cost in costs.items():
            print(f"  {name:30} {cost:7.3f}")
        print(f"heart and breathing together     {together:7.3f}   (at most {LIMIT_MS})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
