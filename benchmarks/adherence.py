"""Whether adherence is what the breath says: `python -m benchmarks.adherence DATA_DIR [--jobs 2] [--json]`.

Nobody in the recordings followed a pacer. So each is given pacers at 1.0, 0.93 and 0.8 of its own rate (of its median
breath): a person is in step with the first for a while, and out of step with the last. In sliding minutes the
phase-locking value that the fold says is compared with that of the reference's breaths against the same pacer, where
the fold knows one. The pacer starts at 40 s, so that the first minute ends at 100 s.

Recordings go the way of those of `benchmarks.breathing`. Walking people, and recordings without marked breaths, are
left out. The fold is told the pacer, and nothing else of the reference.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.breathing import Source, Task, inputs, load, over, parser_of, strap, tasks
from tidehold.coach.pacing import VERB
from tidehold.records import Estimate, HostNs, Input, Mark, Pattern, UnixNs, Values
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.units import NS

PLV: Final = "pacing/plv"
SOURCES: Final[tuple[Source, ...]] = ("rr", "motion")
SHARES: Final = (1.0, 0.93, 0.8)
"""Of the natural rate."""
START_S: Final = 40
WINDOW_S: Final = 60
TICK_HZ: Final = 4
LEAST_KNOWN: Final = 0.5
"""Of a minute of the reference."""
IN_STEP: Final = 0.6
"""A PLV above this is following."""
BREATH_S: Final = (1.5, 15.0)
"""A breath of another length is a mistake of the reference."""


class Minute(NamedTuple):
    """A minute beside a pacer, and its PLV: as the fold says it (None: unknown), and by the reference."""

    source: Source
    recording: str
    share: float
    said: float | None
    true: float


class Figures(NamedTuple):
    """How well the fold's PLV agrees: `r` over the minutes where it says one, `coverage` share of them."""

    recordings: int
    minutes: int
    coverage: float
    r: float
    mae: float
    agree: float
    """Share of minutes that both call in step, or both out of it."""


def onsets(file: Path) -> Values:
    """Starts of the inhalations, s, (n,); none of people who walk, or whose breaths nobody marked."""
    with np.load(file, allow_pickle=False) as data:
        if "inhale_on" not in data.files or json.loads(str(data["meta"])).get("activity") == "walk":
            return np.empty(0)
        return np.sort(data["inhale_on"].astype(np.float64))


def reference_phase(t_s: Values, onsets_s: Values) -> Values:
    """Phase (n,) that grows evenly from one inhalation's start to the next, rad; NaN outside of plausible breaths."""
    k = np.searchsorted(onsets_s, t_s, side="right") - 1
    inside = (k >= 0) & (k < len(onsets_s) - 1)
    k = k.clip(0, len(onsets_s) - 2)
    length_s = onsets_s[k + 1] - onsets_s[k]
    plausible = inside & (length_s >= BREATH_S[0]) & (length_s <= BREATH_S[1])
    return np.where(plausible, 2 * np.pi * (t_s - onsets_s[k]) / length_s, np.nan)


def pattern_at(onsets_s: Values, share: float) -> Pattern:
    """A pattern at this share of the natural rate, in milliseconds as a mark may say it."""
    length_s = float(np.median(np.diff(onsets_s))) / share
    return Pattern(round(0.4 * length_s, 3), 0.0, round(0.6 * length_s, 3), 0.0)


def true_plv(end_s: float, onsets_s: Values, length_s: float) -> float | None:
    """PLV of the reference and a pacer, in the minute that ends at `end_s`; None if the reference lacks half of it."""
    t_s = end_s - np.arange(WINDOW_S * TICK_HZ) / TICK_HZ
    behind = 2 * np.pi * (t_s - START_S) / length_s - reference_phase(t_s, onsets_s)
    behind = behind[np.isfinite(behind)]
    if len(behind) < LEAST_KNOWN * len(t_s):
        return None
    return float(abs(np.exp(1j * behind).mean()))


def minutes(task: Task) -> list[Minute]:
    """Each second of a recording beside each pacer, with the minute before it."""
    file, source = task
    onsets_s = onsets(file)
    found: list[Minute] = []
    for share in SHARES if len(onsets_s) >= 5 else ():
        pattern = pattern_at(onsets_s, share)
        for end_s, said in plvs(task, pattern):
            true = true_plv(end_s, onsets_s, pattern.length_s)
            if true is not None:
                found.append(Minute(source, file.stem, share, said, true))
    return found


def plvs(task: Task, pattern: Pattern) -> Iterator[tuple[float, float | None]]:
    """The PLV that the fold says, each second from the first whole minute on, with the time, s."""
    file, source = task
    profile = strap(source)
    session = Session(Header(session="benchmark", started=UnixNs(0), profiles={profile.id: profile}))
    for item in paced(inputs(load(file), source), pattern):
        for out in session.feed(item):
            if isinstance(out, Estimate) and out.name == PLV and out.t >= (START_S + WINDOW_S) * NS:
                yield out.t / NS, out.value


def paced(items: Iterator[Input], pattern: Pattern) -> Iterator[Input]:
    """The inputs, with the mark that turns the pacer on."""
    mark: Mark | None = Mark(HostNs(START_S * NS), VERB, pattern.text)
    for item in items:
        if mark is not None and item.t >= mark.t:
            yield mark
            mark = None
        yield item


def figures(found: Sequence[Minute]) -> Figures | None:
    """How well they agree; None if the fold says nothing of them."""
    told = [(each.said, each.true) for each in found if each.said is not None]
    if len(told) < 3:
        return None
    said, true = np.array(told).T
    return Figures(
        recordings=len({each.recording for each in found}),
        minutes=len(found),
        coverage=round(len(told) / len(found), 3),
        r=round(float(np.corrcoef(said, true)[0, 1]), 3),
        mae=round(float(np.abs(said - true).mean()), 3),
        agree=round(float(((said > IN_STEP) == (true > IN_STEP)).mean()), 3),
    )


def main() -> int:
    parser = parser_of(__doc__, "data")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    todo = tasks(asked.data, SOURCES)
    if not todo:
        print(f"no recordings with beats or chest motion in {asked.data}", file=sys.stderr)
        return 2
    every = [minute for found in over(minutes, todo, asked.jobs) for minute in found]
    table: dict[str, Figures | None] = {}
    for source in SOURCES:
        of_source = [each for each in every if each.source == source]
        table[source] = figures(of_source)
        table |= {
            f"{source} {share:g}": figures([each for each in of_source if each.share == share]) for share in SHARES
        }
    if asked.json:
        print(json.dumps({name: found._asdict() if found else None for name, found in table.items()}))
    else:
        print(f"{'source, pacer':14}{'recordings':>12}{'minutes':>9}{'coverage':>10}{'r':>8}{'MAE':>8}{'agree':>8}")
        for name, found in table.items():
            cells = "  nothing said" if found is None else "{:12d}{:9d}{:10.3f}{:8.3f}{:8.3f}{:8.3f}".format(*found)
            print(f"{name:14}{cells}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
