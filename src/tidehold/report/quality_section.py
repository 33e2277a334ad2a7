"""The data's quality in words and tables."""

from __future__ import annotations

from typing import Final

from tidehold.report.how import HOW
from tidehold.report.nouns import Row, Section, Table, Tone
from tidehold.report.quality import Grade, Quality
from tidehold.report.wording import UNKNOWN, figure, lasting, listed, number, percent, said, sentence

TONES: Final[dict[Grade, Tone]] = {"good": "good", "fair": "plain", "poor": "bad"}
_MOST_GAPS: Final = 40
"""Lines of the ledger; the facts have all."""


def grade_reasons(found: Quality) -> str:
    """What keeps the grade from being better, in words; "" if it is good."""
    short = [each for each in found.judged if each.grade == found.grade]
    if found.grade == "good":
        return ""
    return listed(f"{each.name} {each.value} (good: {each.good})" for each in short)


def quality_section(found: Quality) -> Section:
    """The grade, how it came about, and the ledger."""
    text = [
        f"The data are {found.grade}."
        + (f" {sentence(grade_reasons(found))}" if found.grade != "good" else "")
        + " The grade is the worst of the parts in the first table; what this session did not have is no part of it.",
    ]
    if found.state != "finished":
        text.append(sentence(found.state))
    tables = [_grade_table(found), _stream_table(found)] if found.streams else [_grade_table(found)]
    tables += _gap_tables(found)
    tables += _counts(
        "Heartbeats by what became of them", ("beats", "count"), found.artefacts, any_=len(found.artefacts) > 1
    )
    tables += _counts("Parts of messages that could not be used", ("what, and why", "count"), found.rejected)
    return Section(id="quality", title="Data quality", text=tuple(text), rows=tuple(_rows(found)), tables=tuple(tables))


def _rows(found: Quality) -> list[Row]:
    rows = [said("grade", found.grade, tone=TONES[found.grade], how=HOW["grade"])]
    artefacts, beats = found.artefacts, sum(found.artefacts.values())
    share = 1 - artefacts.get("clean", 0) / beats if beats else None
    rows.append(figure("artefacts", share, "%", 1, why="no heartbeats", how=HOW["artefacts"]))
    if found.rr_coverage is not None:
        least, most = found.rr_coverage
        rows.append(said("RR coverage of a minute", f"{100 * least:.1f} to {100 * most:.1f} %", how=HOW["rr_coverage"]))
    for each in found.clocks:
        rows.append(
            figure(f"clock of the {each.source}, drift", each.drift_ppm, "ppm", why=each.why, how=HOW["clock_drift"])
        )
        rows.append(
            figure(
                f"clock of the {each.source}, messages late by",
                each.residual_ms,
                "ms",
                why=each.why,
                how=HOW["clock_residual"],
            )
        )
    if found.align_ms is not None or found.why_align:
        rows.append(
            figure("strap and phone apart by at most", found.align_ms, "ms", why=found.why_align, how=HOW["align"])
        )
    rows.append(figure("links lost", float(found.drops)))
    return rows  # fmt: skip


def _grade_table(found: Quality) -> Table:
    rows = tuple((each.name, each.value, each.good, each.fair, each.grade) for each in found.judged)
    return Table(title="How the grade came about", columns=("part", "is", "good", "fair", "grade"), rows=rows)


def _stream_table(found: Quality) -> Table:
    rows = tuple(
        (
            each.name,
            str(each.samples),
            number(each.rate_hz, 2),
            percent(each.coverage, 1),
            str(each.gaps),
            lasting(each.missing_s) if each.gaps else UNKNOWN,
        )
        for each in found.streams
    )
    note = "A stream without a rate of its own is not judged by its count. " + HOW["stream_coverage"]
    columns = ("stream", "samples", "true rate, Hz", "coverage", "gaps", "missing")
    return Table(title="Streams", columns=columns, rows=rows, notes=(note, HOW["stream_rate"]))


def _gap_tables(found: Quality) -> list[Table]:
    if not found.gaps:
        return []
    rows = tuple(
        (
            each.stream,
            each.why,
            str(each.gaps),
            lasting(each.missing_s),
            lasting(each.longest_s),
            UNKNOWN if each.lost is None else str(each.lost),
        )
        for each in found.gaps[:_MOST_GAPS]
    )
    columns = ("stream", "why", "gaps", "in all", "longest", "samples lost")
    left = len(found.gaps) - len(rows)
    notes = (f"{left} more kinds of gaps are not shown.",) if left else ()
    return [Table(title="What is missing", columns=columns, rows=rows, notes=notes)]


def _counts(title: str, columns: tuple[str, str], counts: dict[str, int], *, any_: bool = True) -> list[Table]:
    if not counts or not any_:
        return []
    rows = tuple((name, str(count)) for name, count in sorted(counts.items(), key=lambda each: -each[1]))
    return [Table(title=title, columns=columns, rows=rows)]
