"""Two sessions: what differs, and what does so by more than its error."""

from __future__ import annotations

import pytest

from tests.diary.people import figured
from tidehold.diary.compare import compare
from tidehold.diary.nouns import CATALOGUED

ALL = dict.fromkeys(CATALOGUED, 1.0)


def verdicts(first: dict[str, float], second: dict[str, float], others: list[dict[str, float]]) -> dict[str, str]:
    found = compare(figured(0, first), figured(1, second), [figured(2 + k, each) for k, each in enumerate(others)])
    return {each.name: each.verdict for each in found}


def test_every_figure_of_the_catalogue_has_a_name() -> None:
    found = compare(figured(0, ALL), figured(1, ALL))
    assert [each.name for each in found] == list(CATALOGUED)
    assert len({each.label for each in found}) == len(found)


def test_a_difference_is_told_only_where_its_error_is_known() -> None:
    others = [{"hold_score": 60.0 + 2 * (k % 2), "hr_bpm": 60.0 + 2 * (k % 2)} for k in range(12)]
    found = verdicts(
        {"hold_score": 60, "hr_bpm": 60, "score": 10, "raise_left_deg": 50, "rmssd_ms": 30},
        {"hold_score": 80, "hr_bpm": 80, "score": 90, "raise_left_deg": 52},
        others,
    )
    assert found["hold_score"] == "better"
    assert found["hr_bpm"] == "higher"
    assert found["score"] == "error not known"
    assert found["raise_left_deg"] == "no change beyond the error"
    assert found["rmssd_ms"] == "only in one of them"
    back = verdicts({"hold_score": 80, "hr_bpm": 80}, {"hold_score": 60, "hr_bpm": 60}, others)
    assert (back["hold_score"], back["hr_bpm"]) == ("worse", "lower")


@pytest.mark.parametrize(("now", "verdict"), [(3.0, "better"), (4.0, "no change beyond the error"), (6.5, "worse")])
def test_pain_differs_from_more_than_a_point_on(now: float, verdict: str) -> None:
    assert verdicts({"pain_before": 5.0}, {"pain_before": now}, [])["pain_before"] == verdict
