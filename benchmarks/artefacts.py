"""What artefacts in RR do to the breathing rate: `python -m benchmarks.artefacts DATA_DIR [--seed 1] [--jobs 2]`.

A seeded injector spoils 0, 1, 3 and 6 % of the beats of every recording, a third each: beats the strap missed, beats
that were none, and premature beats with their pause. What is left goes through the same fold as a live session, as in
`benchmarks.breathing`. The rate it says is compared with the reference windows of 32 s (`win32`) where its confidence
is at least 0.25. `kept`: the beats that the fold calls clean, over recordings breathed at about 6 a minute.

Exit 1 if at 6 % the mean error grows by 0.15 breaths/min or more or coverage falls by more than 0.05, or if at 0 % a
recording at 6 a minute keeps fewer than 97 % of its beats.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.breathing import RATE, Recording, Task, fold, load, over, parser_of, tasks
from tidehold.records import Estimate, HostNs, Sample, Values
from tidehold.units import NS

SHARES = (0.0, 0.01, 0.03, 0.06)
EARLY = (0.2, 0.4)  # of the interval: how much too early a premature beat comes
SPLIT = (0.3, 0.7)  # of the interval: where a beat that is none divides it
LEAST_CONFIDENCE = 0.25
NEWEST_S = 2.0  # a window takes the newest rate of so many seconds before its end
SLOW_BPM = 7.0  # a recording of which half the reference windows are slower is one at 6 a minute
MOST_GROWTH, MOST_FALL, LEAST_KEPT = 0.15, 0.05, 0.97


class Outcome(NamedTuple):
    """Of one recording: reference `windows`, the `errors` of those answered, beats and those called clean."""

    name: str
    slow: bool
    windows: int
    errors: Values
    beats: int
    clean: int


def spoil(beat_s: Values, rr_ms: Values, share: float, dice: np.random.Generator) -> tuple[Values, Values]:
    """Beat times and intervals, both (n,), with artefacts at `share` of the beats, never two at one beat."""
    struck, kinds = dice.random(len(rr_ms)) < share, dice.integers(0, 3, len(rr_ms))
    early, split = dice.uniform(*EARLY, len(rr_ms)), dice.uniform(*SPLIT, len(rr_ms))
    told: list[tuple[float, float]] = []
    i = 0
    while i < len(rr_ms):
        t, rr = float(beat_s[i]), float(rr_ms[i])
        paired = i + 1 < len(rr_ms) and np.isfinite(rr + rr_ms[i + 1])
        if not struck[i] or not paired:
            told.append((t, rr))
        elif kinds[i] == 0:
            i += 1
            told.append((float(beat_s[i]), rr + float(rr_ms[i])))
        elif kinds[i] == 1:
            told += [(t - rr * (1 - split[i]) / 1000, rr * split[i]), (t, rr * (1 - split[i]))]
        else:
            taken = rr * early[i]
            i += 1
            told += [(t - taken / 1000, rr - taken), (float(beat_s[i]), float(rr_ms[i]) + taken)]
        i += 1
    spoilt = np.array(told, np.float64).reshape(-1, 2)
    return spoilt[:, 0], spoilt[:, 1]


def reference(file: Path) -> Values:
    """(n, 2): end of each window, s, and its rate, of those with a rate."""
    with np.load(file, allow_pickle=False) as data:
        windows: Values = data["win32"][:, :2] if "win32" in data.files else np.empty((0, 2))
    return windows[np.isfinite(windows[:, 1])]


def outcome(task: Task, share: float, seed: int) -> Outcome:
    """What the fold makes of one recording with artefacts."""
    file, source = task
    recording: Recording = load(file)
    number = int.from_bytes(file.stem.encode(), "little") % 2**32  # the same dice whatever other files there are
    beat_s, rr_ms = spoil(recording.beat_s, recording.rr_ms, share, np.random.default_rng([seed, number]))
    said: list[tuple[HostNs, float | None]] = []
    flags: list[float] = []
    for output in fold(recording._replace(beat_s=beat_s, rr_ms=rr_ms), source):
        if isinstance(output, Estimate) and output.name == RATE:
            said.append((output.t, output.value if output.quality >= LEAST_CONFIDENCE else None))
        elif isinstance(output, Sample) and output.stream.endswith("/rr_clean"):
            flags += output.values[:, 2].tolist()
    times, windows = np.array([t for t, _ in said]) / NS, reference(file)
    errors: list[float] = []
    for end_s, rate_bpm in windows.tolist():
        newest = int(np.searchsorted(times, end_s, side="right")) - 1
        value = said[newest][1] if newest >= 0 and times[newest] > end_s - NEWEST_S else None
        if value is not None:
            errors.append(value - rate_bpm)
    slow = len(windows) > 0 and float(np.median(windows[:, 1])) < SLOW_BPM
    return Outcome(recording.name, slow, len(windows), np.array(errors), len(flags), flags.count(0))


def main() -> int:
    parser = parser_of(__doc__, "data")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    todo = tasks(asked.data, ("rr",))
    if not todo:
        print(f"no recordings with beats in {asked.data}", file=sys.stderr)
        return 2
    print("artefacts   coverage   mae      within 2")
    figures: list[tuple[float, float]] = []
    forgotten: list[str] = []
    for share in SHARES:
        outcomes = list(over(partial(outcome, share=share, seed=asked.seed), todo, asked.jobs))
        errors = np.abs(np.concatenate([each.errors for each in outcomes]))
        windows = sum(each.windows for each in outcomes)
        if not len(errors):
            print(f"no rate in any of {windows} windows", file=sys.stderr)
            return 2
        figures.append((len(errors) / windows, float(errors.mean())))
        print(f"{share:9.0%}   {figures[-1][0]:8.4f}   {figures[-1][1]:.4f}   {np.mean(errors <= 2):.4f}", flush=True)
        if share == 0:
            for each in outcomes:
                kept = each.clean / max(1, each.beats)
                if each.slow:
                    print(f"            {each.name}, at 6 a minute: {kept:.1%} of {each.beats} beats kept")
                    forgotten += [each.name] * (kept < LEAST_KEPT)
    (coverage, mae), *_, (coverage_6, mae_6) = figures
    print(f"at 6 %: coverage falls by {coverage - coverage_6:.4f}, mae grows by {mae_6 - mae:.4f}")
    return 1 if forgotten or coverage - coverage_6 > MOST_FALL or mae_6 - mae >= MOST_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
