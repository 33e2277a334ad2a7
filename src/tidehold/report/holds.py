"""Holds: of a routine each step with left and right side by side, otherwise all of them in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from tidehold.estimators.leg_raise import SAME_RATER_DEG
from tidehold.log.told import Told
from tidehold.records import Hold, HostNs
from tidehold.report.how import HOW
from tidehold.report.nouns import Row, Section, Table
from tidehold.report.spans import done_steps, steps_of
from tidehold.report.wording import UNKNOWN, at, count, figure, lasting, number, percent, reasons, sentence
from tidehold.routine import Scored, Side
from tidehold.units import NS

_LEAST_S: Final = 5.0
"""A shorter stillness is a stop on the way."""
_FIGURES: Final = (
    ("angle reached", "reached_deg", "deg", 1),
    ("target", "target_deg", "deg", 1),
    ("held", "held_s", "s", 0),
    ("turned", "turned_deg", "deg", 1),
    ("RMS", "rms_deg", "deg", 2),
    ("drift", "drift_deg_min", "deg/min", 1),
    ("at its target", "in_band", "%", 0),
    ("tremor", "tremor_deg_s", "deg/s", 2),
    ("slips", "slips", "", 0),
    ("score of the step", "score", "", 0),
)
_HELD_SHARE: Final = 0.6
_IN_BAND: Final = {True: "at their target, mean of holds", False: "in band, mean of holds"}
_SIDES: Final[tuple[Side, ...]] = ("left", "right", "")
_FREE: Final = (
    "Every stillness of 5 s or more that a motion sensor saw, in its order: sitting still is one, too. Angles are from "
    "the neutral pose, or until a movement has shown its plane, the tilt."
)
_ERROR: Final = (
    f"Differences below {SAME_RATER_DEG:g} deg are within the error that is published for an angle measured with a "
    "phone (straight-leg raise, same person, phone in its place)."
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One hold, or one step that asked for one; None where it is not known.

    Attributes:
        step: Id of the step; "" without a routine.
        name: Of the step.
        side: Which.
        source: Sensor that the figures of steadiness are of.
        placement: Where it was worn.
        start_s: Session time; of a step, when it began.
        end_s: The same.
        held_s: How long it was held in that.
        reached_deg: Angle from the neutral pose.
        target_deg: The one that was asked for.
        turned_deg: How far the segment turned about the vertical; experimental.
        rms_deg: See `HoldFigures`, of the hold that makes up most of the step.
        drift_deg_min: The same.
        in_band: Share of what was held that was within 3 deg of the target, 0..1; without a routine, see `HoldFigures`.
        tremor_deg_s: The same.
        slips: How many.
        score: Of the step; without a routine, of the hold.
        coverage: Share of the step that was measured.
        why: Why a figure is not known, by its name.
    """

    step: str
    name: str
    side: Side
    source: str
    placement: str
    start_s: float
    end_s: float
    held_s: float | None
    reached_deg: float | None = None
    target_deg: float | None = None
    turned_deg: float | None = None
    rms_deg: float | None = None
    drift_deg_min: float | None = None
    in_band: float | None = None
    tremor_deg_s: float | None = None
    slips: float | None = None
    score: float | None = None
    coverage: float = 1.0
    why: dict[str, str] = {}


class Holds(msgspec.Struct, frozen=True, kw_only=True):
    """All holds of a session."""

    guided: bool
    """Whether they are steps of a routine."""
    each: tuple[Held, ...]
    others: int
    """Stillnesses that were noticed besides."""


def holds(told: Told) -> Holds:
    """The holds: those that the routine asked for, or all there are."""
    steps = steps_of(told)
    asked = [each for each in done_steps(told) if steps[each.id, each.side].kind == "hold"]
    real = [each for each in told.holds if each.held_s >= _LEAST_S]
    if told.header.routine is None:
        return Holds(guided=False, each=tuple(_free(each) for each in real), others=0)
    found = tuple(_of_step(told, each, steps[each.id, each.side].name) for each in asked)
    others = sum(all(_overlap_ns(hold, each) <= 0 for each in asked) for hold in real)
    return Holds(guided=True, each=found, others=others)


def _free(hold: Hold) -> Held:
    figures, why = hold.figures, {} if hold.score is not None else {"score": hold.why}
    found = Held(
        step="",
        name="",
        side="",
        source=hold.source,
        placement=hold.placement,
        start_s=max(0.0, hold.start / NS),
        end_s=hold.end / NS,
        held_s=hold.held_s,
        score=hold.score,
        why=why,
    )
    return found if figures is None else msgspec.structs.replace(found, **_steadiness(hold))


def _steadiness(hold: Hold) -> dict[str, float | None]:
    figures = hold.figures
    if figures is None:
        return {}
    return {
        "reached_deg": figures.angle_deg,
        "rms_deg": figures.rms_deg,
        "drift_deg_min": figures.drift_deg_min,
        "in_band": figures.in_band,
        "tremor_deg_s": figures.tremor_deg_s,
        "slips": float(len(figures.slips)),
    }


def _of_step(told: Told, scored: Scored, name: str) -> Held:
    """A step that asked for a hold, with the figures of the hold that makes up most of it."""
    mine = [hold for hold in told.holds if _overlap_ns(hold, scored) >= _LEAST_S * NS]
    longest = max(mine, key=lambda hold: _overlap_ns(hold, scored), default=None)
    steady = _steadiness(longest) if longest else {}
    for mine_not in ("reached_deg", "in_band"):  # the hold may outlast its step, and is judged at its end
        steady.pop(mine_not, None)
    at_target = scored.parts.get("target")
    figures = scored.figures
    why = {} if scored.score is not None else {"score": scored.why}
    if figures.get("reached_deg") is None:
        why["reached_deg"] = _why_no_angle(told, scored)
    if longest is None:
        why["rms_deg"] = scored.why if scored.coverage == 0 else "no hold of 5 s was seen in it"
    elif longest.figures is None:
        why["rms_deg"] = longest.why
    return Held(
        step=scored.id,
        name=name,
        side=scored.side,
        source=longest.source if longest else "",
        placement=longest.placement if longest else "",
        start_s=scored.start / NS,
        end_s=scored.end / NS,
        held_s=figures.get("held_s"),
        reached_deg=figures.get("reached_deg"),
        target_deg=figures.get("target_deg"),
        turned_deg=figures.get("turned_deg"),
        in_band=None if at_target is None else at_target / 100,
        score=scored.score,
        coverage=scored.coverage,
        why=why,
        **steady,
    )


def _why_no_angle(told: Told, scored: Scored) -> str:
    whys = [
        each.why.get("reached_deg") or each.why.get("", "")
        for each in told.measured
        if each.task.side == scored.side and each.start < scored.end and each.end > scored.start
    ]
    return next((why for why in whys if why), scored.why or "no angle was known in it")


def _overlap_ns(hold: Hold, scored: Scored) -> HostNs:
    return HostNs(min(hold.end, scored.end) - max(hold.start, scored.start))


def by_step(found: Holds) -> dict[str, dict[Side, Held]]:
    """The steps in their order, each with its sides."""
    steps: dict[str, dict[Side, Held]] = {}
    for each in found.each:
        steps.setdefault(each.step, {})[each.side] = each
    return steps


def farthest(found: Holds) -> dict[Side, Held]:
    """Of each side the step that reached the farthest."""
    known = [each for each in found.each if each.reached_deg is not None]
    sides = [side for side in _SIDES if any(each.side == side for each in known)]
    return {
        side: max((each for each in known if each.side == side), key=lambda each: abs(each.reached_deg or 0.0))
        for side in sides
    }


def holds_section(found: Holds) -> Section:
    """In words and tables."""
    if not found.each:
        none = "The routine asked for no hold that was reached." if found.guided else "No hold was measured."
        return Section(id="holds", title="Holds", text=(none,))
    if found.guided:
        tables = tuple(_side_by_side(sides) for sides in by_step(found).values())
        text = ["Left and right side by side. Angles are from the neutral pose.", _ERROR]
        if found.others:
            text.append(f"{count(found.others, 'other stillness', 'other stillnesses')} between the steps, not shown.")
    else:
        tables = (_in_order(found.each),)
        text = [_FREE]
    return Section(id="holds", title="Holds", text=tuple(text), rows=tuple(_rows(found)), tables=tables)


def _rows(found: Holds) -> list[Row]:
    rows: list[Row] = []
    if found.guided:
        for side, each in farthest(found).items():
            name = f"farthest {side}" if side else "farthest"
            rows.append(figure(name, each.reached_deg, "deg", 1, how=HOW["reached"], after=f" in {each.step}"))
    scores = [each.score for each in found.each if each.score is not None]
    mean = sum(scores) / len(scores) if scores else None
    why = next((each.why["score"] for each in found.each if each.why.get("score")), "")
    rows.append(figure("holds", float(len(found.each))))
    rows.append(figure("mean score", mean, "of 100", why=why, how=HOW["hold_score"]))
    most = max(found.each, key=lambda each: each.held_s or 0.0)
    rms = [each for each in found.each if each.rms_deg is not None]
    long_s = most.held_s
    rows.append(figure("longest hold", long_s, "s", why="no hold of 5 s was seen"))
    steadiest = min(rms, key=lambda each: each.rms_deg or 0.0, default=None)
    value = steadiest.rms_deg if steadiest else None
    rows.append(figure("steadiest hold, RMS", value, "deg", 2, why="no hold had figures", how=HOW["hold_rms"]))
    rows += [
        figure(label, _mean([getattr(each, key) for each in found.each]), unit, digits, why="not known of any hold",
               how=HOW[how])
        for label, key, unit, digits, how in (
            ("drift, mean of holds", "drift_deg_min", "deg/min", 1, "hold_drift"),
            (_IN_BAND[found.guided], "in_band", "%", 0, "hold_in_band"),
            ("tremor, mean of holds", "tremor_deg_s", "deg/s", 2, "hold_tremor"),
        )
        if key != "in_band" or not found.guided or any(each.target_deg is not None for each in found.each)
    ]  # fmt: skip
    return rows


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _side_by_side(sides: dict[Side, Held]) -> Table:
    """One step: a column for each side, and their difference where there are two."""
    shown = [(side, sides[side]) for side in _SIDES if side in sides]
    both = len(shown) == 2
    columns = ("figure", *(side or "measured" for side, _ in shown), *(("left - right",) if both else ()))
    rows = []
    for name, key, unit, digits in _FIGURES:
        values = [getattr(each, key) for _, each in shown]
        if all(value is None for value in values) and key not in ("reached_deg", "score"):
            continue
        cells = [percent(value) if unit == "%" else number(value, digits) for value in values]
        apart = UNKNOWN
        if both and None not in values and key != "target_deg" and unit != "%":
            apart = number(values[0] - values[1], digits)
        label = f"{name}, {unit}" if unit not in ("", "%") else name
        rows.append((label, *cells, *((apart,) if both else ())))
    first = shown[0][1]
    whys = {
        f"{_LABELS.get(key, key)}{f' {side}' if side else ''}": why
        for side, each in shown
        for key, why in each.why.items()
    }
    where = sorted({f"{each.source} on the {each.placement}" for _, each in shown if each.placement})
    title = f"{first.step} {first.name}" + (f" ({', '.join(where)})" if where else "")
    notes = [sentence(each) for each in reasons(whys)]
    notes += [_partly(side, each) for side, each in shown if _is_partly_held(each)]
    return Table(title=title, columns=columns, rows=tuple(rows), notes=tuple(notes))


def _is_partly_held(each: Held) -> bool:
    """Whether its angle may be that of another pose: it is that of the longest stillness of the step."""
    return each.held_s is not None and each.held_s < _HELD_SHARE * (each.end_s - each.start_s)


def _partly(side: Side, each: Held) -> str:
    which = f"The {side} side" if side else "It"
    held = f"{lasting(each.held_s or 0.0)} of {lasting(each.end_s - each.start_s)}"
    return f"{which} was held for {held}: the angle is that of the longest stillness in it."


_LABELS: Final = {"reached_deg": "angle", "rms_deg": "steadiness", "score": "score"}


def _in_order(each_: Sequence[Held]) -> Table:
    columns = ("at", "sensor", "held", "angle, deg", "RMS, deg", "drift, deg/min", "in band", "slips", "score")
    rows = tuple(
        (
            at(round(each.start_s * NS)),
            f"{each.source}, {each.placement}" if each.placement else each.source,
            lasting(each.held_s or 0.0),
            number(each.reached_deg, 1),
            number(each.rms_deg, 2),
            number(each.drift_deg_min, 1),
            percent(each.in_band),
            number(each.slips),
            number(each.score),
        )
        for each in each_
    )
    whys = {f"score at {at(round(each.start_s * NS))}": each.why.get("score", "") for each in each_}
    notes = tuple(sentence(note) for note in reasons(whys))
    return Table(title="Holds in their order", columns=columns, rows=rows, notes=notes)
