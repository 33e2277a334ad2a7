"""What to do now, in words: for a screen, and for a voice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tidehold.coach.run import Part, Run
from tidehold.records import HostNs, Pattern
from tidehold.routine import Routine, Step, StepKind
from tidehold.units import NS

_BREATH: Final = ("in", "hold", "out", "hold")
_PARTS: Final[dict[Part, str]] = {"press": "Press.", "deepen": "Let go, and sink deeper.", "": "Rest."}


def title(step: Step) -> str:
    """A step's name with its side."""
    return f"{step.name}, {step.side}" if step.side else step.name


def announced(step: Step) -> str:
    """What is said when a step begins."""
    return f"{title(step)}. {step.text}" if step.text else f"{title(step)}."


def ready(routine: Routine) -> str:
    """Before the start."""
    n = len(routine.steps)
    return f"Ready: {routine.name}, {n} step{'s' * (n != 1)}, {round(routine.seconds / 60)} min. Start when you are."


def prompt(run: Run, now: HostNs) -> str:
    """What to do now."""
    step = run.step
    if run.clock.begun is None:
        return "Go into the position: the time begins when you hold still."
    words = _OWN_WORDS[step.kind](run, now) if step.kind in _OWN_WORDS else run.words
    return words or _WORDS[step.kind](run, now)


def _question(run: Run, _: HostNs) -> str:
    return run.questions.now.text if run.questions.now else "Thank you."


def _cycles(run: Run, now: HostNs) -> str:
    cycle = run.cycle(now)
    return _PARTS[cycle.part if cycle else ""]


def _breathe(run: Run, now: HostNs) -> str:
    pattern = run.asked(now, 0).pattern
    return f"Breathe with the pacer: {breath(pattern)}." if pattern else "Breathe calmly."


def _hold(run: Run, _: HostNs) -> str:
    return "Hold still." if run.aim.deg is None else f"Hold at {run.aim.deg:.0f} degrees."


def _repetitions(run: Run, _: HostNs) -> str:
    return f"{run.step.count} repetitions, at your own pace." if run.step.count else "At your own pace."


def _calibrate(run: Run, now: HostNs) -> str:
    bends = "Bend forward once with a straight back, and come up again."
    return bends if run.wants_hinge(now) else "Keep still: this becomes zero."


_OWN_WORDS: Final[dict[StepKind, Callable[[Run, HostNs], str]]] = {"question": _question, "cycles": _cycles}
"""Kinds whose words go before what was said in the step."""
_WORDS: Final[dict[StepKind, Callable[[Run, HostNs], str]]] = {
    "question": _question,
    "cycles": _cycles,
    "breathe": _breathe,
    "hold": _hold,
    "repetitions": _repetitions,
    "calibrate": _calibrate,
    "raise": lambda *_: "Raise the leg slowly, knee straight, and lower it again.",
    "walk": lambda *_: "Walk at your usual pace.",
    "slow": lambda *_: "Slowly, with stops.",
    "free": lambda run, _: run.step.text or run.step.name,
}


def breath(pattern: Pattern) -> str:
    """A pattern in words: "4 s in, 6 s out"."""
    lengths = (pattern.inhale_s, pattern.full_s, pattern.exhale_s, pattern.empty_s)
    return ", ".join(f"{length:.3g} s {name}" for length, name in zip(lengths, _BREATH, strict=True) if length)


def part_left_s(run: Run, now: HostNs) -> float | None:
    """How long the part that is on still lasts, s."""
    cycle = run.cycle(now)
    if cycle is None or cycle.end_ns is None:
        return None
    return (cycle.end_ns - run.clock.into_ns(now)) / NS
