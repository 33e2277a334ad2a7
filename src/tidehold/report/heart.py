"""The heart before, during and after what the session was for, and in each stretch of paced breathing."""

from __future__ import annotations

from statistics import fmean
from typing import Final

import msgspec
import numpy as np

from tidehold.log.outputs import Series
from tidehold.log.told import Told
from tidehold.report.how import HOW
from tidehold.report.hrv import LEAST_S, MOST_ARTEFACTS, Variability, variability
from tidehold.report.nouns import Section, Table
from tidehold.report.spans import Span, paced, parts, whole
from tidehold.report.wording import at, clock, figure, lasting, number, percent, reasons, sentence

CLEAN: Final = "rr_clean"
OWN: Final = "the strap's own figure: it sends no RR intervals"
_NO_BEATS: Final = "no heartbeats in this session"
_KNOWN: Final = (
    f"Variability of a stretch is not known below {LEAST_S:.0f} s of heartbeats or with more than "
    f"{100 * MOST_ARTEFACTS:.0f} % artefacts. Slow breathing itself makes it larger: a rise during paced breathing is "
    "an effect of the breathing first of all."
)
_TABLE: Final = (
    ("heart rate", "hr_bpm", "/min", 1),
    ("RMSSD", "rmssd_ms", "ms", 1),
    ("SDNN", "sdnn_ms", "ms", 1),
    ("pNN50", "pnn50", "%", 0),
    ("RSA", "rsa_ms", "ms", 0),
    ("artefacts", "artefact_share", "%", 1),
    ("coverage", "coverage", "%", 0),
)


class Heart(msgspec.Struct, frozen=True, kw_only=True):
    """The heart over each stretch; None where it is not known.

    Attributes:
        whole: All of the session.
        before: Until what the session was for.
        during: That.
        after: What came then.
        led: Whether anything was asked for; if not, the three are thirds.
        paced: Stretches of paced breathing.
    """

    whole: Variability
    before: Variability
    during: Variability
    after: Variability
    led: bool
    paced: tuple[Variability, ...] = ()


def heart(told: Told) -> Heart:
    """What is known of the heart."""
    led, spans = parts(told)
    before, during, after = (_of(told, span) for span in spans)
    stretches = [
        Span(f"paced {number_}", f"paced breathing {at(each.start)} to {at(each.end)}", each.start, each.end)
        for number_, each in enumerate(paced(told), 1)
    ]
    return Heart(
        whole=_of(told, whole(told)),
        before=before,
        during=during,
        after=after,
        led=led,
        paced=tuple(_of(told, span) for span in stretches),
    )


def clean_beats(told: Told) -> Series | None:
    """The cleaned heartbeats, if there are any."""
    return next((series for name, series in told.samples.items() if name.endswith("/" + CLEAN)), None)


def _of(told: Told, span: Span) -> Variability:
    series = clean_beats(told)
    gaps = [gap for gap in told.gaps if gap.stream.endswith("/rr")]
    if series is None or not len(series):
        empty = variability(span, np.empty(0, np.int64), np.empty((0, 3)))
        return _own_rate(told, span, empty)
    found = variability(span, series.times, series.values, gaps)
    swings = [
        each.value
        for each in told.estimates.get("heart/rsa_ms", [])
        if each.value is not None and span.start <= each.t < span.end
    ]
    return msgspec.structs.replace(found, rsa_ms=fmean(swings)) if swings and not found.why else found


def _own_rate(told: Told, span: Span, found: Variability) -> Variability:
    """Where the strap sends no RR intervals, the heart rate that it says itself."""
    found = msgspec.structs.replace(found, why=_NO_BEATS, why_rate=_NO_BEATS)
    series = next((each for name, each in told.samples.items() if name.endswith("/hr")), None)
    if series is None:
        return found
    rates = series.values[(series.times >= span.start) & (series.times < span.end) & (series.values > 0)]
    if not len(rates):
        return found
    why = "the strap sends no RR intervals"
    return msgspec.structs.replace(found, hr_bpm=float(rates.mean()), why=why, why_rate=OWN)


def heart_section(found: Heart) -> Section:
    """In words and tables."""
    all_of_it = found.whole
    own = all_of_it.why_rate == OWN
    rows = (
        figure("heart rate", all_of_it.hr_bpm, "/min", 1, why=all_of_it.why_rate,
               how=HOW["own_hr" if own else "hr"], after=f" ({OWN})" if own else ""),
        figure("RMSSD", all_of_it.rmssd_ms, "ms", 1, why=all_of_it.why, how=HOW["rmssd"]),
        figure("SDNN", all_of_it.sdnn_ms, "ms", 1, why=all_of_it.why, how=HOW["sdnn"]),
        figure("pNN50", all_of_it.pnn50, "%", why=all_of_it.why, how=HOW["pnn50"]),
        figure("RSA", all_of_it.rsa_ms, "ms", why=all_of_it.why or "breathing was not known", how=HOW["rsa"]),
        figure("artefacts", all_of_it.artefact_share, "%", 1, why=_NO_BEATS, how=HOW["artefacts"]),
        figure("coverage", all_of_it.coverage if all_of_it.beats else None, "%", why=_NO_BEATS,
               how=HOW["heart_coverage"]),
    )  # fmt: skip
    stretches = (found.before, found.during, found.after, *found.paced)
    text = [
        "The figures are of the whole recording, the table is of its parts. "
        + " ".join(f"{each.name.capitalize()}: {each.what}." for each in stretches[:3])
        + (" A led step asks something of the body: breathing, a hold, a movement." if found.led else ""),
        _KNOWN,
    ]
    if all_of_it.hr_bpm is None and not all_of_it.beats:
        return Section(id="heart", title="Heart", text=("No heartbeats were recorded.",), rows=rows)
    return Section(id="heart", title="Heart", text=tuple(text), rows=rows, tables=(_table(stretches),))


def _table(stretches: tuple[Variability, ...]) -> Table:
    """The figures of each stretch, side by side."""
    rows = [
        ("from", *(clock(each.start_s) for each in stretches)),
        ("to", *(clock(each.end_s) for each in stretches)),
        ("length", *(lasting(each.length_s) for each in stretches)),
    ]
    for name, key, unit, digits in _TABLE:
        values = [getattr(each, key) if each.beats or key == "hr_bpm" else None for each in stretches]
        shown = [percent(value, digits) if unit == "%" else number(value, digits) for value in values]
        rows.append((name if unit == "%" else f"{name}, {unit}", *shown))
    whys = {f"variability {each.name}": each.why for each in stretches}
    whys |= {f"heart rate {each.name}": each.why_rate for each in stretches}
    notes = tuple(sentence(each) for each in reasons(whys))
    columns = ("", *(each.name for each in stretches))
    return Table(title="Before, during and after", columns=columns, rows=tuple(rows), notes=notes)


def change_in_words(found: Heart) -> str:
    """Heart rate and RMSSD before and after what was asked for, where both are known; "" where not."""
    before, after = found.before, found.after
    if not found.led or before.hr_bpm is None or after.hr_bpm is None:
        return ""
    if min(before.length_s, after.length_s) < LEAST_S:
        return ""
    text = f"{number(before.hr_bpm)} before and {number(after.hr_bpm)} after what was asked for"
    if before.rmssd_ms is not None and after.rmssd_ms is not None:
        text += f"; RMSSD was {number(before.rmssd_ms)} ms before and {number(after.rmssd_ms)} ms after"
    return text
