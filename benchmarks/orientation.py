"""Direction of "up" from a recorded IMU, sample by sample: `python -m benchmarks.orientation DATA_DIR PREDICTIONS_DIR`.

Every trial `broad_*.npz` of DATA_DIR goes through the grid and the filter of the estimators of posture: samples come
in batches of 10, as from a phone, and are worked on once a second, as while a hold goes on. PREDICTIONS_DIR gets
`<trial>.npy`, (N, 3) unit vectors "up" in the sensor's frame, one a sample. Each is what the filter says with the
samples up to that one; where the last cell of the grid is not complete, the direction before is held. For that, only
what a phone could know of a trial is read: `acc` (m/s^2) and `gyr` (rad/s).

Then it is compared with the optical reference, beside imufusion (with its own gain, and a lower one) and the
acceleration alone through a low-pass of 1 Hz. Batches of 1, 10 and 100 samples must give the same numbers. CPU per
sample is the least of several runs over one trial; `--no-limit` does not fail for it, on a machine that has other
things to do.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.imu_peers import STEADIER_GAIN, fused, fused_steadier, low_passed
from benchmarks.lines import Line, show, told, verdict
from tidehold.estimators.attitude import Attitude
from tidehold.estimators.imu_grid import RATE_HZ, STEP_NS, ImuGrid
from tidehold.records import Values

BATCHES: Final = (1, 10, 100)
USUAL: Final = 10
"""Samples of a batch, from a phone."""
EACH_SECOND: Final = RATE_HZ
"""Samples that are worked on together while a hold goes on;"""
EACH_TICK: Final = RATE_HZ // 4
"""and otherwise, for a hold may begin."""
RUNS: Final = 5
MOVING_DEG: Final = 0.64
REST_DEG: Final = 0.195
CPU_US: Final = 2.0
LEAST_SAMPLES: Final = 100
HEADS: Final = ("", "tidehold", "imufusion", f"with gain {STEADIER_GAIN:g}", "acceleration, 1 Hz", "at most")

WIDTH: Final = 18
OTHERS: Final = (fused, fused_steadier, low_passed)


class Trial(NamedTuple):
    """One recording at 100 Hz: `acc` (n, 3) m/s^2, `gyr` (n, 3) rad/s; the truth, if it has one, is for `errors`."""

    acc: Values
    gyr: Values
    truth: tuple[Values, NDArray[np.bool_]] | None = None
    """Quaternions (n, 4), sensor to world, and whether it moves (n,)."""


class Errors(NamedTuple):
    """RMS angles from the reference in one trial, deg; None where it does not say."""

    moving: float | None
    rest: float | None


def read(file: Path) -> Trial:
    """A trial and, if it has one, its truth."""
    with np.load(file, allow_pickle=False) as data:
        truth = None
        if "opt_quat_wxyz" in data and "movement" in data:
            truth = data["opt_quat_wxyz"].astype(np.float64), data["movement"].astype(np.bool_)
        return Trial(data["acc"].astype(np.float64), data["gyr"].astype(np.float64), truth)


def directions(acc: Values, gyr: Values, batch: int = USUAL, every: int = EACH_SECOND) -> Values:
    """Unit vectors "up" (n, 3) of a trial at 100 Hz, causal; `every` so many samples they are worked on."""
    times = STEP_NS * np.arange(len(acc), dtype=np.int64)
    grid, attitude = ImuGrid(), Attitude()
    said: list[Values] = [np.empty((0, 3))]
    waiting = 0
    for start in range(0, len(acc), batch):
        part = slice(start, start + batch)
        grid.push("acc", times[part], acc[part])
        grid.push("gyr", times[part], gyr[part])
        waiting += batch
        if waiting >= every or start + batch >= len(acc):
            waiting = 0
            said += [attitude.update(stretch.acc, stretch.gyr)[0] for stretch in grid.take()]
    known = np.concatenate(said)
    return np.concatenate((known, np.repeat(known[-1:], len(acc) - len(known), axis=0)))


def errors(up: Values, trial: Trial) -> Errors:
    """How far "up" (n, 3) is from the truth; quaternions of NaN or 0 are none."""
    if trial.truth is None:
        return Errors(None, None)
    reference, moving = trial.truth
    w, x, y, z = reference.T
    truth = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)
    known = np.isfinite(reference).all(axis=1) & (np.linalg.norm(np.nan_to_num(reference), axis=1) > 0.5)
    off = np.degrees(np.arccos(np.clip((up * truth).sum(axis=1) / np.linalg.norm(up, axis=1), -1, 1)))
    squares = off[known & moving] ** 2, off[known & ~moving] ** 2
    return Errors(*(float(np.sqrt(each.mean())) if len(each) > LEAST_SAMPLES else None for each in squares))


def cpu_us(run: Callable[[], object], samples: int) -> float:
    """The least CPU time of a few runs, us per sample."""
    taken: list[float] = []
    for _ in range(RUNS):
        before = time.process_time()
        run()
        taken.append(time.process_time() - before)
    return min(taken) / samples * 1e6


def accuracy(trials: dict[str, Trial], ours: dict[str, Values]) -> Iterator[Line]:
    """Means over the trials that have a reference, as `score_orientation.py` takes them."""
    told_of = [{name: errors(ours[name], trial) for name, trial in trials.items()}]
    told_of += [
        {name: errors(up(trial.acc, trial.gyr), trial) for name, trial in trials.items() if trial.truth}
        for up in OTHERS
    ]

    def line(what: str, which: str, part: str, limit: float | None) -> Line:
        figures: list[float | None] = []
        for said in told_of:
            each = [getattr(off, which) for name, off in said.items() if part in name]
            known = [one for one in each if one is not None]
            figures.append(sum(known) / len(known) if known else None)
        mine, *rest = ["-" if figure is None else f"{figure:.3f}" for figure in figures]
        ok = None if limit is None or figures[0] is None else round(figures[0], 3) <= limit
        return Line(what, mine, tuple(rest), "" if limit is None else f"{limit:g}", ok)

    yield line("moving, undisturbed, deg", "moving", "undisturbed", MOVING_DEG)
    yield line("moving, all, deg", "moving", "", None)
    yield line("at rest, deg", "rest", "", REST_DEG)


def costs(acc: Values, gyr: Values, *, limited: bool) -> Iterator[Line]:
    """CPU per sample in every batch, as while a hold goes on and otherwise; the others take all in one piece."""
    peers = tuple(f"{cpu_us(lambda up=up: up(acc, gyr), len(acc)):.2f}" for up in OTHERS)  # type: ignore[misc]
    for batch in BATCHES:
        us = cpu_us(lambda batch=batch: directions(acc, gyr, batch), len(acc))  # type: ignore[misc]
        ok = us <= CPU_US if batch == USUAL and limited else None
        limit = f"{CPU_US:g}" if batch == USUAL else ""
        yield Line(f"CPU, us/sample, batches of {batch}, each 1 s", f"{us:.2f}", peers, limit, ok)
    us = cpu_us(lambda: directions(acc, gyr, USUAL, EACH_TICK), len(acc))
    yield Line(f"CPU, us/sample, batches of {USUAL}, each 0.25 s", f"{us:.2f}")


def sameness(trials: dict[str, Trial], ours: dict[str, Values]) -> Line:
    """Whether all batches, worked on whenever, give the same numbers."""
    ways = ((1, EACH_SECOND), (10, EACH_TICK), (100, EACH_SECOND))
    differ = sum(
        any(not np.array_equal(directions(trial.acc, trial.gyr, *way), ours[name]) for way in ways)
        for name, trial in trials.items()
    )
    return Line("trials that differ in batches of 1, 10, 100", str(differ), (), "0", differ == 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-limit", action="store_true", help="do not fail for CPU time")
    arguments = parser.parse_args()
    files = sorted(arguments.data.glob("broad_*.npz"))
    if not files:
        print(f"no trials in {arguments.data}", file=sys.stderr)
        return 2
    arguments.predictions.mkdir(parents=True, exist_ok=True)
    trials = {file.stem: read(file) for file in files}
    ours = {name: directions(trial.acc, trial.gyr) for name, trial in trials.items()}
    for name, up in ours.items():
        np.save(arguments.predictions / f"{name}.npy", up)
    first = trials[files[0].stem]
    lines = [
        *accuracy(trials, ours),
        sameness(trials, ours),
        *costs(first.acc, first.gyr, limited=not arguments.no_limit),
    ]
    if arguments.json:
        print(told(lines))
    else:
        show(lines, HEADS, WIDTH)
    return verdict(lines)


if __name__ == "__main__":
    sys.exit(main())
