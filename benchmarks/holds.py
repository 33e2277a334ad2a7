"""Holds of known truth, and rests of real sensors: `python -m benchmarks.holds [DATA_DIR] [--people 20] [--seed 8000]`.

Simulated people (`tidehold_simulators.limbs`) raise a leg, or bend, and hold it: still, swaying, drifting, trembling,
slipping, letting go early, breathing. A phone of usual noise sends 5 messages a second; the estimator is asked 4 times
a second, as in a session. DATA_DIR, if given, has the trials `broad_*.npz`, whose rests are to be found (optical
truth).

Beside it, on the same samples: the same table and figures with imufusion's direction of "up", and what the magnitude
of acceleration alone says (still where it varies by less than 3 % within 1 s; that variation is its measure of
steadiness). The seeds are not those that anything was tuned on (those are below 1000).
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple
from unittest.mock import patch

import imufusion
import msgspec
import numpy as np

from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.imu_grid import RATE_HZ, STEP_NS
from tidehold.records import Cue, Estimate, Hold, HoldFigures, HostNs, Output, Sample, Times, Values
from tidehold.units import NS, STANDARD_GRAVITY
from tidehold_simulators.limbs import STILL_S, Limb
from tidehold_simulators.scenario import Placement, Pose

MOVE_S: Final = 1.5
RAISED_S: Final = STILL_S + MOVE_S
SETTLED_S: Final = RAISED_S + MOVE_S
MESSAGE_S: Final = 0.2
TICK_S: Final = 0.25
BREATH_HZ: Final = 0.2
STEADY_SHARE: Final = 0.03
SLIP_AT_S: Final = 12.0


Row = tuple[str, str, str, str]


class Kind(NamedTuple):
    """A kind of person: the pose that is held, for how long, where the phone is, and what is lost of its samples."""

    hold_s: float
    pose: Pose
    placement: Placement = "shin"
    lost_s: tuple[float, float] = (0.0, 0.0)
    breathes: bool = False


def _leg(hold_s: float, pose: Pose | None = None) -> Kind:
    pose = pose or Pose()
    return Kind(hold_s, msgspec.structs.replace(pose, seconds=MOVE_S + hold_s, angle_deg=40.0, move_s=MOVE_S))


def _trunk(hold_s: float, *, breathes: bool) -> Kind:
    pose = Pose(segment="trunk", seconds=MOVE_S + hold_s, angle_deg=30.0, move_s=MOVE_S, sway_deg=0.2)
    return Kind(hold_s, pose, "breastbone", breathes=breathes)


TREMOR_DEG: Final = 0.3 * math.sqrt(2) / (2 * math.pi * 8.0)
"""Amplitude of 8 Hz that is 0.3 deg/s RMS."""
KINDS: Final = {
    "still": _leg(60, Pose(sway_deg=0.05)),
    "sway": _leg(60, Pose(sway_deg=1.0)),
    "drift 3 deg/min": _leg(60, Pose(drift_deg_per_min=3.0)),
    "drift 3 deg in 3 min": _leg(180, Pose(drift_deg_per_min=1.0, sway_deg=0.2)),
    "no drift in 3 min": _leg(180, Pose(sway_deg=0.2)),
    "tremor": _leg(30, Pose(tremor_deg=TREMOR_DEG, tremor_hz=8.0)),
    "slip 2 deg": _leg(30, Pose(slip_deg=2.0, slip_s=SLIP_AT_S)),
    "slip 5 deg": _leg(30, Pose(slip_deg=5.0, slip_s=SLIP_AT_S)),
    "slip 10 deg": _leg(30, Pose(slip_deg=-10.0, slip_s=SLIP_AT_S)),
    "early release": _leg(11),
    "breathing on top": _trunk(60, breathes=True),
    "no breathing": _trunk(60, breathes=False),
    "never still": _leg(40, Pose(sway_deg=8.0)),
    "samples lost": _leg(40)._replace(lost_s=(20.0, 21.2)),
    "stream broken": _leg(40)._replace(lost_s=(20.0, 25.0)),
}


class Person(NamedTuple):
    """Someone of a kind with a phone: its samples at `times` (n,) ns, and the person's true direction of "up" then."""

    kind: Kind
    times: Times
    acc: Values
    gyr: Values
    up: Values
    tick_s: float
    """When the session's ticks come, from each quarter of a second on."""


class Course(NamedTuple):
    """What came of a person: all that was said live, and the estimates each second."""

    live: list[Output]
    estimates: list[tuple[Estimate, ...]]
    hold_s: float

    @property
    def holds(self) -> list[Hold]:
        """Those between raising and letting down."""
        return [
            each
            for each in self.live
            if isinstance(each, Hold) and (RAISED_S + 0.5) * NS < each.start < (SETTLED_S + self.hold_s) * NS
        ]


class Fusion:
    """imufusion's direction of "up", in the place of `Attitude`."""

    def __init__(self, *, gyroscope: bool = True) -> None:
        assert gyroscope
        self._ahrs = imufusion.Ahrs()
        settings = imufusion.AhrsSettings()
        settings.sample_rate = RATE_HZ
        settings.gain, settings.acceleration_rejection, settings.rejection_timeout = 0.5, 10.0, 5.0
        self._ahrs.set_settings(settings)

    def update(self, acc: Values, gyr: Values) -> tuple[Values, Values]:
        ups = np.empty_like(acc)
        for number, (force, rate) in enumerate(zip(acc / STANDARD_GRAVITY, np.degrees(gyr), strict=True)):
            self._ahrs.update_no_magnetometer(rate, force)
            ups[number] = self._ahrs.get_gravity()
        return ups, gyr


def person(kind: Kind, seed: int) -> Person:
    """A seeded one, with a phone as noisy as most."""
    dice = np.random.default_rng(seed)
    breath_phase = dice.uniform(0, 2 * math.pi)
    lying = Pose(segment=kind.pose.segment, seconds=MOVE_S, move_s=MOVE_S)
    home = Pose(segment=kind.pose.segment, move_s=MOVE_S)

    def breath(t: Values) -> Values:
        volume: Values = 0.5 + 0.5 * np.sin(2 * math.pi * BREATH_HZ * t + breath_phase) * kind.breathes
        return volume

    body = Limb(kind.placement, (lying, kind.pose, home), dice, breath)
    n = np.arange(int((SETTLED_S + kind.hold_s + 5) * RATE_HZ))
    t = (n + 0.01 * np.clip(dice.standard_normal(len(n)), -3, 3)) / (1.001 * RATE_HZ)
    seen, up = body.motion(t), body.gravity(t) / STANDARD_GRAVITY
    bias = dice.standard_normal(3)
    gyr = seen.gyr + np.radians(0.1 * bias / np.linalg.norm(bias) + 0.05 * dice.standard_normal((len(t), 3)))
    acc = seen.acc + 0.02 * dice.standard_normal((len(t), 3))
    kept = (t < kind.lost_s[0]) | (t >= kind.lost_s[1])
    return Person(
        kind, np.rint(t[kept] * NS).astype(np.int64), acc[kept], gyr[kept], up[kept], float(dice.uniform(0, TICK_S))
    )


def course(one: Person, message_s: float = MESSAGE_S) -> Course:
    """Live, as in a session: whole messages, each 20 ms late, and four ticks a second."""
    estimator = HoldEstimator("phone", one.kind.placement)
    estimator.breathing(60 * BREATH_HZ if one.kind.breathes else None)
    message = one.times // round(message_s * NS)
    cuts = [0, *(np.flatnonzero(np.diff(message)) + 1).tolist(), len(message)]
    arrivals = [(int(message[cut]) + 1) * message_s + 0.02 for cut in cuts[:-1]]
    live: list[Output] = []
    estimates: list[tuple[Estimate, ...]] = []
    told, tick, now = 0, 0, HostNs(0)
    while told < len(arrivals):
        tick += 1
        now = HostNs(round((tick * TICK_S + one.tick_s) * NS))
        while told < len(arrivals) and arrivals[told] * NS <= now:
            part = slice(cuts[told], cuts[told + 1])
            estimator.update(Sample(now, "phone/acc", one.times[part], one.acc[part]))
            estimator.update(Sample(now, "phone/gyr", one.times[part], one.gyr[part]))
            told += 1
        live += estimator.live(now)
        if tick % 4 == 0:
            estimates.append(estimator.estimate(now))
    return Course([*live, *estimator.close(now)], estimates, one.kind.hold_s)


def by_magnitude(times: Times, acc: Values) -> list[tuple[float, float]]:
    """Stretches (start, end), s, of at least 1.5 s in which the magnitude of acceleration is steady."""
    magnitude = np.sqrt((acc * acc).sum(axis=1)) / STANDARD_GRAVITY
    sums, squares = (np.concatenate(([0.0], np.cumsum(each))) for each in (magnitude, magnitude**2))
    mean, square = ((each[RATE_HZ:] - each[:-RATE_HZ]) / RATE_HZ for each in (sums, squares))
    steady = np.concatenate((np.zeros(RATE_HZ - 1, bool), np.sqrt(np.maximum(0, square - mean**2)) < STEADY_SHARE))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], steady, [False])).astype(int))).reshape(-1, 2)
    seconds = times / NS
    found = [(float(seconds[max(0, a - RATE_HZ)]), float(seconds[b - 1])) for a, b in edges.tolist()]
    return [(start, end) for start, end in found if end - start >= 1.5]


def variation_mg(one: Person) -> float:
    """What the magnitude alone says of how steady the hold was."""
    kind = one.kind
    inside = (one.times > (SETTLED_S + 1) * NS) & (one.times < (SETTLED_S + kind.hold_s - 0.5) * NS)
    return 1000 * float(np.std(np.linalg.norm(one.acc[inside], axis=1))) / STANDARD_GRAVITY


def true_rms_deg(one: Person) -> float:
    """RMS angle of the true direction from its mean, over the hold that was asked for."""
    inside = (one.times > (SETTLED_S + 1) * NS) & (one.times < (SETTLED_S + one.kind.hold_s - 0.5) * NS)
    up = one.up[inside]
    mean = up.mean(axis=0) / np.linalg.norm(up.mean(axis=0))
    return math.degrees(math.sqrt(float(np.mean((2 * np.arcsin(np.linalg.norm(up - mean, axis=1) / 2)) ** 2))))


def only(courses: Sequence[Course]) -> list[HoldFigures | None]:
    """The figures of the one hold of each person; None where there is none or there are several."""
    return [one.holds[0].figures if len(one.holds) == 1 else None for one in courses]


def errors(courses: Sequence[Course], figure: str, truth: Sequence[float]) -> str:
    """Median and largest error of a figure, and how many have one."""
    values = [None if one is None else getattr(one, figure) for one in only(courses)]
    off = [abs(value - true) for value, true in zip(values, truth, strict=True) if value is not None]
    return f"{np.median(off):.2f} / {max(off):.2f} ({len(off)})" if off else "none"


def slip_delays(courses: Sequence[Course]) -> str:
    """From the slip's end to its cue, s; and how many people had just that one."""
    done = RAISED_S + SLIP_AT_S + 0.2
    cues = [[each.t / NS for each in one.live if isinstance(each, Cue) and each.kind == "slip"] for one in courses]
    late = [one[0] - done for one in cues if len(one) == 1]
    return f"{np.median(late):.2f} / {max(late):.2f} ({len(late)})" if late else "none"


def slips(courses: Sequence[Course]) -> int:
    return sum(isinstance(each, Cue) and each.kind == "slip" for one in courses for each in one.live)


def trembling(courses: Sequence[Course]) -> str:
    return str(sum(one is not None and one.tremor_hz is not None for one in only(courses)))


def reasons(courses: Sequence[Course]) -> str:
    """How many people got a score for their first hold, and why the others did not."""
    first = [one.holds[0] for one in courses if one.holds]
    whys = sorted({hold.why for hold in first if hold.score is None})
    scored = f"{sum(hold.score is not None for hold in first)} of {len(courses)}"
    return f"{scored}: {whys[0]}" if whys else scored


def beyond(some: Sequence[float], others: Sequence[float]) -> str:
    """How many exceed every one of the others."""
    return f"{sum(each > max(others) for each in some)} of {len(some)}"


def shifts(courses: Sequence[Course]) -> list[float]:
    return [0.0 if one is None else one.shift_deg for one in only(courses)]


def spans(found: Sequence[Sequence[tuple[float, float]]], truth: Sequence[tuple[float, float]]) -> str:
    """Where there is just one hold: median errors of start and end, the largest of each, and how many there are."""
    off = [np.subtract(one[0], true) for one, true in zip(found, truth, strict=True) if len(one) == 1]
    if not off:
        return f"none of {len(found)}"
    columns = np.array(off).T
    middle = "  ".join(f"{np.median(each):+.1f}" for each in columns)
    worst = "  ".join(f"{each[np.argmax(np.abs(each))]:+.1f}" for each in columns)
    return f"{middle} / {worst} ({len(off)} of {len(found)})"


def overlapping(found: Sequence[tuple[float, float]], start_s: float, end_s: float) -> list[tuple[float, float]]:
    """Those that share more than a second with a stretch."""
    return [(a, b) for a, b in found if min(b, end_s) - max(a, start_s) > 1]


def simulated(people: int, first: int) -> Iterator[Row]:
    """What is measured, with Tidehold, with imufusion's "up", by the magnitude."""
    crowd = {name: [person(kind, first + seed) for seed in range(people)] for name, kind in KINDS.items()}
    started = time.process_time()
    ours = {name: [course(one) for one in group] for name, group in crowd.items()}
    used_s = time.process_time() - started
    with patch("tidehold.estimators.posture.Attitude", Fusion):
        theirs = {name: [course(one) for one in group] for name, group in crowd.items()}

    def row(name: str, what: str, measure: Callable[[Sequence[Course]], str], magnitude: str = "") -> Row:
        return f"{name}: {what}", measure(ours[name]), measure(theirs[name]), magnitude

    for name, kind in KINDS.items():
        if name not in ("never still", "stream broken"):
            held = (SETTLED_S, SETTLED_S + kind.hold_s)
            plain = [overlapping(by_magnitude(one.times, one.acc), *held) for one in crowd[name]]
            found = partial(_spans_of, truth=[held] * people)
            yield row(name, "start, end off, s", found, spans(plain, [held] * people))
    for name, like in (("still", "still"), ("sway", "sway"), ("breathing on top", "no breathing")):
        truth = [true_rms_deg(one) for one in crowd[like]]
        yield row(name, "RMS off, deg", partial(errors, figure="rms_deg", truth=truth))
    for name, true in (("still", 0.0), ("drift 3 deg/min", 3.0), ("drift 3 deg in 3 min", 1.0)):
        yield row(name, "drift off, deg/min", partial(errors, figure="drift_deg_min", truth=[true] * people))
    drifts, rests = "drift 3 deg in 3 min", "no drift in 3 min"
    magnitude = beyond(*([variation_mg(one) for one in crowd[name]] for name in (drifts, rests)))
    moved = [beyond(shifts(said[drifts]), shifts(said[rests])) for said in (ours, theirs)]
    yield f"{drifts}: told from no drift", moved[0], moved[1], magnitude
    yield row("tremor", "peak off, Hz", partial(errors, figure="tremor_hz", truth=[8.0] * people))
    yield row("tremor", "off, deg/s RMS", partial(errors, figure="tremor_deg_s", truth=[0.3] * people))
    yield row("still", "tremor seen where there is none", trembling)
    for name in KINDS:
        if name.startswith("slip"):
            yield row(name, "cue after its end, s", slip_delays)
    others = [name for name in KINDS if not name.startswith("slip")]
    invented = [sum(slips(said[name]) for name in others) for said in (ours, theirs)]
    yield "all others: slips that are none", str(invented[0]), str(invented[1]), ""
    for name in ("still", "never still", "samples lost", "stream broken"):
        yield row(name, "score", reasons)
    length_s = sum(int(one.times[-1]) / NS for group in crowd.values() for one in group)
    yield "CPU, ms per second of signal", f"{1000 * used_s / length_s:.2f}", "", ""


def _spans_of(courses: Sequence[Course], truth: Sequence[tuple[float, float]]) -> str:
    return spans([[(hold.start / NS, hold.end / NS) for hold in one.holds] for one in courses], truth)


def recorded(data: Path) -> Iterator[Row]:
    """Rests of the trials: found once each, and where there are none."""
    found: dict[str, list[list[tuple[float, float]]]] = {"ours": [], "theirs": [], "magnitude": []}
    rests: list[list[tuple[float, float]]] = []
    for file in sorted(data.glob("broad_*.npz")):
        with np.load(file, allow_pickle=False) as trial:
            acc, gyr, moving = trial["acc"].astype(float), trial["gyr"].astype(float), trial["movement"].astype(bool)
        times = STEP_NS * np.arange(len(acc), dtype=np.int64)
        one = Person(KINDS["still"], times, acc, gyr, acc, 0.0)
        edges = np.flatnonzero(np.diff(np.concatenate(([True], moving, [True])).astype(int))).reshape(-1, 2)
        rests.append([(a / RATE_HZ, b / RATE_HZ) for a, b in edges.tolist()])
        found["ours"].append([(each.start / NS, each.end / NS) for each in course(one).live if isinstance(each, Hold)])
        with patch("tidehold.estimators.posture.Attitude", Fusion):
            said = course(one).live
        found["theirs"].append([(each.start / NS, each.end / NS) for each in said if isinstance(each, Hold)])
        found["magnitude"].append(by_magnitude(times, acc))
    inner = [(trial, rest) for trial, all_of in enumerate(rests) for rest in all_of[1:-1]]
    truth = [rest for _, rest in inner]
    cells = [spans([overlapping(each[trial], *rest) for trial, rest in inner], truth) for each in found.values()]
    yield "inner rests: start, end off, s", cells[0], cells[1], cells[2]
    invented = [
        sum(
            not any(overlapping([hold], *rest) for rest in real)
            for holds, real in zip(each, rests, strict=True)
            for hold in holds
        )
        for each in found.values()
    ]
    yield f"holds invented in {len(rests)} trials", str(invented[0]), str(invented[1]), str(invented[2])


def show(rows: Iterable[Row]) -> None:
    print(f"{'':<46} {'tidehold':<38} {'with imufusion':<38} magnitude only")
    for what, *cells in rows:
        print(f"{what:<46} " + " ".join(f"{cell:<38}" for cell in cells), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seed", type=int, default=8000, help="of the first person")
    arguments = parser.parse_args()
    if arguments.data is not None:
        show(recorded(arguments.data))
    show(simulated(arguments.people, arguments.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
