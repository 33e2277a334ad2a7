"""Progress over many sessions as a report, and its plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from tidehold.diary.course import ABOUT, course
from tidehold.diary.progress import Progress, Trend, local
from tidehold.diary.stop_rules import Warned
from tidehold.report.nouns import Report, Row, Section, Table, Tone

if TYPE_CHECKING:
    from bokeh.plotting import figure

WHAT_IT_IS: Final = (
    "A change is what is larger than the error: of the measurement where one is published, and of how the figure "
    "varies from session to session. Everything else is said to be no change, however it looks."
)
NOT_MEDICAL: Final = "Not a medical device: figures of movement and breathing, and what you said."
MANY_EMPTY: Final = 3
"""Weeks without a session that are told one by one; more of them are a break, in one line."""
_TONES: Final[dict[str, Tone]] = {"better": "good", "worse": "bad", "too few": "unknown"}


def progress_report(
    seen: Progress, warned: Iterable[Warned] = (), utc_offset_s: int = 0, ever: Progress | None = None
) -> Report:
    """All that is known over time, as text, rows and tables.

    Args:
        seen: From `diary.progress.progress`.
        warned: Stop rules that are in force: they come first.
        utc_offset_s: Of the person's time zone.
        ever: The same from the first session on, if `seen` is a part of it: what is expected begins there.
    """
    warned, ever = list(warned), ever or seen
    sections = [
        *([_warnings(warned)] if warned else []),
        Section(
            id="summary",
            title="What has changed",
            text=(_sentence(seen), WHAT_IT_IS, NOT_MEDICAL),
            rows=tuple(_row(each) for each in seen.trends),
        ),
        Section(id="adherence", title="How often", tables=(_weeks(seen),)),
        _course(ever),
    ]
    about = {"sessions": str(seen.sessions)}
    if seen.first is not None and seen.last is not None:
        first, last = (local(each, utc_offset_s).date().isoformat() for each in (seen.first, seen.last))
        about |= {"from": first, "to": last}
    return Report(title="Progress", about=about, sections=tuple(sections), facts=facts(seen, warned, ever))


def facts(seen: Progress, warned: Sequence[Warned] = (), ever: Progress | None = None) -> dict[str, Any]:
    """Every figure, for programs. Times are ns since 1970."""
    return {
        "sessions": seen.sessions,
        "warnings": [{"rule": each.rule, "since": each.since, "text": each.text, "why": each.why} for each in warned],
        "trends": [
            {
                "name": each.measure.name,
                "unit": each.measure.unit,
                "then": each.then,
                "now": each.now,
                "error": each.error,
                "state": each.state,
                "why": each.why,
                "points": [[point.at, point.value] for point in each.points],
            }
            for each in seen.trends
        ],
        "weeks": [
            {"monday": each.monday.isoformat(), "sessions": each.sessions, "days": each.days} for each in seen.weeks
        ],
        "flare_ups": list(seen.flare_ups),
        "course": [
            {"days": list(each.days), "expected": each.expected, "own": each.own, "is_due": each.is_due}
            for each in course(ever or seen)
        ],
    }


def progress_plots(seen: Progress) -> Mapping[str, Sequence[figure]]:
    """Each figure against time, with the error about what it was at first, and flare-ups."""
    from tidehold.report.progress_plots import trend_plot  # noqa: PLC0415 - an extra

    return {"summary": [trend_plot(each, seen.flare_ups) for each in seen.trends if len(each.points) > 1]}


def _warnings(warned: Sequence[Warned]) -> Section:
    return Section(
        id="warnings",
        title="See a clinician",
        text=tuple(f"{each.text} ({each.why})" for each in warned),
    )


def _sentence(seen: Progress) -> str:
    if not seen.sessions:
        return "There are no sessions yet."
    told = []
    for state in ("better", "worse", "higher", "lower"):
        names = [each.measure.label for each in seen.trends if each.state == state]
        if names:
            told.append(f"{state}: {', '.join(names)}")
    same = sum(each.state == "no change" for each in seen.trends)
    if not told:
        told.append("nothing has changed beyond its error")
    few = sum(each.state == "too few" for each in seen.trends)
    rest = [f"{same} without a change"] if same and told else []
    rest += [f"{few} with too few values"] if few else []
    sentence = "; ".join([*told, *rest])
    return f"{sentence[0].upper()}{sentence[1:]}."


def _row(each: Trend) -> Row:
    measure = each.measure
    if each.then is None or each.now is None or each.error is None:
        return Row(name=measure.label, value=None, unit=measure.unit, tone="unknown", why=each.why)
    then, now, error = (f"{value:.{measure.digits}f}" for value in (each.then, each.now, each.error))
    return Row(
        name=measure.label,
        value=each.now,
        unit=measure.unit,
        text=f"{then} → {now} {measure.unit}, {each.state} (error {error})",
        tone=_TONES.get(each.state, "plain"),
        how=f"{len(each.points)} values; {each.why}",
    )


def _weeks(seen: Progress) -> Table:
    rows: list[tuple[str, ...]] = []
    for done, run in groupby(seen.weeks, key=lambda each: each.sessions > 0):
        weeks = list(run)
        if not done and len(weeks) > MANY_EMPTY:
            rows.append((f"{weeks[0].monday.isoformat()} on", "0", f"none in {len(weeks)} weeks"))
        else:
            rows += ((each.monday.isoformat(), str(each.sessions), f"{each.days} of 7") for each in weeks)
    return Table(title="Sessions", columns=("week from", "sessions", "days"), rows=tuple(rows))


def _course(seen: Progress) -> Section:
    found = course(seen)
    rows = tuple((_days(each.days), each.expected, each.own if each.is_due else "not yet") for each in found)
    columns = ("after", "the source expects", "your own figures")
    return Section(
        id="course",
        title="The course that the source expects",
        text=(ABOUT,),
        tables=(Table(title="Milestones", columns=columns, rows=rows),) if rows else (),
    )


def _days(days: tuple[int, int | None]) -> str:
    first, last = days
    if last is None:
        return f"{first // 7} weeks and more"
    return f"{first // 7}-{last // 7} weeks" if first >= 7 else f"{first}-{last} days"
