"""What was measured besides holds: contract-relax cycles, repetitions, leg raises, walks, slow movements, the hinge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tidehold.estimators.leg_raise import BETWEEN_RATERS_DEG, SAME_RATER_DEG
from tidehold.log.told import Told
from tidehold.report.how import HOW
from tidehold.report.nouns import Row, Section, Table
from tidehold.report.spans import done_steps, steps_of
from tidehold.report.wording import at, figure, number, percent, reasons, sentence
from tidehold.routine import Measured, Scored, Side, TaskKind
from tidehold.units import NS


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What one task came to at one sensor; figures by name, which ends in the unit, None where not known."""

    kind: TaskKind
    step: str
    name: str
    """Of the step; "" without a routine."""
    side: Side
    source: str
    asked: int
    """Repetitions, attempts or cycles; 0: no number."""
    start_s: float
    end_s: float
    figures: dict[str, float | None]
    why: dict[str, str]
    quality: float


ERROR: Final = (
    f"Published error of the straight-leg raise by phone (MDC95, 72 legs): differences below {SAME_RATER_DEG:g} deg, "
    f"measured by the same person with the phone in the same place, or below {BETWEEN_RATERS_DEG:g} deg, by another "
    "person or with the phone put on anew, are within it."
)
GAIN_ERROR: Final = (
    f"A gain of {SAME_RATER_DEG:g} deg or less is within the error that is published for an angle measured with a "
    "phone (straight-leg raise, same person, phone in its place)."
)


def tasks(told: Told) -> tuple[Done, ...]:
    """All tasks but stretches, which are holds; one that nothing was measured of is left out."""
    steps, done = steps_of(told), done_steps(told)
    found = []
    for each in told.measured:
        if each.task.kind == "stretch" or all(value is None for value in each.figures.values()):
            continue
        step = next((one for one in done if _is_of(one, each)), None)
        name = steps[step.id, step.side].name if step else ""
        found.append(
            Done(
                kind=each.task.kind,
                step=step.id if step else "",
                name=name,
                side=each.task.side,
                source=each.source,
                asked=each.task.count,
                start_s=each.start / NS,
                end_s=each.end / NS,
                figures=each.figures,
                why=each.why,
                quality=each.quality,
            )
        )
    return tuple(found)


def _is_of(step: Scored, each: Measured) -> bool:
    """Whether a task was on in this step."""
    return step.start < each.end and step.end > each.start and step.side in ("", each.task.side)


def of_kind(found: Sequence[Done], kind: TaskKind) -> list[Done]:
    """Those of one kind."""
    return [each for each in found if each.kind == kind]


def tasks_section(found: Sequence[Done]) -> Section:
    """In tables, one for each kind."""
    kinds = [kind for kind in _TABLES if of_kind(found, kind)]
    tables = tuple(_table(kind, of_kind(found, kind)) for kind in kinds)
    if not tables:
        return Section(id="tasks", title="Movements", text=("No movement was measured besides holds.",))
    rows = [row for kind in kinds for row in _rows(kind, of_kind(found, kind))]
    return Section(id="tasks", title="Movements", rows=tuple(rows), tables=tables)


def within_error(gain_deg: float | None) -> str:
    """Whether a gain is more than the error, in words."""
    if gain_deg is None:
        return "-"
    return "yes" if abs(gain_deg) > SAME_RATER_DEG else "no"


def _number(name: str, digits: int = 0) -> Callable[[Done], str]:
    return lambda each: number(each.figures.get(name), digits)


def _share(name: str) -> Callable[[Done], str]:
    return lambda each: percent(each.figures.get(name))


def _of_asked(name: str) -> Callable[[Done], str]:
    def told(each: Done) -> str:
        done = number(each.figures.get(name))
        return f"{done} of {each.asked}" if each.asked and done != "-" else done

    return told


def _gains(each: Done) -> str:
    gains = [each.figures.get(f"gain_{place}_deg") for place in range(1, each.asked + 1)]
    return ", ".join(number(gain, 1) for gain in gains) or "-"


_STEPS: Final = (
    "How steps vary and their asymmetry are experimental; asymmetry is the difference of the two feet's step times "
    "over their mean, 0 to 2."
)
Column = tuple[str, Callable[[Done], str]]
_TABLES: Final[dict[TaskKind, tuple[str, tuple[Column, ...], str]]] = {
    "cycles": (
        "Contract-relax cycles",
        (
            ("done", _of_asked("cycles_done")),
            ("before, deg", _number("before_deg", 1)),
            ("gain of each, deg", _gains),
            ("gain, deg", _number("gain_deg", 1)),
            ("beyond the error", lambda each: within_error(each.figures.get("gain_deg"))),
        ),
        GAIN_ERROR,
    ),
    "raise": (
        "Straight-leg raise",
        (
            ("best, deg", _number("raise_deg", 1)),
            ("same rater, deg", lambda _: f"+-{SAME_RATER_DEG:g}"),
            ("between, deg", lambda _: f"+-{BETWEEN_RATERS_DEG:g}"),
            ("worst to best, deg", _number("raise_spread_deg", 1)),
            ("attempts", _of_asked("raise_attempts")),
        ),
        ERROR,
    ),
    "repetitions": (
        "Repetitions",
        (
            ("done", _of_asked("repetitions")),
            ("size, deg", _number("repetition_deg", 1)),
            ("each, s", _number("repetition_tempo_s", 1)),
            ("tempo varies", _share("tempo_cv")),
            ("size varies", _share("amplitude_cv")),
            ("pauses", _number("pauses")),
        ),
        "",
    ),
    "walk": (
        "Walk",
        (
            ("steps/min", _number("cadence_spm")),
            ("strides", _number("strides")),
            ("strides vary", _share("stride_cv")),
            ("steps vary", _share("step_cv")),
            ("asymmetry", _number("step_asymmetry", 2)),
            ("walked, s", _number("walked_s")),
        ),
        _STEPS,
    ),
    "slow": (
        "Slow movements",
        (
            ("fastest, deg/s", _number("speed_deg_s", 1)),
            ("too fast", _share("over_share")),
            ("stops", _number("stops")),
            ("moving, s", _number("moving_s", 1)),
            ("stopped, s", _number("stopped_s", 1)),
        ),
        "",
    ),
    "hinge": ("Hinge with a straight back", (("hinge, deg", _number("hinge_deg", 1)),), ""),
}
_ROWS: Final[dict[TaskKind, tuple[str, str, str, int, str]]] = {
    "cycles": ("contract-relax gain", "gain_deg", "deg", 1, "gain"),
    "raise": ("straight-leg raise", "raise_deg", "deg", 1, "raise"),
    "repetitions": ("repetitions", "repetitions", "", 0, "repetitions"),
    "walk": ("cadence", "cadence_spm", "steps/min", 0, "walk"),
    "slow": ("fastest movement", "speed_deg_s", "deg/s", 1, "slow"),
}
_KNOWN_ONLY: Final = ("mdc95_same_rater_deg", "mdc95_between_raters_deg", "raise_deg", "gain_deg", "presses_felt")
"""What is told of these is beside them, or is in the table's own note."""


def _table(kind: TaskKind, each_: Sequence[Done]) -> Table:
    title, columns, note = _TABLES[kind]
    rows = tuple((_what(each), each.side or "-", *(cell(each) for _, cell in columns)) for each in each_)
    whys: dict[str, str] = {}
    for each in each_:
        whys |= {
            f"{_plain(name)} ({_what(each)}{' ' + each.side if each.side else ''})": why
            for name, why in each.why.items()
            if name not in _KNOWN_ONLY or (each.figures.get(name) is None and name != "presses_felt")
        }
    pressed = sorted({each.why["presses_felt"] for each in each_ if each.why.get("presses_felt")})
    notes = [note, *(f"Presses: {why}" for why in pressed), *reasons(whys)]
    return Table(
        title=title,
        columns=("step", "side", *(name for name, _ in columns)),
        rows=rows,
        notes=tuple(sentence(each) for each in notes if each),
    )


def _what(each: Done) -> str:
    return f"{each.step} {each.name}".strip() or f"at {at(round(each.start_s * NS))}"


def _plain(name: str) -> str:
    """A figure's name without its unit: "tempo_cv" as "tempo cv"."""
    if not name:
        return "all of it"
    for unit in ("_deg_s", "_deg", "_spm", "_m", "_s"):
        name = name.removesuffix(unit)
    return name.replace("_", " ")


def _rows(kind: TaskKind, each_: Sequence[Done]) -> list[Row]:
    if kind not in _ROWS:
        return []
    label, name, unit, digits, how = _ROWS[kind]
    rows = []
    for each in each_:
        place: Any = f" {each.side}" if each.side else ""
        of = f" ({_what(each)})" if kind in ("repetitions", "slow") else ""
        after = f" (+-{SAME_RATER_DEG:g} deg, other rater +-{BETWEEN_RATERS_DEG:g})" if kind == "raise" else ""
        why = each.why.get(name, each.why.get("", ""))
        value = each.figures.get(name)
        rows.append(figure(f"{label}{place}{of}", value, unit, digits, why=why, how=HOW[how], after=after))
    return rows
