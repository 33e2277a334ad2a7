"""Two sessions side by side. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tidehold.diary.nouns import CATALOGUED, Entry
from tidehold.diary.own import own
from tidehold.diary.progress import LEAST, MEASURES, PAIN, RAISES, scatter

_BY_NAME: Final = {each.name: each for each in (*MEASURES, *RAISES.values())} | {
    "pain_before": PAIN,
    "pain_after": PAIN._replace(label="pain after"),
}
_LABELS: Final = {
    "done_share": "share of the routine done",
    "coverage": "share measured",
    "pacing_plv": "phase locking to the pacer",
    "rsa_ms": "RSA",
    "artefact_share": "share of artefacts",
    "holds": "holds",
    "hold_s": "time held",
    "hold_drift_deg_min": "drift of holds",
    "step_asymmetry": "asymmetry of steps",
    "findings": "findings",
}
SHARES: Final = frozenset({"done_share", "coverage", "artefact_share"})
"""Figures from 0 to 1 that people know as percent."""
UNKNOWN_ERROR: Final = "error not known"
"""Of a difference that nothing can be said of."""
SURE: Final = 1.96
"""Standard deviations of the difference of two single values: beyond them 1 of 20 equal pairs lies."""


class Compared(NamedTuple):
    """A figure in both sessions.

    Attributes:
        name: In the catalogue.
        label: For a person.
        unit: SI, see `CATALOGUED`.
        first: In the first session; None where it is not known.
        second: In the second one.
        error: A smaller difference is no change; None where no error is known.
        verdict: What can be said of the difference.
    """

    name: str
    label: str
    unit: str
    first: float | None
    second: float | None
    error: float | None
    verdict: str


def compare(first: Entry, second: Entry, others: Iterable[Entry] = ()) -> list[Compared]:
    """Every figure that one of two sessions has.

    Args:
        first: A session.
        second: Another.
        others: The person's other sessions, by time: how a figure varies among them is its error, where none is
            published.
    """
    others = own(others)
    found = []
    for name, unit in CATALOGUED.items():
        a, b = first.figures.get(name), second.figures.get(name)
        if a is None and b is None:
            continue
        label = _BY_NAME[name].label if name in _BY_NAME else _LABELS[name]
        error = _error(name, [each.figures[name] for each in others if name in each.figures])
        found.append(Compared(name, label, unit, a, b, error, _verdict(name, a, b, error)))
    return found


def _error(name: str, values: Sequence[float]) -> float | None:
    published = _BY_NAME[name].error if name in _BY_NAME else 0.0
    if len(values) < LEAST:
        return published or None
    return max(published, SURE * math.sqrt(2) * scatter(values))


def _verdict(name: str, first: float | None, second: float | None, error: float | None) -> str:
    if first is None or second is None:
        return "only in one of them"
    if error is None:
        return UNKNOWN_ERROR
    if abs(second - first) <= error:
        return "no change beyond the error"
    better = _BY_NAME[name].better if name in _BY_NAME else 0
    if not better:
        return "higher" if second > first else "lower"
    return "better" if (second - first) * better > 0 else "worse"
