"""Heart rate and its variability over a stretch of time, from heartbeats that were cleaned as they came.

The measures are those of the Task Force (Circulation 1996;93:1043) in the time domain: RMSSD, SDNN and pNN50. Only
intervals as they were measured count; joined and split ones stand in for the heart rate alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.estimators.rr_cleaning import Flag
from tidehold.records import Gap, Times, Values
from tidehold.report.spans import Span
from tidehold.units import NS

LEAST_S: Final = 60.0
"""Of heartbeats, for figures of variability. SDNN of so short a stretch is smaller than that of the usual five minutes,
which slower changes make larger: it is compared with stretches as long only."""
MOST_ARTEFACTS: Final = 0.10
"""Share of beats beyond which variability is made of corrections rather than of beats."""
LEAST_COVERAGE: Final = 0.5
"""Of the stretch, in heartbeats: the rest might have been anything."""
_MOST_ARTEFACTS_FOR_RATE: Final = 0.5
_LEAST_BEATS: Final = 5
_NN50_S: Final = 0.050 + 1e-9
"""A difference of exactly 50 ms, which floating point may make a little more, is not larger."""
_END_TO_END_S: Final = 0.060
_END_TO_END_SHARE: Final = 0.02
"""Beats lie end to end: what is more apart is on either side of something that was lost. Clocks are slewed by 1 %."""
_CODES: Final = {flag: float(code) for code, flag in enumerate(Flag)}


class Variability(msgspec.Struct, frozen=True, kw_only=True):
    """What the heart did from `start_s` to `end_s` of the session.

    Attributes:
        name: Of the stretch: "before", "during", "after" ...
        what: Where it begins and ends, in words.
        start_s: Session time, s.
        end_s: The same.
        beats: Heartbeats in it, those that were put right included.
        coverage: Share of its time that heartbeats account for.
        artefact_share: Share of the beats that are not as they were measured; None without beats.
        hr_bpm: Mean heart rate: beats over their time, 1/min.
        rmssd_ms: Root mean square of successive differences.
        sdnn_ms: Standard deviation (n - 1).
        pnn50: Share of successive differences of more than 50 ms.
        rsa_ms: Mean swing of the intervals with the breath, as it was estimated each second.
        why: Why variability is not known, "" if it is.
        why_rate: Why the heart rate is not known, "" if it is; or how else it was made.
    """

    name: str
    what: str
    start_s: float
    end_s: float
    beats: int
    coverage: float
    artefact_share: float | None
    hr_bpm: float | None
    rmssd_ms: float | None = None
    sdnn_ms: float | None = None
    pnn50: float | None = None
    rsa_ms: float | None = None
    why: str = ""
    why_rate: str = ""

    @property
    def length_s(self) -> float:
        """From its start to its end, s."""
        return self.end_s - self.start_s


def variability(span: Span, times: Times, beats: Values, gaps: Sequence[Gap] = ()) -> Variability:
    """What the heart did in a stretch.

    Args:
        span: The stretch; a beat is in it if its interval ends in it.
        times: (n,) when each interval ended, ns.
        beats: (n, 3) of each: interval in s, number of beats that it stands for, code of its `Flag` ("rr_clean").
        gaps: Of the stream "rr": two beats on either side of one do not follow each other.
    """
    inside = (times >= span.start) & (times < span.end)
    t = times[inside]
    rr_s, numbers, flags = (beats[inside, column] for column in range(3)) if len(t) else (np.empty(0),) * 3
    length_s = span.length_s
    heard_s = float((rr_s * numbers).sum())
    total = int(numbers.sum())
    clean = flags == _CODES[Flag.CLEAN]
    artefacts = float(numbers[~clean].sum()) / total if total else None
    coverage = min(1.0, heard_s / length_s) if length_s > 0 else 0.0
    found = Variability(
        name=span.name,
        what=span.what,
        start_s=span.start / NS,
        end_s=span.end / NS,
        beats=total,
        coverage=coverage,
        artefact_share=artefacts,
        hr_bpm=None,
    )
    usable = flags != _CODES[Flag.STRAY]
    why_rate = _why_no_rate(int(numbers[usable].sum()), artefacts)
    hr_bpm = None if why_rate else 60 * float(numbers[usable].sum() / (rr_s * numbers)[usable].sum())
    changes = _changes_s(t, rr_s, clean, gaps)
    why = _why_unknown(length_s, heard_s, coverage, artefacts) or ("" if len(changes) > 1 else "too few clean beats")
    if why:
        return msgspec.structs.replace(found, hr_bpm=hr_bpm, why=why, why_rate=why_rate)
    return msgspec.structs.replace(
        found,
        hr_bpm=hr_bpm,
        why_rate=why_rate,
        rmssd_ms=1e3 * float(np.sqrt(np.mean(changes**2))),
        sdnn_ms=1e3 * float(np.std(rr_s[clean], ddof=1)),
        pnn50=float(np.mean(np.abs(changes) > _NN50_S)),
    )


def _changes_s(t: Times, rr_s: Values, clean: NDArray[np.bool_], gaps: Sequence[Gap]) -> Values:
    """Differences (m,) of neighbours that are both as they were measured, with nothing lost between them, s."""
    if len(t) < 2:
        return np.empty(0)
    apart_s = np.diff(t) / NS
    joined = np.abs(apart_s - rr_s[1:]) <= _END_TO_END_S + _END_TO_END_SHARE * rr_s[1:]
    for gap in gaps:
        joined &= ~((t[:-1] < gap.end) & (t[1:] > gap.start))
    return np.diff(rr_s)[clean[1:] & clean[:-1] & joined]


def _why_no_rate(beats: int, artefacts: float | None) -> str:
    if artefacts is None:
        return "no heartbeats in it"
    if beats < _LEAST_BEATS:
        return f"only {beats} heartbeats in it"
    return f"too many artefacts: {100 * artefacts:.0f} %" if artefacts > _MOST_ARTEFACTS_FOR_RATE else ""


def _why_unknown(length_s: float, heard_s: float, coverage: float, artefacts: float | None) -> str:
    if artefacts is None:
        return "no heartbeats in it"
    if length_s < LEAST_S:
        return f"{length_s:.0f} s long: variability takes {LEAST_S:.0f} s"
    if heard_s < LEAST_S:
        return f"{heard_s:.0f} s of heartbeats: variability takes {LEAST_S:.0f} s"
    if coverage < LEAST_COVERAGE:
        return f"heartbeats are known for {100 * coverage:.0f} % of it"
    if artefacts > MOST_ARTEFACTS:
        return f"too many artefacts: {100 * artefacts:.0f} % of the beats (at most {100 * MOST_ARTEFACTS:.0f} %)"
    return ""
