"""What a step came to, and from those a phase and the session: 0 to 100 and its parts, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from tidehold.coach.fit import MOVES
from tidehold.coach.seen import Seen, SourceSeen
from tidehold.estimators.leg_raise import SAME_RATER_DEG
from tidehold.records import HostNs
from tidehold.routine import Measured, Step, StepKind

LEAST_COVERAGE: Final = 0.5
"""Below it there is no score: the other half might have been anything."""
SCORED: Final[frozenset[StepKind]] = frozenset({"breathe", "hold", "cycles", "repetitions", "slow"})
"""Kinds of steps of which there is something to score."""
_GETTING_THERE_S: Final = 10.0
"""Of a hold's step, at most a third: so long it may take to get into position without losing anything."""
_NOTHING: Final = "nothing to score: "
_WHY_NOTHING: Final[dict[StepKind, str]] = {
    "free": "time of its own",
    "walk": "a walk is measured, not judged",
    "raise": "an angle is measured, not judged",
    "calibrate": "it sets the neutral pose",
    "question": "a question",
}


class Judged(NamedTuple):
    """A score, 0 to 100, or None and why; the share of the time that was measured; parts, 0 to 100; and figures."""

    score: float | None
    coverage: float
    parts: dict[str, float]
    figures: dict[str, float | None]
    why: str


class Part(NamedTuple):
    """One part of a score, 0 to 100, and how much it weighs."""

    name: str
    value: float
    weight: float


def judged(seen: Seen, now: HostNs, lasted_s: float, unmeasured: str = "") -> Judged:
    """What a step came to.

    Args:
        seen: All that was seen of it.
        now: When that is asked; what goes on counts until then.
        lasted_s: How long it was on, without pauses and waits.
        unmeasured: Why nothing of it can have been measured, "" if something can.
    """
    step, best = seen.step, seen.best
    if unmeasured:
        return Judged(None, 0.0, {}, {}, unmeasured)
    if step.kind == "breathe":
        return _breathe(seen, lasted_s)
    coverage = min(1.0, best.known_s / lasted_s) if best and lasted_s > 0 and step.kind in MOVES else 0.0
    figures = _figures(step, best, now) if best else {}
    if not is_scored(step):
        why = _NOTHING + _WHY_NOTHING.get(step.kind, "no number was asked for")
        if step.kind == "calibrate" and best is not None and not best.has_angle:
            why = f"no neutral pose was set: {_reason(best)}"
        return Judged(None, coverage, {}, figures, why)
    if best is None or coverage < LEAST_COVERAGE:
        return Judged(None, coverage, {}, figures, _thin(coverage, "" if best is None else _reason(best)))
    parts, why = _PARTS[step.kind](step, best, now, lasted_s)
    return Judged(_total(parts), coverage, {part.name: part.value for part in parts}, figures, why)


def is_scored(step: Step) -> bool:
    """Whether there is something to score in it."""
    return step.kind in SCORED and (step.kind != "repetitions" or step.count > 0)


def _breathe(seen: Seen, lasted_s: float) -> Judged:
    """The mean of the pacer's scores, each counting as long as its breathing was known."""
    scored = [(score, known_s) for score, known_s, _ in seen.paced if score is not None]
    known_s = sum(known_s for _, known_s, _ in seen.paced)
    coverage = min(1.0, known_s / lasted_s) if lasted_s > 0 else 0.0
    total_s = sum(known_s for _, known_s in scored)
    if coverage < LEAST_COVERAGE or not total_s:
        whys = [why for _, _, why in seen.paced if why]
        return Judged(None, coverage, {}, {}, _thin(coverage, whys[-1] if whys else ""))
    score = sum(each * known_s for each, known_s in scored) / total_s
    return Judged(score, coverage, {"pacing": score}, {"pacing_score": score}, "how well the breath kept to the pacer")


def _hold(_: Step, best: SourceSeen, now: HostNs, lasted_s: float) -> tuple[list[Part], str]:
    """How steady it was, for how much of the time, and how much of that at its target."""
    ready_s = max(lasted_s - min(_GETTING_THERE_S, lasted_s / 3), 1.0)
    held = Part("held", 100 * min(1.0, best.held_s / ready_s), 0.3)
    if not best.held_s:
        return [held._replace(weight=1.0)], "no hold was seen"
    parts = [held]
    if best.target_deg is not None and best.angles_deg:
        parts.append(Part("target", 100 * best.in_band_s / len(best.angles_deg), 0.2))
    pieces = best.holding_now(now)
    known = [piece for piece in pieces if piece.score is not None]
    long_s = sum(piece.seconds for piece in known)
    if not long_s:
        why = next((piece.why for piece in pieces[::-1] if piece.why), "too short for figures")
        return [], f"how steady it was is not known: {why}"
    steady = sum((piece.score or 0.0) * piece.seconds for piece in known) / long_s
    parts.append(Part("steadiness", steady, 0.5))
    at = "" if best.target_deg is None else " and at the target"
    without = "" if best.has_angle else f"; {_reason(best)}"
    return parts, f"how steady, for how long{at}; 10 s are free for getting there{without}"


def _cycles(step: Step, best: SourceSeen, now: HostNs, _: float) -> tuple[list[Part], str]:
    """How many cycles were done, and whether they gained more than such an angle's error."""
    figures = _figures(step, best, now)
    done, gain = figures.get("cycles_done"), figures.get("gain_deg")
    if done is None:
        return [], _unknown(best, "cycles_done")
    parts = [Part("done", 100 * min(1.0, done / step.cycles), 0.8)]
    if gain is not None:
        parts.append(Part("gain", 100 * min(1.0, max(0.0, gain) / SAME_RATER_DEG), 0.2))
    return parts, f"{done:.0f} of {step.cycles} cycles" + ("" if gain is None else f", gained {gain:.1f} deg")


def _repetitions(step: Step, best: SourceSeen, now: HostNs, _: float) -> tuple[list[Part], str]:
    done = _figures(step, best, now).get("repetitions")
    if done is None:
        return [], _unknown(best, "repetitions")
    return [Part("done", 100 * min(1.0, done / step.count), 1.0)], f"{done:.0f} of {step.count} repetitions"


def _slow(step: Step, best: SourceSeen, now: HostNs, _: float) -> tuple[list[Part], str]:
    over = _figures(step, best, now).get("over_share")
    if over is None:
        return [], _unknown(best, "over_share")
    return [Part("slow", 100 * (1 - min(1.0, over)), 1.0)], f"{100 * over:.0f} % of the movement was too fast"


_PARTS: Final[dict[StepKind, Callable[[Step, SourceSeen, HostNs, float], tuple[list[Part], str]]]] = {
    "hold": _hold,
    "cycles": _cycles,
    "repetitions": _repetitions,
    "slow": _slow,
}
_LIVE: Final[dict[StepKind, tuple[str, ...]]] = {
    "hold": ("reached_deg", "past_target_deg", "turned_deg", "tremor_rise_percent_min", "past_hinge_deg"),
    "cycles": ("cycles_done", "gain_deg"),
    "repetitions": ("repetitions", "repetition_deg", "repetition_tempo_s"),
    "raise": ("raise_deg", "raise_attempts"),
    "walk": ("cadence_spm", "stride_cv", "step_cv", "step_asymmetry", "stride_length_m"),
    "slow": ("speed_deg_s", "over_share", "stops"),
    "calibrate": ("hinge_deg",),
}
"""Figures of each kind; see `Tasks`."""
_ADDED: Final = ("repetitions", "raise_attempts", "cycles_done", "stops")
"""Of several stretches of one step, the counts are added up; of what else there is the best or the last counts."""
_BEST: Final = ("raise_deg",)


def _figures(step: Step, best: SourceSeen, now: HostNs) -> dict[str, float | None]:
    """Figures of the step: as its tasks were measured, and what they do not say as it was said last."""
    figures: dict[str, float | None] = {name: best.value(name, now) for name in _LIVE.get(step.kind, ())}
    if best.measured:
        figures |= _joined(best.measured)
    if step.kind == "hold":
        figures |= {"held_s": float(best.held_s), "target_deg": best.target_deg, "reached_deg": best.reached_deg(now)}
    return figures


def _joined(measured: list[Measured]) -> dict[str, float | None]:
    """Figures of all stretches of one task; a pause ends one."""
    figures: dict[str, float | None] = {}
    for each in measured:
        for name, value in each.figures.items():
            before = figures.get(name)
            if before is None or value is None:
                figures[name] = before if value is None else value
            elif name in _ADDED:
                figures[name] = before + value
            else:
                figures[name] = max(before, value) if name in _BEST else value
    return figures


def _unknown(best: SourceSeen, figure: str) -> str:
    """Why a figure is not known."""
    return f"not measured: {best.reason(figure) or 'nothing was said of it'}"


def _reason(best: SourceSeen) -> str:
    """Why its angle is not known."""
    said = best.last.get("angle_deg")
    return "nothing came from the sensor" if said is None else said.why


def _thin(coverage: float, why: str) -> str:
    """Says that too little was measured."""
    return f"not measured: {100 * coverage:.0f} % of it was known" + (f", {why}" if why else "")


def _total(parts: list[Part]) -> float | None:
    weight = sum(part.weight for part in parts)
    return sum(part.value * part.weight for part in parts) / weight if weight else None


class Share(NamedTuple):
    """One step's share in the score of a whole."""

    weight: float
    score: float | None
    coverage: float


def whole(shares: Iterable[Share], of: str) -> Judged:
    """What several steps came to: the mean of their scores, by weight and coverage.

    Args:
        shares: Of the steps in which there is something to score.
        of: What it is, for the reason: "phase" or "session".
    """
    shares = [share for share in shares if share.weight > 0]
    weight = sum(share.weight for share in shares)
    if not weight:
        return Judged(None, 0.0, {}, {}, f"{_NOTHING}no step of this {of} is scored")
    known = [(share.score, share.weight * share.coverage) for share in shares if share.score is not None]
    total = sum(each for _, each in known)
    coverage = total / weight
    if coverage < LEAST_COVERAGE:
        return Judged(None, coverage, {}, {}, f"{100 * coverage:.0f} % of this {of} could be scored")
    score = sum(score * each for score, each in known) / total
    why = f"mean of {len(known)} of {len(shares)} scored steps, by weight and by how much of each was measured"
    return Judged(score, coverage, {}, {}, why)
