"""Holds and movements of known truth, and rests of real sensors: `python -m benchmarks.holds [DATA_DIR]`.

Simulated people (`benchmarks.held`) hold a leg or the trunk: still, swaying, drifting, trembling, slipping, letting go
early, breathing. Others (`benchmarks.movements`) do repetitions, raise a straight leg, walk. DATA_DIR, if given, has
the trials `broad_*.npz`, whose rests are to be found (optical truth).

Beside it, on the same samples: the same table and figures with imufusion's direction of "up", and a plain way: what the
magnitude of acceleration alone says (still where it varies by less than 3 % within 1 s; that variation is its measure
of steadiness), and for movements what `benchmarks.movements` names. The seeds are not those that anything was tuned on
(those are below 1000). The exit code is 1 if a line is not what is promised. `--people 3` makes it short,
and `--people 0` leaves the rests alone.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final
from unittest.mock import patch

import numpy as np

from benchmarks import movements
from benchmarks.held import KINDS, RAISED_S, SETTLED_S, SLIP_AT_S, Course, Person, course, person
from benchmarks.imu_peers import Fusion, by_magnitude
from benchmarks.lines import Line, show, told, verdict, within, worst
from tidehold.estimators.imu_grid import RATE_HZ, STEP_NS
from tidehold.records import Cue, Hold, HoldFigures
from tidehold.units import NS, STANDARD_GRAVITY

HEADS: Final = ("", "tidehold", "with imufusion", "plain", "promised")
WIDTH: Final = 38
START_S: Final = 1.0
END_S: Final = 3.0
DRIFT_DEG_MIN: Final = 0.3
TREMOR_HZ: Final = 0.5
TREMOR_DEG_S: Final = 0.1
BREATH_DEG: Final = 0.1
SLIP_S: Final = 0.5

Span = tuple[float, float]


def variation_mg(one: Person) -> float:
    """What the magnitude alone says of how steady the hold was."""
    inside = (one.times > (SETTLED_S + 1) * NS) & (one.times < (SETTLED_S + one.kind.hold_s - 0.5) * NS)
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


def errors(courses: Sequence[Course], figure: str, truth: Sequence[float]) -> list[float]:
    """How far a figure is off, where there is one."""
    values = [None if one is None else getattr(one, figure) for one in only(courses)]
    return [abs(value - true) for value, true in zip(values, truth, strict=True) if value is not None]


def slip_delays(courses: Sequence[Course]) -> list[float]:
    """From the slip's end to its cue, s, of the people who had just that one."""
    done = RAISED_S + SLIP_AT_S + 0.2
    cues = [[each.t / NS for each in one.live if isinstance(each, Cue) and each.kind == "slip"] for one in courses]
    return [one[0] - done for one in cues if len(one) == 1]


def slips(courses: Sequence[Course]) -> int:
    return sum(isinstance(each, Cue) and each.kind == "slip" for one in courses for each in one.live)


def trembling(courses: Sequence[Course]) -> int:
    return sum(one is not None and one.tremor_hz is not None for one in only(courses))


def scored(courses: Sequence[Course]) -> list[Hold]:
    """The first holds that got a score."""
    return [one.holds[0] for one in courses if one.holds and one.holds[0].score is not None]


def reasons(courses: Sequence[Course]) -> str:
    """How many people got a score for their first hold, and why the others did not."""
    whys = sorted({one.holds[0].why for one in courses if one.holds and one.holds[0].score is None})
    said = f"{len(scored(courses))} of {len(courses)}"
    return f"{said}: {whys[0]}" if whys else said


def beyond(some: Sequence[float], others: Sequence[float]) -> int:
    """How many exceed every one of the others."""
    return sum(each > max(others) for each in some)


def shifts(courses: Sequence[Course]) -> list[float]:
    return [0.0 if one is None else one.shift_deg for one in only(courses)]


def missed(found: Sequence[Sequence[Span]], truth: Sequence[Span]) -> list[Span]:
    """Errors of start and end, where there is just one hold."""
    return [(one[0][0] - true[0], one[0][1] - true[1]) for one, true in zip(found, truth, strict=True) if len(one) == 1]


def spans(off: Sequence[Span], of: int) -> str:
    """Median errors of start and end, the largest of each, and how many there are."""
    if not off:
        return f"none of {of}"
    columns = np.array(off).T
    middle = "  ".join(f"{np.median(each):+.1f}" for each in columns)
    largest = "  ".join(f"{each[np.argmax(np.abs(each))]:+.1f}" for each in columns)
    return f"{middle} / {largest} ({len(off)} of {of})"


def found_well(off: Sequence[Span], of: int) -> bool:
    """All found, the starts within 1 s in the median, every end within 3 s."""
    starts, ends = ([abs(each) for each in column] for column in zip(*off, strict=True)) if off else ([], [])
    return len(off) == of and float(np.median(starts)) <= START_S and max(ends) <= END_S


def overlapping(found: Sequence[Span], start_s: float, end_s: float) -> list[Span]:
    """Those that share more than a second with a stretch."""
    return [(a, b) for a, b in found if min(b, end_s) - max(a, start_s) > 1]


def simulated(people: int, first: int) -> Iterator[Line]:
    """What is measured of holds, with Tidehold, with imufusion's "up", by the magnitude."""
    crowd = {name: [person(kind, first + seed) for seed in range(people)] for name, kind in KINDS.items()}
    started = time.process_time()
    ours = {name: [course(one) for one in group] for name, group in crowd.items()}
    used_s = time.process_time() - started
    with patch("tidehold.estimators.posture.Attitude", Fusion):
        theirs = {name: [course(one) for one in group] for name, group in crowd.items()}

    def errors_line(name: str, what: str, figure: str, truth: Sequence[float], limit: float) -> Line:
        mine, other = (errors(said[name], figure, truth) for said in (ours, theirs))
        words = f"{name}: {what}"
        return Line(words, worst(mine, people), (worst(other, people),), f"{limit:g}", within(mine, people, limit))

    def count_line(what: str, measure: Callable[[dict[str, list[Course]]], int], wanted: int) -> Line:
        return Line(what, str(measure(ours)), (str(measure(theirs)),), str(wanted), measure(ours) == wanted)

    for name, kind in KINDS.items():
        if name not in ("never still", "stream broken"):
            yield _spans_line(name, crowd[name], ours[name], theirs[name], (SETTLED_S, SETTLED_S + kind.hold_s))
    for name, like in (("still", "still"), ("sway", "sway"), ("breathing on top", "no breathing")):
        yield errors_line(name, "RMS off, deg", "rms_deg", [true_rms_deg(one) for one in crowd[like]], BREATH_DEG)
    for name, true in (("still", 0.0), ("drift 3 deg/min", 3.0), ("drift 3 deg in 3 min", 1.0)):
        yield errors_line(name, "drift off, deg/min", "drift_deg_min", [true] * people, DRIFT_DEG_MIN)
    drifts, rests = "drift 3 deg in 3 min", "no drift in 3 min"
    plain = beyond(*([variation_mg(one) for one in crowd[name]] for name in (drifts, rests)))
    moved = [beyond(shifts(said[drifts]), shifts(said[rests])) for said in (ours, theirs)]
    yield Line(
        f"{drifts}: told from no drift",
        f"{moved[0]} of {people}",
        (f"{moved[1]} of {people}", f"{plain} of {people}"),
        "all; plain: few",
        moved[0] == people and plain <= people // 4,
    )
    yield errors_line("tremor", "peak off, Hz", "tremor_hz", [8.0] * people, TREMOR_HZ)
    yield errors_line("tremor", "off, deg/s RMS", "tremor_deg_s", [0.3] * people, TREMOR_DEG_S)
    yield count_line("still: tremor seen where there is none", lambda said: trembling(said["still"]), 0)
    for name in KINDS:
        if name.startswith("slip"):
            late, other = slip_delays(ours[name]), slip_delays(theirs[name])
            ok = within([abs(each) for each in late], people, SLIP_S)
            words = f"{name}: cue after its end, s"
            yield Line(words, worst(late, people), (worst(other, people),), f"{SLIP_S:g}", ok)
    others = [name for name in KINDS if not name.startswith("slip")]
    yield count_line("all others: slips that are none", lambda said: sum(slips(said[name]) for name in others), 0)
    for name, wanted in (("still", people), ("never still", 0), ("samples lost", 0), ("stream broken", 0)):
        ok = len(scored(ours[name])) == wanted
        yield Line(f"{name}: score", reasons(ours[name]), (reasons(theirs[name]),), f"{wanted} of {people}", ok)
    length_s = sum(int(one.times[-1]) / NS for group in crowd.values() for one in group)
    yield Line("CPU, ms per second of signal", f"{1000 * used_s / length_s:.2f}")


def _spans_line(
    name: str, crowd: Sequence[Person], ours: Sequence[Course], theirs: Sequence[Course], held: Span
) -> Line:
    truth = [held] * len(crowd)
    mine, other = (
        missed([[(hold.start / NS, hold.end / NS) for hold in one.holds] for one in said], truth)
        for said in (ours, theirs)
    )
    plain = missed([overlapping(by_magnitude(one.times, one.acc), *held) for one in crowd], truth)
    return Line(
        f"{name}: start, end off, s",
        spans(mine, len(crowd)),
        (spans(other, len(crowd)), spans(plain, len(crowd))),
        f"{START_S:g}, {END_S:g}",
        found_well(mine, len(crowd)),
    )


def recorded(data: Path) -> Iterator[Line]:
    """Rests of the trials: found once each, and where there are none."""
    found: dict[str, list[list[Span]]] = {"ours": [], "theirs": [], "plain": []}
    rests: list[list[Span]] = []
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
        found["plain"].append(by_magnitude(times, acc))
    inner = [(trial, rest) for trial, all_of in enumerate(rests) for rest in all_of[1:-1]]
    off = [
        missed([overlapping(each[k], *rest) for k, rest in inner], [rest for _, rest in inner])
        for each in found.values()
    ]
    mine, *others = (spans(each, len(inner)) for each in off)
    ok = found_well(off[0], len(inner))
    yield Line("inner rests: start, end off, s", mine, tuple(others), f"{START_S:g}, {END_S:g}", ok)
    invented = [
        sum(
            not any(overlapping([hold], *rest) for rest in real)
            for holds, real in zip(each, rests, strict=True)
            for hold in holds
        )
        for each in found.values()
    ]
    none, *others = (str(number) for number in invented)
    yield Line(f"holds invented in {len(rests)} trials", none, tuple(others), "0", invented[0] == 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--people", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=8000, help="of the first person")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    def all_lines() -> Iterator[Line]:
        if arguments.data is not None:
            yield from recorded(arguments.data)
        if arguments.people:
            yield from simulated(arguments.people, arguments.seed)
            yield from movements.lines(arguments.people, arguments.seed)

    lines = list(all_lines()) if arguments.json else show(all_lines(), HEADS, WIDTH)
    if arguments.json:
        print(told(lines))
    return verdict(lines)


if __name__ == "__main__":
    sys.exit(main())
