"""The course that the source of the psoas routine expects, beside the person's own: an expectation, never a promise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidehold.diary.progress import RAISES, Progress, Trend
from tidehold.units import DAY_NS

ABOUT: Final = (
    "What the source of this routine expects. It is not a promise, it has not been verified here, and many people's "
    "course is another one."
)


class Milestone(NamedTuple):
    """What is expected from when on, and what the person's own figures say of it.

    Attributes:
        days: From the first session on: from, and to (None: from then on).
        expected: By the source.
        own: What was measured, or why nothing was.
        is_due: Whether that time has come.
    """

    days: tuple[int, int | None]
    expected: str
    own: str
    is_due: bool


_EXPECTED: Final = (
    ((0, 3), "less spasm, sitting down and getting up are easier", "not measured"),
    ((7, 14), "a longer stride", "not measured: one phone cannot tell a stride's length"),
    ((21, 28), "straight-leg raise 30 % higher", ""),
    ((42, None), "walking more than a mile without pain", "not measured; note it at a check-in"),
)


def course(seen: Progress) -> list[Milestone]:
    """The source's milestones beside what was measured."""
    if seen.first is None or seen.last is None:
        return []
    passed = (seen.last - seen.first) // DAY_NS
    raises = [each for each in seen.trends if each.measure.name in {measure.name for measure in RAISES.values()}]
    return [Milestone(days, expected, own or _raised(raises), passed >= days[0]) for days, expected, own in _EXPECTED]


def _raised(raises: Sequence[Trend]) -> str:
    """How much higher each leg is raised; below the test's error that is no change."""
    told = []
    for each in raises:
        side = each.measure.label.rpartition(" ")[2]
        if each.then and each.now is not None and each.error is not None:
            change = each.now - each.then
            percent = f"{100 * change / each.then:+.0f} %"
            told.append(
                f"{side} {percent}" if abs(change) > each.error else f"{side} no change beyond the error ({percent})"
            )
    return "; ".join(told) or "no straight-leg raise was measured at two times"
