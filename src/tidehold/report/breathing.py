"""Breathing: all of the session, and each stretch of it against its pacer."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

import msgspec

from tidehold.coach.adherence import FIGURES, LEAST_CONFIDENCE
from tidehold.log.told import Told
from tidehold.records import Breath, Estimate, HostNs, Pattern
from tidehold.report.how import HOW
from tidehold.report.nouns import Row, Section, Table
from tidehold.report.spans import Paced, paced, steps_of
from tidehold.report.wording import at, count, figure, lasting, number, percent, reasons, said, sentence
from tidehold.units import NS

RATE: Final = "breathing/rate_bpm"
_BEGINS_S: Final = 30.0
"""Each estimate of the rate looks back so far."""
_LONG_S: Final = 60.0
_SILENT: Final = "not known in this"
"""A reason of a whole stretch that has none; that of its last second says more."""
NO_BREATHS: Final = "single breaths take chest motion: acceleration of the strap, or a phone on breastbone or belly"
WORDS: Final = ((0.9, "closely"), (0.6, "mostly"), (0.3, "partly"))
"""A PLV of so much is called so; below the last, "not"."""


class Breathed(msgspec.Struct, frozen=True, kw_only=True):
    """Breathing over a stretch; None where it is not known."""

    start_s: float
    end_s: float
    rate_bpm: float | None
    known: float
    """Share of the seconds at which the rate was known."""
    breaths: int
    inhale_share: float | None
    why: str
    """Why the rate is not known."""
    why_breaths: str
    """Why there are no breaths."""


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of paced breathing: what was asked for and what came of it."""

    name: str
    asked: str
    """The pattern, "4/6" (s in, s out); or from which to which."""
    asked_bpm: float
    """At the stretch's end, where it changed."""
    measured: Breathed
    score: float | None
    plv: float | None
    lag_s: float | None
    rate_error: float | None
    cue_error_s: float | None
    jitter_s: float | None
    in_out_ratio: float | None
    coverage: float | None
    why: dict[str, str]
    closed: bool
    """False: the recording ends in it, and the figures are the means of what was said until then."""


class Breathing(msgspec.Struct, frozen=True, kw_only=True):
    """Breathing of the session."""

    whole: Breathed
    paced: tuple[Followed, ...]
    score: float | None
    """Of all paced stretches."""
    why_score: str
    held: tuple[tuple[float, float], ...]
    """Held breaths that were told of in a session without a routine: start and length, s."""


def breathing(told: Told) -> Breathing:
    """All that is known of the breathing."""
    stretches = paced(told)
    followed = tuple(_followed(told, stretch, number_) for number_, stretch in enumerate(stretches, 1))
    whole = breathed(told, HostNs(0), HostNs(round(told.length_s * NS)), from_s=_BEGINS_S)
    score, why = _session_score(told, followed)
    return Breathing(whole=whole, paced=followed, score=score, why_score=why, held=_held(told))


def breathed(told: Told, start: HostNs, end: HostNs, *, from_s: float = 0.0) -> Breathed:
    """Breathing from `start` up to `end`; its rate from `from_s` after the start on."""
    begins = start + round(from_s * NS)
    rates = [each for each in told.estimates.get(RATE, []) if begins <= each.t < end]
    known = [each.value for each in rates if each.value is not None and each.quality >= LEAST_CONFIDENCE]
    breaths = [each for each in told.breaths if start <= each.inhale < end and each.quality >= LEAST_CONFIDENCE]
    shares = [(each.exhale - each.inhale) / (each.end - each.inhale) for each in breaths]
    return Breathed(
        start_s=start / NS,
        end_s=end / NS,
        rate_bpm=median(known) if known else None,
        known=len(known) / len(rates) if rates else 0.0,
        breaths=len(breaths),
        inhale_share=fmean(shares) if shares else None,
        why="" if known else _why_no_rate(rates, (end - start) / NS),
        why_breaths="" if breaths else _why_no_breaths(told.breaths),
    )


def _why_no_rate(rates: Sequence[Estimate], length_s: float) -> str:
    if not rates and length_s <= _BEGINS_S:
        return f"{lasting(length_s)} long: the rate looks back {_BEGINS_S:.0f} s"
    if not rates:
        return "nothing in this session tells of the breathing"
    last = rates[-1]
    return last.why or f"confidence {last.quality:.2f} is below {LEAST_CONFIDENCE:.2f}"


def _why_no_breaths(all_breaths: Sequence[Breath]) -> str:
    return "no whole breath was seen in it" if all_breaths else NO_BREATHS


def _followed(told: Told, stretch: Paced, number_: int) -> Followed:
    rate_from_s = _BEGINS_S if stretch.length_s > _LONG_S else 0.0
    found = {name: _of_stretch(told, stretch, name) for name in FIGURES}
    first, last = stretch.patterns[0], stretch.patterns[-1]
    steps = steps_of(told)
    named = stretch.step and steps.get((stretch.step.id, stretch.step.side))
    return Followed(
        name=f"{named.id} {named.name}" if named else f"paced {number_}",
        asked=first.text if first == last else f"{first.text} to {last.text}",
        asked_bpm=last.rate_bpm,
        measured=breathed(told, stretch.start, stretch.end, from_s=rate_from_s),
        **{name: value for name, (value, _) in found.items()},
        why={name: why for name, (value, why) in found.items() if value is None},
        closed=stretch.closed,
    )


def _of_stretch(told: Told, stretch: Paced, name: str) -> tuple[float | None, str]:
    """A figure of the stretch as it was said at its end; of one that has none, the mean of what was said in it."""
    if stretch.closed:
        said_ = next((each for each in told.estimates.get(f"pacing/step_{name}", []) if each.t == stretch.end), None)
        if said_ is not None and (said_.value is not None or not said_.why.startswith(_SILENT)):
            return said_.value, said_.why
    live = [each for each in told.estimates.get(f"pacing/{name}", []) if stretch.start < each.t < stretch.end]
    known = [each.value for each in live if each.value is not None]
    if not known or stretch.closed:
        return None, live[-1].why if live else "nothing was said of it"
    return fmean(known), ""


def _session_score(told: Told, followed: Sequence[Followed]) -> tuple[float | None, str]:
    if not followed:
        return None, "no breathing was asked for in this session"
    said_ = told.estimates.get("pacing/session_score")
    if said_:
        return said_[-1].value, said_[-1].why
    known = [(each.score, each.measured.end_s - each.measured.start_s) for each in followed if each.score is not None]
    if not known:
        return None, followed[-1].why.get("score", "not known")
    return sum(score * length_s for score, length_s in known) / sum(length_s for _, length_s in known), ""


def _held(told: Told) -> tuple[tuple[float, float], ...]:
    """Held breaths that were said; where a coach leads it judges them, and says them as findings."""
    if told.header.routine is not None:
        return ()
    found: list[tuple[float, float]] = []
    since: HostNs | None = None
    for cue in told.cues:
        if cue.kind == "breath-held":
            since = cue.t
        elif cue.kind == "breath-back" and since is not None:
            found.append((since / NS, (cue.t - since) / NS))
            since = None
    if since is not None:
        found.append((since / NS, told.length_s - since / NS))
    return tuple(found)


def how_well(plv: float | None) -> str:
    """How the breathing kept to the pacer, in a word."""
    if plv is None:
        return ""
    return next((word for least, word in WORDS if plv >= least), "not")


def breathing_section(found: Breathing) -> Section:
    """In words and tables."""
    whole = found.whole
    rows = [
        figure("breathing rate, all in all", whole.rate_bpm, "/min", 1, why=whole.why, how=HOW["rate"]),
        figure("known for", whole.known if whole.rate_bpm is not None else None, "%", why=whole.why,
               how=HOW["rate_known"]),
        figure("breaths seen", float(whole.breaths) if whole.breaths else None, why=whole.why_breaths,
               how=HOW["breaths"]),
        figure("inhale share", whole.inhale_share, "%", why=whole.why_breaths, how=HOW["inhale_share"]),
    ]  # fmt: skip
    if found.paced:
        rows.append(figure("pacing score", found.score, "of 100", why=found.why_score, how=HOW["pacing_score"]))
    rows += _held_row(found)
    tables = tuple(_table(each) for each in found.paced)
    return Section(id="breathing", title="Breathing", text=_text(found), rows=tuple(rows), tables=tables)


def _text(found: Breathing) -> tuple[str, ...]:
    if not found.paced:
        return ("No breathing was asked for in this session.",)
    texts = []
    for each in found.paced:
        length = lasting(each.measured.end_s - each.measured.start_s)
        asked = f"{each.name}: for {length} the pacer asked for {number(each.asked_bpm, 1)} breaths a minute"
        asked += f" ({each.asked}, seconds in and out)"
        if each.measured.rate_bpm is None:
            texts.append(f"{asked}; how you breathed is not known: {each.measured.why}.")
            continue
        well = how_well(each.plv)
        kept = f", and kept to the pacer {well}" if well and well != "not" else ", and did not keep to the pacer"
        kept = kept if well else ""
        texts.append(f"{asked}; you breathed {number(each.measured.rate_bpm, 1)}{kept}.")
    return tuple(texts)


def _held_row(found: Breathing) -> list[Row]:
    if not found.held:
        return []
    longest = max(length_s for _, length_s in found.held)
    text = f"{count(len(found.held), 'time')}, at most {lasting(longest)}"
    return [said("breath held", text, how=HOW["held"])]


def _table(each: Followed) -> Table:
    """Asked for and measured, side by side."""
    measured = each.measured
    rate = f"{number(measured.rate_bpm, 1, '/min')}"
    rows = [
        ("breathing rate", number(each.asked_bpm, 1, "/min"), rate),
        ("inhale share", _asked_share(each.asked), percent(measured.inhale_share)),
        ("breaths seen", "-", str(measured.breaths) if measured.breaths else "-"),
        ("phase lock (PLV)", "1", number(each.plv, 2)),
        ("lag behind the pacer", "0 s", _lag(each.lag_s)),
        ("distance from the cue", "0 s", number(each.cue_error_s, 2, "s")),
        ("score", "100", number(each.score)),
        ("coverage", percent(1.0), percent(each.coverage)),
    ]
    whys = {
        "breathing rate": measured.why,
        "breaths": measured.why_breaths,
        "phase lock": each.why.get("plv", ""),
        "lag": each.why.get("lag_s", ""),
        "distance from the cue": each.why.get("cue_error_s", ""),
        "score": each.why.get("score", ""),
    }
    notes = [sentence(each_) for each_ in reasons(whys)]
    if not each.closed:
        notes.append("The recording ends in this stretch: these are the means of what was said until then.")
    start, end = at(round(measured.start_s * NS)), at(round(measured.end_s * NS))
    title = f"{each.name}, {start} to {end}: {each.asked} (s in, s out)"
    return Table(title=title, columns=("figure", "asked for", "measured"), rows=tuple(rows), notes=tuple(notes))


def _lag(lag_s: float | None) -> str:
    if lag_s is None or abs(lag_s) < 0.005:
        return number(lag_s, 2, "s")
    return f"{abs(lag_s):.2f} s {'late' if lag_s > 0 else 'early'}"


def _asked_share(asked: str) -> str:
    """Of the pattern at the end: inhalation and the pause after it, as they are measured."""
    pattern = pattern_of_text(asked.rpartition(" to ")[2])
    return percent((pattern.inhale_s + pattern.full_s) / pattern.length_s)


def pattern_of_text(text: str) -> Pattern:
    """The pattern that `Pattern.text` wrote."""
    parts = [float(each) for each in text.split("/")]
    inhale_s, full_s, exhale_s, empty_s = (parts[0], 0.0, parts[1], 0.0) if len(parts) == 2 else parts
    return Pattern(inhale_s, full_s, exhale_s, empty_s)
