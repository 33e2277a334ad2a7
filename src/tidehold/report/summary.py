"""The summary: what was done, how it went, and what stood out, in sentences that are built from figures."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.estimators.leg_raise import BETWEEN_RATERS_DEG, SAME_RATER_DEG
from tidehold.log.told import Told
from tidehold.records import HostNs
from tidehold.report.breathing import Breathing, how_well
from tidehold.report.heart import Heart, change_in_words
from tidehold.report.holds import Holds, farthest
from tidehold.report.how import HOW
from tidehold.report.hrv import Variability
from tidehold.report.nouns import Row, Section
from tidehold.report.quality import Quality
from tidehold.report.quality_section import TONES, grade_reasons
from tidehold.report.tasks import Done, of_kind
from tidehold.report.timeline import Noticed, Pain, StepDone, long_gaps
from tidehold.report.wording import count, figure, lasting, listed, number, percent, said, sentence
from tidehold.units import NS

NOT_MEDICAL: Final = (
    "Tidehold is not a medical device: this is a training log. It finds no illness and says nothing about one."
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report is made of."""

    breathing: Breathing
    heart: Heart
    holds: Holds
    tasks: tuple[Done, ...]
    steps: tuple[StepDone, ...]
    noticed: tuple[Noticed, ...]
    pains: tuple[Pain, ...]
    quality: Quality
    score: float | None
    coverage: float | None
    """Share of the scored steps that was measured; None where the recording ends before the routine."""
    why_score: str
    ended: str
    """Why the routine ended before its last step, in the words that were shown; "" if it did not."""


def summary_section(told: Told, found: Found) -> Section:
    """In sentences, and the figures that they are built from."""
    text = [
        _done(told, found),
        *_breathed(found),
        *_heart(found),
        *_held(found),
        *_moved(found),
        _stood_out(told, found),
        *_pain(found),
        _data(found),
        NOT_MEDICAL,
    ]
    return Section(id="summary", title="Summary", text=tuple(text), rows=tuple(_rows(found)))


def _done(told: Told, found: Found) -> str:
    routine = told.header.routine
    when = _day(told)
    length = lasting(told.length_s)
    if routine is None:
        return f"On {when} you recorded {length} without a routine."
    steps = found.steps
    done = sum(step.state == "done" for step in steps)
    variant = f" ({routine.variant})" if routine.variant else ""
    text = f'On {when} you followed "{routine.name}"{variant}; the recording is {length} long. '
    if done == len(steps):
        text += f"You went through all {len(steps)} steps."
    else:
        skipped = sum(step.state == "skipped" for step in steps)
        cut = sum(step.state == "cut" for step in steps)
        left = sum(step.state in ("todo", "now") for step in steps)
        parts = [(skipped, "skipped"), (cut, "ended early"), (left, "not reached or not finished")]
        text += (
            f"You went through {done} of {len(steps)} steps; " + listed(f"{n} {what}" for n, what in parts if n) + "."
        )
    if found.ended:
        text += f" It ended before its last step: {sentence(found.ended)}"
    if found.score is not None:
        measured = f", with {percent(found.coverage)} of it measured" if found.coverage is not None else " so far"
        text += f" It came to a score of {found.score:.0f} of 100{measured}."
    elif found.why_score:
        text += f" There is no score: {sentence(found.why_score)}"
    return text


def _day(told: Told) -> str:
    when = told.when(HostNs(0))
    return f"{when:%A}, {when.day} {when:%B %Y} at {when:%H:%M}"


def _breathed(found: Found) -> list[str]:
    breathing = found.breathing
    if not breathing.paced:
        rate = breathing.whole.rate_bpm
        return [] if rate is None else [f"You breathed {number(rate, 1)} times a minute (the median)."]
    known = [each for each in breathing.paced if each.measured.rate_bpm is not None]
    if not known:
        return [f"How you followed the pacer is not known: {sentence(breathing.paced[0].measured.why)}"]
    most = max(known, key=lambda each: each.measured.end_s - each.measured.start_s)
    text = (
        f"The pacer asked for {number(most.asked_bpm, 1)} breaths a minute, and you breathed "
        f"{number(most.measured.rate_bpm, 1)}"
    )
    well = how_well(most.plv)
    if well:
        text += f"; your breathing kept to it {well}" if well != "not" else "; your breathing did not keep to it"
    if breathing.score is not None:
        text += f" (score {breathing.score:.0f} of 100)"
    return [text + "."]


def _heart(found: Found) -> list[str]:
    whole = found.heart.whole
    if whole.hr_bpm is None:
        return []
    text = f"Your heart beat {number(whole.hr_bpm)} times a minute on average"
    change = change_in_words(found.heart)
    part, label = _main_part(found)
    if change:
        text += f": {change}"
    elif part.rmssd_ms is not None:
        text += f"; RMSSD was {number(part.rmssd_ms)} ms{' ' + label if label else ''}"
    return [text + "."]


def _main_part(found: Found) -> tuple[Variability, str]:
    """The stretch whose variability is worth a line: what was asked for, or all."""
    heart = found.heart
    return (heart.during, "during what was asked for") if heart.led else (heart.whole, "")


def _held(found: Found) -> list[str]:
    holds = found.holds.each
    if not holds:
        return []
    if not found.holds.guided:
        longest = max(each.held_s or 0.0 for each in holds)
        return [f"A motion sensor saw {count(len(holds), 'hold')}, the longest of {lasting(longest)}."]
    best = farthest(found.holds)
    if not best:
        return [f"The routine asked for {count(len(holds), 'hold')}, of which no angle is known."]
    reached = listed(
        f"{number(each.reached_deg, 1)} deg{' ' + side if side else ''} (step {each.step})"
        for side, each in best.items()
    )
    scores = [each.score for each in holds if each.score is not None]
    mean = f", with a mean score of {sum(scores) / len(scores):.0f}" if scores else ""
    return [f"In {count(len(holds), 'hold')} you reached at most {reached}{mean}."]


def _moved(found: Found) -> list[str]:
    texts = []
    gains = [(each, each.figures.get("gain_deg")) for each in of_kind(found.tasks, "cycles")]
    known = [(each, gain) for each, gain in gains if gain is not None]
    if known:
        told = listed(f"{number(gain, 1)} deg{' ' + each.side if each.side else ''}" for each, gain in known)
        beyond = sum(abs(gain) > SAME_RATER_DEG for _, gain in known)
        which = "more than" if beyond == len(known) else "within" if not beyond else "in part more than"
        texts.append(
            f"Contract-relax changed the angle by {told}, {which} the {SAME_RATER_DEG:g} deg of such an angle's error."
        )
    raises = [(each, each.figures.get("raise_deg")) for each in of_kind(found.tasks, "raise")]
    raised = [(each, angle) for each, angle in raises if angle is not None]
    if raised:
        told = listed(f"{number(angle, 1)} deg{' ' + each.side if each.side else ''}" for each, angle in raised)
        texts.append(
            f"The straight leg was raised to {told}; differences below {SAME_RATER_DEG:g} deg (same rater) or "
            f"{BETWEEN_RATERS_DEG:g} deg (between raters) are within the test's error."
        )
    walks = [each.figures.get("cadence_spm") for each in of_kind(found.tasks, "walk")]
    texts += [f"You walked at {number(each)} steps a minute." for each in walks if each is not None]
    return texts


def _stood_out(told: Told, found: Found) -> str:
    lasted_s: dict[str, list[float]] = {}
    for each in found.noticed:
        lasted_s.setdefault(each.name, []).append(each.lasted_s)
    for _, length_s in found.breathing.held:
        lasted_s.setdefault("breath held", []).append(length_s)
    often = sorted(lasted_s.items(), key=lambda each: -len(each[1]))
    notable = [f"{name} {_times(len(times))} ({lasting(sum(times))} in all)" for name, times in often]
    if found.quality.drops and "sensor lost" not in lasted_s:
        notable.append(f"a link lost {_times(found.quality.drops)}")
    gaps = long_gaps(told)
    for stream in dict.fromkeys(gap.stream for gap in gaps):
        missing_s = sum((gap.end - gap.start) / NS for gap in gaps if gap.stream == stream)
        notable.append(f"{stream} missing for {lasting(missing_s)}")
    if notable:
        return f"What stood out: {listed(notable)}. Each is in the timeline."
    return "Nothing stood out." if found.steps else "Nothing stood out; without a routine little is looked for."


def _times(number_of: int) -> str:
    return {1: "once", 2: "twice"}.get(number_of, f"{number_of} times")


def _pain(found: Found) -> list[str]:
    if not found.pains:
        return []
    told = [f"{each.level} of 10" + (f" ({each.where})" if each.where else "") for each in found.pains]
    if len(told) == 1:
        return [f"You noted pain of {told[0]}."]
    return [f"You noted pain of {told[0]} first and {told[-1]} last."]


def _data(found: Found) -> str:
    grade = found.quality.grade
    return "The data are good." if grade == "good" else f"The data are {grade}: {grade_reasons(found.quality)}."


def _rows(found: Found) -> list[Row]:
    rows: list[Row] = []
    if found.steps:
        done = sum(step.state == "done" for step in found.steps)
        rows.append(figure("score", found.score, "of 100", why=found.why_score, how=HOW["score"]))
        rows.append(said("steps done", f"{done} of {len(found.steps)}", how=HOW["done"]))
    breathing, heart = found.breathing, found.heart.whole
    if breathing.paced:
        most = max(breathing.paced, key=lambda each: each.measured.end_s - each.measured.start_s)
        rate, after = most.measured, f", asked for {number(most.asked_bpm, 1)}"
        name = "breathing rate while paced"
        rows.append(figure(name, rate.rate_bpm, "/min", 1, why=rate.why, how=HOW["rate"], after=after))
        rows.append(figure("pacing score", breathing.score, "of 100", why=breathing.why_score, how=HOW["pacing_score"]))
    else:
        rate = breathing.whole
        rows.append(figure("breathing rate", rate.rate_bpm, "/min", 1, why=rate.why, how=HOW["rate"]))
    rows.append(figure("heart rate", heart.hr_bpm, "/min", why=heart.why_rate, how=HOW["hr"]))
    part, label = _main_part(found)
    rows.append(figure("RMSSD during" if label else "RMSSD", part.rmssd_ms, "ms", why=part.why, how=HOW["rmssd"]))
    for side, each in farthest(found.holds).items() if found.holds.guided else ():
        name = f"angle reached {side}" if side else "angle reached"
        rows.append(figure(name, each.reached_deg, "deg", 1, how=HOW["reached"]))
    for done_ in of_kind(found.tasks, "cycles"):
        name = f"contract-relax gain {done_.side}".strip()
        why = done_.why.get("gain_deg", "")
        rows.append(figure(name, done_.figures.get("gain_deg"), "deg", 1, why=why, how=HOW["gain"]))
    if found.steps:
        tone = "bad" if found.noticed else "good"
        rows.append(figure("findings", float(len(found.noticed)), tone=tone, how=HOW["findings"]))  # type: ignore[arg-type]
    grade = found.quality.grade
    rows.append(said("data quality", grade, tone=TONES[grade], how=HOW["grade"]))
    return rows
