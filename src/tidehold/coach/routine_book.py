"""A routine as its TOML file says it: steps once, however many sides they have, and variants as what they change."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from tidehold.routine import Question, Say, Shape, Step, StepKind, Target

ID_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
STEP_ID_PATTERN: Final = r"^[a-z0-9]+([.-][a-z0-9]+)*$"
LONGEST_S: Final = 7200.0
"""Of a step: two hours."""

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, max_length=40, description="lower-case words joined by hyphens")]
StepId = Annotated[
    str,
    msgspec.Meta(pattern=STEP_ID_PATTERN, max_length=24, description='letters and numbers joined by dots, as in "2.3"'),
]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80, description="a text of 1 to 80 characters")]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_S, description="seconds above 0, at most 7200")]
NoSeconds = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_S, description="seconds from 0 to 7200")]
Placement = Literal["shin", "thigh", "breastbone", "belly"]
Sides = Literal["", "each", "split", "affected"]
"""None; one side after the other, each for the step's `seconds`; one after the other, which share them; the affected
side only, or if that is both, as `split`."""

NO_IMPROVEMENT: Final = "no-improvement"
REGULAR_SESSIONS: Final = 14
"""Without getting better, and it is time to see a clinician: after each so many sessions that is asked again."""
USUAL_QUESTIONS: Final = (
    Question(
        id="radiating-pain",
        text="Does pain run down your leg below the knee, and has it been getting stronger?",
        stops=("yes",),
        stop_text="Stop now and see a clinician before you go on: growing pain below the knee must be looked at.",
    ),
    Question(
        id="bowel-bladder",
        text="Has anything changed lately with your bladder or your bowels?",
        stops=("yes",),
        stop_text=(
            "Stop now and see a clinician today. New changes of bladder or bowel must not wait: "
            "if nobody can see you today, go to an emergency department."
        ),
    ),
    Question(
        id=NO_IMPROVEMENT,
        text=f"Have you done {REGULAR_SESSIONS} or more sessions, regularly, without getting any better?",
        stops=("yes",),
        stop_text=(
            f"Stop now and see a clinician before you go on: {REGULAR_SESSIONS} sessions without getting better "
            "are enough."
        ),
    ),
)
"""Before a person's first routine and after a mark of pain, unless a routine has questions of its own."""


class PhaseSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the session."""

    id: Id
    name: Name


class StepSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step as it is written; see `tidehold.routine.Step` for what the keys mean.

    In `text` and `says`, {side} and {other} ({Side}, {Other}) become "left" and "right" as the step is laid out.
    """

    id: StepId
    phase: Id
    name: Name
    kind: StepKind
    seconds: Seconds
    """A multiple of a quarter: the coach's time is counted in ticks."""
    part_of: str = ""
    """Number of the step of which this is a part, as in "3.2" of a step "3.2a"; `routines show` counts them as one."""
    sides: Sides = ""
    text: str = ""
    says: tuple[Say, ...] = ()
    pattern: str = ""
    to_pattern: str = ""
    target: Target | None = None
    waits: bool = False
    wait_s: NoSeconds = 20.0
    cycles: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    press_s: Seconds = 5.0
    deepen_s: Seconds = 20.0
    count: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    shape: Shape = "hinge"
    limit_deg_s: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 0.0
    hinge: bool = False
    question: Question | None = None
    worn: tuple[Placement, ...] = ()
    measures: tuple[str, ...] = ()
    note: str = ""
    weight: Annotated[float, msgspec.Meta(ge=0, le=100)] = 1.0


_FIXED: Final = ("id", "phase", "part_of")
"""Keys of a step that no variant changes."""

StepChange: type[msgspec.Struct] = msgspec.defstruct(
    "StepChange",
    [
        ("id", StepId),
        *(
            (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
            for field in msgspec.structs.fields(StepSpec)
            if field.name not in _FIXED
        ),
    ],
    namespace={"__doc__": "What a variant changes of the step `id`: any of its keys."},
    module=__name__,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
)


class VariantSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A variant: what it changes, and nothing else."""

    name: Name
    about: str = ""
    intensity: Annotated[float, msgspec.Meta(gt=0, le=2)] = 1.0
    raised_deg: Annotated[float, msgspec.Meta(ge=-90, le=90)] = 0.0
    notes: tuple[str, ...] = ()
    keep: tuple[str, ...] | None = None
    """Ids of the steps that it has, in their order; without it, all."""
    sides: Literal["both", "first", "alternate"] = "both"
    """Which sides the steps of "each" and "split" have: the one begun with, or by turns from session to session."""
    cap_s: NoSeconds = 0.0
    """Longest the session may be; 0: no limit."""
    step: tuple[StepChange, ...] = ()  # type: ignore[valid-type]  # made from StepSpec, above


class RoutineBook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A routine with its variants."""

    id: Id
    name: Name
    about: str = ""
    notes: tuple[str, ...] = ()
    phase: tuple[PhaseSpec, ...] = ()
    step: tuple[StepSpec, ...] = ()
    question: tuple[Question, ...] = USUAL_QUESTIONS
    variant: dict[str, VariantSpec] = {}


def changes_of(change: msgspec.Struct) -> dict[str, Any]:
    """The keys that a variant's change of a step names, and their values."""
    pairs = {name: getattr(change, name) for name in change.__struct_fields__}
    return {name: value for name, value in pairs.items() if value is not msgspec.UNSET}


def steps_of(book: RoutineBook, variant: str) -> tuple[StepSpec, ...]:
    """The steps of a variant ("": the routine as it stands), as they would be written. It must be a known one."""
    if not variant:
        return book.step
    spec = book.variant[variant]
    changes = {changed["id"]: changed for changed in map(changes_of, spec.step)}
    steps = {step.id: msgspec.structs.replace(step, **changes.get(step.id, {})) for step in book.step}
    return tuple(steps.values()) if spec.keep is None else tuple(steps[each] for each in spec.keep)


def kept_by(spec: StepSpec) -> dict[str, Any]:
    """What a laid-out step has from its written one, as it is."""
    shared = [name for name in Step.__struct_fields__ if name in StepSpec.__struct_fields__]
    return {name: getattr(spec, name) for name in shared}
