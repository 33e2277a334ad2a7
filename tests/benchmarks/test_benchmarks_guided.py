"""The judge of guided sessions: whom it asks what, what it counts, and what it does not let pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks import guided
from benchmarks.guided import CAPPED, Judged, Task, Told
from tidehold.records import HostNs
from tidehold.routine import Scored, Side, StepState
from tidehold.units import NS
from tidehold_simulators.moves import Slip

SLIP = Slip("lets-go", "let-go", "2.3", "left", 100.0, 120.0)


def scored(step: str, side: Side, start_s: float, end_s: float, state: StepState = "done") -> Scored:
    start, end = HostNs(round(start_s * NS)), HostNs(round(end_s * NS))
    return Scored(end, "step", step, side, state, start, end, end_s - start_s, 90.0, 1.0, {}, {}, "")


def judged(task: Task, **changes: object) -> Judged:
    plain = Judged(task, (), 0.1, 90.0, "", (), (3.0,) if task.mistakes else (), (), 1.0)
    return plain._replace(**changes)  # type: ignore[arg-type]


def test_a_mistake_is_judged_by_the_steps_that_it_needs() -> None:
    tasks = guided.tasks(range(1000, 1003), [""])
    assert [task.seed for task in tasks if task.whole and not task.mistakes] == [1000, 1001, 1002]
    assert [len(task.mistakes) for task in tasks if task.whole] == [0, 0, 0, 6]
    assert {task.mistakes[0] for task in tasks if not task.whole} == set(guided.NEEDED)
    short = guided.routine_of(Task("", 1000, ("too-fast",), whole=False))
    assert [step.id for step in short.steps] == ["2.1", "2.2", "2.2", "3.1"]
    assert guided.routine_of(Task("", 1000, (), whole=True)).seconds == 1380
    assert guided.routine_of(Task(CAPPED, 1000, (), whole=True)).seconds == guided.CAP_S


def test_steps_are_compared_with_the_routine_and_with_their_times() -> None:
    asked = guided.routine_of(Task("", 1, ("too-fast",), whole=False)).steps[:2]
    times: dict[tuple[str, Side], tuple[float, float]] = {("2.1", ""): (10.0, 40.0), ("2.2", "left"): (40.0, 70.0)}
    done = [scored("2.1", "", 10.1, 40.1), scored("2.2", "left", 40.1, 70.2)]
    wrong, off_s = guided.compare(asked, done, times)
    assert not wrong
    assert off_s == pytest.approx(0.2)
    assert guided.compare(asked, done[:1], times)[0] == ["steps: 2.1"]
    late = [done[0], scored("2.2", "left", 41.0, 71.0)]
    assert guided.compare(asked, late, times)[0] == ["a step is 1.00 s off"]
    cut = [done[0], scored("2.2", "left", 40.0, 60.0, "cut")]
    assert guided.compare(asked, cut, times)[0] == ["2.2 left: cut after 20.00 s", "a step is 10.00 s off"]


@pytest.mark.parametrize(
    ("told", "is_it"),
    [
        (Told("let-go", "2.3", "left", 100.0, 104.0), True),
        (Told("let-go", "2.3", "left", 100.0, 140.0), False),
        (Told("let-go", "2.3", "left", 90.0, 95.0), False),
        (Told("let-go", "2.3", "right", 100.0, 104.0), False),
        (Told("slipping", "2.3", "left", 100.0, 104.0), False),
    ],
)
def test_a_finding_is_of_a_mistake_in_its_step_and_at_its_time(told: Told, is_it: bool) -> None:
    assert guided.fits(SLIP, told) == is_it


def test_what_goes_on_for_some_seconds_is_no_other_mistake() -> None:
    assert guided.echoes(SLIP, Told("let-go", "2.3", "right", 119.0, 124.0))
    assert guided.echoes(SLIP, Told("let-go", "2.3", "left", 100.0, 104.0))
    assert not guided.echoes(SLIP, Told("let-go", "2.3", "right", 125.0, 130.0))
    assert not guided.echoes(SLIP, Told("slipping", "2.3", "right", 119.0, 124.0))


def test_what_is_not_good_enough_is_named() -> None:
    clean = [judged(Task("", seed, (), whole=True)) for seed in range(20)]
    broken = [judged(Task("", seed, ("lets-go",), whole=False)) for seed in range(20)]
    assert not guided.figures("", [*clean, *broken])["fails"]
    told = guided.figures("", [*clean, *broken])
    assert told["found"] == {"lets-go": {"found": 20, "of": 20, "delay_s": 3.0}}
    once = [each._replace(missed=(SLIP,)) for each in broken[:1]]
    assert not guided.figures("", [*clean, *once, *broken[1:]])["fails"]
    twice = [each._replace(missed=(SLIP,)) for each in broken[:2]]
    assert guided.figures("", [*clean, *twice, *broken[2:]])["fails"] == ["lets-go: found 18 of 20"]
    false = (Told("tremor-rising", "2.4", "left", 1.0, 2.0),)
    nags = [each._replace(false=false) for each in clean[:3]]
    assert guided.figures("", [*nags, *clean[3:]])["fails"] == ["3 false findings in 20 sessions"]
    low = [clean[0]._replace(score=60.0, why="short")]
    assert guided.figures("", low)["fails"] == ["seed 0: score 60.0 short"]
    wrong = [clean[0]._replace(wrong=("a step is 3.00 s off",))]
    assert guided.figures("", wrong)["fails"] == ["seed 0: a step is 3.00 s off"]


@pytest.mark.long
def test_one_mistake_goes_through_the_whole_fold() -> None:
    found = guided.judge(Task("", 7, ("breathes-14",), whole=False))
    assert not found.wrong
    assert not found.missed
    assert found.task.seed == 7
