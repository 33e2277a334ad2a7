"""Guided sessions: `python -m benchmarks.guided [--seeds 20] [--first 1000] [--variant NAME ...] [--short] [--json]`.

Simulated people follow the psoas routine in virtual time, strap and phone on the breastbone, through the whole fold.
In sessions without a mistake: exactly the routine's steps, each begun and ended within one tick of its time, a high
score, and findings, all of which are false. In sessions with one mistake: whether it is found, in its step, while it
goes on or soon after. Those sessions are the part of the routine that the mistake needs; one with all mistakes at once
is whole.

Exit 1 if a step is wrong, a score low, more than 1 finding in 10 sessions false, or a mistake found less than 19
times of 20. `--short` is 2 seeds, mistakes and the shortest variant only. Seeds below 1000 are the builders'.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final, NamedTuple

import msgspec

from tidehold.coach.routine_layout import lay_out
from tidehold.routine import Finding, Routine, Scored, Side, Step
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.routines import find_routine
from tidehold.units import NS
from tidehold_simulators.acting import act, possible
from tidehold_simulators.follower import follow
from tidehold_simulators.moves import MISTAKES, Mistake, Slip
from tidehold_simulators.virtual import TICK_HZ, virtual_header, virtual_inputs

ROUTINE: Final = "psoas-relief"
CAPPED: Final = "ankylosing-spondylitis"
CAP_S: Final = 420.0
FIRST: Final = 1000
TICK_S: Final = 1 / TICK_HZ
LATE_S: Final = 15.0
"""After a mistake is over: the breathing rate that is known is that of the last half minute."""
ECHO_S: Final = 6.0
"""Until it is noticed that a mistake is over: a breath is some seconds long."""
LEAST_SCORE: Final = 75.0
MOST_FALSE: Final = 0.1
"""Per session."""
LEAST_FOUND: Final = 0.95
NEEDED: Final[dict[Mistake, tuple[str, ...]]] = {
    "holds-breath": ("2.1", "2.2", "2.3"),
    "past-target": ("2.1", "2.2", "2.4"),
    "breathes-14": ("1.2",),
    "lets-go": ("2.1", "2.2", "2.3"),
    "skips-cycle": ("2.1", "2.2", "2.5"),
    "too-fast": ("2.1", "2.2", "3.1"),
}
"""Steps around each mistake: what they are measured against, and those in which it can be made."""


class Task(NamedTuple):
    """A session to be judged."""

    variant: str
    seed: int
    mistakes: tuple[Mistake, ...]
    whole: bool


class Told(NamedTuple):
    """A finding as it began."""

    kind: str
    step: str
    side: str
    since_s: float
    said_s: float


class Judged(NamedTuple):
    """What came of a session."""

    task: Task
    wrong: tuple[str, ...]
    """Steps that were not as the routine has them."""
    off_s: float
    """Farthest that a step began or ended from its time."""
    score: float | None
    why: str
    missed: tuple[Slip, ...]
    delays_s: tuple[float, ...]
    """From a mistake's beginning to its being said."""
    false: tuple[Told, ...]
    """Findings of which the person knows nothing."""
    cpu_s: float


def routine_of(task: Task) -> Routine:
    """The routine of a session: whole, or what its mistakes need of it."""
    routine = lay_out(find_routine(ROUTINE), task.variant)
    if task.whole:
        return routine
    needed = {step for mistake in task.mistakes for step in NEEDED[mistake]}
    phases = [
        msgspec.structs.replace(phase, steps=tuple(step for step in phase.steps if step.id in needed))
        for phase in routine.phases
    ]
    return msgspec.structs.replace(routine, phases=tuple(phase for phase in phases if phase.steps))


def judge(task: Task) -> Judged:
    """Follow, fold, compare."""
    routine = routine_of(task)
    scenario = follow(routine, task.seed, task.mistakes)
    acted = act(routine, task.seed, task.mistakes)
    session = Session(virtual_header(scenario, builtin_profiles(), phone=True, routine=routine))
    scored: list[Scored] = []
    findings: list[Finding] = []
    began = time.process_time()
    for item in virtual_inputs(scenario, acted.seconds, acc_hz=50, phone=True):
        for out in session.feed(item):
            if isinstance(out, Scored):
                scored.append(out)
            elif isinstance(out, Finding) and out.until is None:
                findings.append(out)
    cpu_s = time.process_time() - began
    steps = [each for each in scored if each.scope == "step"]
    times = {(did.step, did.side): (did.start_s, did.end_s) for did in acted.did}
    wrong, off_s = compare(routine.steps, steps, times)
    whole = next((each for each in scored if each.scope == "session"), None)
    told = [Told(each.kind, each.step, each.side, each.since / NS, each.t / NS) for each in findings]
    hits = {slip: [each for each in told if fits(slip, each)] for slip in acted.slips}
    explained = [each for each in told if any(echoes(slip, each) for slip in acted.slips)]
    return Judged(
        task=task,
        wrong=tuple(wrong),
        off_s=off_s,
        score=whole.score if whole else None,
        why=whole.why if whole else "no score was said",
        missed=tuple(slip for slip, found in hits.items() if not found),
        delays_s=tuple(found[0].said_s - slip.since_s for slip, found in hits.items() if found),
        false=tuple(each for each in told if each not in explained),
        cpu_s=cpu_s,
    )


def compare(
    asked: Sequence[Step], done: Sequence[Scored], times: Mapping[tuple[str, Side], tuple[float, float]]
) -> tuple[list[str], float]:
    """Steps that are not as they should be, and how far the others are from their times, s."""
    wrong: list[str] = []
    if [(step.id, step.side) for step in asked] != [(each.id, each.side) for each in done]:
        wrong.append(f"steps: {' '.join(each.id + each.side[:1] for each in done)}")
    off_s = 0.0
    for each in done:
        start_s, end_s = times.get((each.id, each.side), (0.0, 0.0))
        off_s = max(off_s, abs(each.start / NS - start_s), abs(each.end / NS - end_s))
        if each.state != "done" or abs(each.lasted_s - (end_s - start_s)) > TICK_S:
            wrong.append(f"{each.id} {each.side}: {each.state} after {each.lasted_s:.2f} s")
    if off_s > TICK_S:
        wrong.append(f"a step is {off_s:.2f} s off")
    return wrong, off_s


def fits(slip: Slip, told: Told) -> bool:
    """Whether a finding is of this mistake."""
    where = (told.kind, told.step, told.side) == (slip.kind, slip.step, slip.side)
    return where and slip.since_s - 1.0 <= told.said_s <= slip.until_s + LATE_S


def echoes(slip: Slip, told: Told) -> bool:
    """Whether a finding comes of this mistake: it is of it, or goes on into the step that comes next."""
    goes_on = told.kind == slip.kind and slip.until_s - 1.0 <= told.said_s <= slip.until_s + ECHO_S
    return goes_on or fits(slip, told)


def tasks(seeds: Sequence[int], variants: Sequence[str]) -> list[Task]:
    """All sessions of the judge."""
    todo: list[Task] = []
    for variant in variants:
        todo += [Task(variant, seed, (), whole=True) for seed in seeds]
        made = possible(lay_out(find_routine(ROUTINE), variant))
        todo.append(Task(variant, seeds[0], made, whole=True))
        todo += [Task(variant, seed, (mistake,), whole=False) for mistake in made for seed in seeds]
    return todo


def figures(variant: str, judged: Sequence[Judged]) -> dict[str, Any]:
    """What came of a variant, and what of it is not good enough."""
    mine = [each for each in judged if each.task.variant == variant]
    clean = [each for each in mine if not each.task.mistakes]
    single = [each for each in mine if len(each.task.mistakes) == 1]
    scores = [each.score for each in clean if each.score is not None]
    found = {
        mistake: (
            sum(not each.missed for each in single if mistake in each.task.mistakes),
            sum(mistake in each.task.mistakes for each in single),
            [delay for each in single if mistake in each.task.mistakes for delay in each.delays_s],
        )
        for mistake in MISTAKES
    }
    false = [(each.task.seed, *told) for each in clean for told in each.false]
    fails = [f"seed {each.task.seed}: {wrong}" for each in mine for wrong in each.wrong]
    fails += [
        f"seed {each.task.seed}: score {each.score} {each.why}" for each in clean if (each.score or 0.0) < LEAST_SCORE
    ]
    if len(false) > MOST_FALSE * len(clean):
        fails.append(f"{len(false)} false findings in {len(clean)} sessions")
    fails += [f"{name}: found {hit} of {of}" for name, (hit, of, _) in found.items() if hit < LEAST_FOUND * of]
    if variant == CAPPED:
        fails += [] if sum(step.seconds for step in lay_out(find_routine(ROUTINE), variant).steps) == CAP_S else ["cap"]
    return {
        "variant": variant or "(none)",
        "sessions": len(clean),
        "off_s": max((each.off_s for each in mine), default=0.0),
        "score_least": round(min(scores), 1) if scores else None,
        "score_median": round(statistics.median(scores), 1) if scores else None,
        "false": false,
        "found": {
            name: {"found": hit, "of": of, "delay_s": round(statistics.median(late), 1) if late else None}
            for name, (hit, of, late) in found.items()
            if of
        },
        "besides": dict(Counter(f"{told.kind} {told.step}" for each in single for told in each.false)),
        "missed": [(each.task.seed, *slip) for each in mine for slip in each.missed],
        "cpu_s": round(sum(each.cpu_s for each in mine), 1),
        "fails": fails,
    }


def show(told: dict[str, Any]) -> None:
    """A variant's figures, for a person."""
    print(f"{told['variant']}: {told['sessions']} sessions followed, steps at most {told['off_s']:.2f} s off,")
    print(f"  score {told['score_median']} (least {told['score_least']}), false findings {len(told['false'])}")
    for name, found in told["found"].items():
        print(f"  {name:<14} found {found['found']:>2} of {found['of']:<2}  after {found['delay_s']} s")
    for key in ("false", "missed", "fails"):
        for each in told[key]:
            print(f"  {key}: {each}")
    print(f"  besides, in sessions with a mistake: {told['besides']}; CPU {told['cpu_s']} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=FIRST, help="first seed")
    parser.add_argument("--variant", action="append", help="of the routine, '' for none (default: all)")
    parser.add_argument("--short", action="store_true", help="2 seeds of the shortest variant, for CI")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    variants = asked.variant or ["", *find_routine(ROUTINE).variant]
    seeds = range(asked.first, asked.first + asked.seeds)
    if asked.short:
        variants, seeds = [CAPPED], seeds[:2]
    with ProcessPoolExecutor(asked.jobs) as pool:
        judged = list(pool.map(judge, tasks(seeds, variants)))
    results = [figures(variant, judged) for variant in variants]
    if asked.json:
        print(json.dumps(results))
    else:
        for told in results:
            show(told)
    return 1 if any(told["fails"] for told in results) else 0


if __name__ == "__main__":
    sys.exit(main())
