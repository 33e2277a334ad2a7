"""The nouns of a guided session: a routine and its steps, what a step has measured, and what is said meanwhile."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from tidehold.units import HostNs

Side = Literal["left", "right", ""]
Shape = Literal["hinge", "clock"]
"""Of a repetition: about a hinge, or round like a clock's hand."""
TaskKind = Literal["repetitions", "raise", "walk", "slow", "stretch", "cycles", "hinge"]
"""What a motion sensor can measure besides holds: repetitions; the straight-leg-raise test; a walk; how slowly a
movement is made; one stretch (range, target, turning, tremor); contract-relax cycles; how far the trunk hinges."""
StepKind = Literal["breathe", "hold", "cycles", "repetitions", "raise", "walk", "slow", "free", "calibrate", "question"]
GuideState = Literal["ready", "asking", "waiting", "running", "paused", "done", "stopped"]
"""`waiting`: for the person to begin a hold; `stopped`: ended before its last step, `Guide.ended` says why."""
ENDED: Final[frozenset[GuideState]] = frozenset({"done", "stopped"})
"""States of a routine that is over."""
StepState = Literal["todo", "now", "done", "skipped", "cut"]
"""`cut`: ended before its time."""

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Angle = Annotated[float, msgspec.Meta(ge=-180, le=180)]

BAND_DEG: Final = 3.0
"""As far from its target, or else from its own median, a hold is still in its band."""


class Task(msgspec.Struct, frozen=True):
    """What is to be measured from now on; what a kind does not need stays as it is here."""

    kind: TaskKind
    side: Side = ""
    shape: Shape = "hinge"
    count: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Repetitions, attempts or cycles that are asked for; 0: as many as there are."""
    limit_deg_s: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    """Faster is too fast; 0: the usual limit."""
    target_deg: Angle | None = None
    """Of a stretch, from the neutral pose."""
    press_s: NotNegative = 5.0
    deepen_s: NotNegative = 20.0
    """Of each contract-relax cycle."""


class Doing(msgspec.Struct, frozen=True):
    """The task that goes on since `since`; `asks`: what the person is to do now, if the task leads through it."""

    task: Task
    since: HostNs
    asks: str = ""


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """What a task came to, from `start` to `end`, as one sensor saw it.

    `figures` end in their unit; None is "don't know", and `why` says why, under the same name ("" for all of them).
    `quality` is a confidence in 0..1.
    """

    t: HostNs
    source: str
    task: Task
    start: HostNs
    end: HostNs
    figures: dict[str, float | None]
    quality: float
    why: dict[str, str] = {}


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The angle of a hold: `deg` from the neutral pose, or what the hold `of` reached on this side times `growth`."""

    deg: Angle | None = None
    of: str = ""
    growth: Positive = 1.0


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said `at_s` after a step's start."""

    at_s: NotNegative
    text: str


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the person; each of `stops` among its `answers` ends the session with the text `stop_text`."""

    id: str
    text: str
    answers: tuple[str, ...] = ("no", "yes")
    """None: a free text, or a number where `most` is above 0."""
    most: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    stops: tuple[str, ...] = ()
    stop_text: str = ""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One step, of one side if it has sides. Seconds are exact: by time, unless it `waits` for its hold to begin."""

    id: str
    """Unique with `side`."""
    name: str
    kind: StepKind
    seconds: Positive
    side: Side = ""
    text: str = ""
    """What to do, in a sentence or two."""
    says: tuple[Say, ...] = ()
    pattern: str = ""
    """Of paced breathing, as "4/6" or "4/2/6/0"."""
    to_pattern: str = ""
    """Reached in a straight line at the end."""
    target: Target | None = None
    waits: bool = False
    """The time begins with the hold, at the latest after `wait_s`."""
    wait_s: NotNegative = 20.0
    cycles: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    press_s: NotNegative = 5.0
    deepen_s: NotNegative = 20.0
    count: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Repetitions, or attempts, that are asked for on this side."""
    shape: Shape = "hinge"
    limit_deg_s: NotNegative = 0.0
    """Faster is too fast; 0: no limit is watched."""
    hinge: bool = False
    """Of a calibration: with one straight-backed bend, which shows how far the trunk hinges."""
    question: Question | None = None
    needs: tuple[Literal["strap", "phone"], ...] = ()
    """Sensors without which nothing of this step is measured."""
    worn: tuple[str, ...] = ()
    """Placements from which a phone can measure it; none: any."""
    measures: tuple[str, ...] = ()
    """What is measured, in words."""
    note: str = ""
    """For who reads the routine (`routines show`); it is not said in the session."""
    weight: NotNegative = 1.0
    """In the score of its phase and of the session; 0: no part of it."""


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some steps in their order."""

    id: str
    name: str
    steps: tuple[Step, ...]


class Routine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A routine as it is followed: variant chosen, sides laid out, every step in its place."""

    id: str
    name: str
    about: str = ""
    variant: str = ""
    phases: tuple[Phase, ...]
    questions: tuple[Question, ...] = ()
    """Before a person's first routine, and after a mark of pain."""
    intensity: Annotated[float, msgspec.Meta(gt=0, le=2)] = 1.0
    """Angles that are asked for are scaled by this."""
    raised_deg: Angle = 0.0
    """By how much the torso is supported higher: targets move by that."""
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in their order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def seconds(self) -> float:
        """Of all steps, s."""
        return sum(step.seconds for step in self.steps)


class Finding(msgspec.Struct, frozen=True, tag="finding"):
    """Something that went wrong, said at its onset with `until` None, and again when it is over.

    `step` and `side`: in which step it was found.
    """

    t: HostNs
    kind: str
    step: str
    side: Side
    since: HostNs
    until: HostNs | None
    text: str


class Scored(msgspec.Struct, frozen=True, tag="scored"):
    """What a step, a phase or the session came to: 0 to 100, or None and why. `coverage`: share that was measured.

    Of a step: its state, when it was on, and its own figures.
    """

    t: HostNs
    scope: Literal["step", "phase", "session"]
    id: str
    side: Side
    state: StepState
    start: HostNs
    end: HostNs
    lasted_s: float
    """Without pauses and waits."""
    score: float | None
    coverage: float
    parts: dict[str, float]
    figures: dict[str, float | None]
    why: str


class Bar(msgspec.Struct, frozen=True):
    """A step on the timeline."""

    id: str
    side: Side
    name: str
    phase: str
    seconds: float
    state: StepState
    score: float | None = None


class Guide(msgspec.Struct, frozen=True):
    """Where the person is in the routine, and what is to be done now."""

    routine: str
    name: str
    state: GuideState
    bars: tuple[Bar, ...]
    at: int
    """Place of the current step among the bars; their number when all are over."""
    into_s: float = 0.0
    left_s: float = 0.0
    """Of the current step, s."""
    session_left_s: float = 0.0
    prompt: str = ""
    """What to do now."""
    text: str = ""
    """More about the step."""
    part: str = ""
    part_left_s: float | None = None
    """Of a step that has parts ("press", "deepen"), and how long this one still lasts."""
    then: str = ""
    """What comes next."""
    target_deg: float | None = None
    band_deg: float = BAND_DEG
    question: Question | None = None
    """Waits for an answer (mark "answer", as "id answer")."""
    findings: tuple[Finding, ...] = ()
    """Those that go on, and then the newest that are over."""
    unmeasured: str = ""
    """Why something of this step is not measured, if so."""
    notes: tuple[str, ...] = ()
    """What is to be known before the start; none after it."""
    score: float | None = None
    """Of the session so far."""
    ended: str = ""
