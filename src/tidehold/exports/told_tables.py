"""A session as tables: one of each stream, one of each kind of what was found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tidehold.exports.streams import FLAGS, Kept, streams
from tidehold.exports.tables import Column, Table, as_text, times
from tidehold.log.told import Told
from tidehold.records import HoldFigures, HostNs
from tidehold.routine import Measured

_SHARES: Final = {"in_band": "share", "in_wide_band": "share"}
_NOT_FLOATS: Final[Mapping[str, Any]] = {"corrections": "int", "breathing_removed": "bool", "slips": "text"}


def tables(told: Told) -> Iterator[Table]:
    """All tables of a session: those of its streams, then those that every session has, with or without rows."""
    for kept in streams(told):
        yield _stream(kept)
    for make in (
        _estimates,
        _breaths,
        _holds,
        _measured,
        _findings,
        _scores,
        _cues,
        _gaps,
        _marks,
        _links,
        _pacing,
        _rejected,
    ):
        yield make(told)


def _stream(kept: Kept) -> Table:
    about = f"one sample of {kept.name}" + ("; a row's time is that of the beat that ends the interval" * _is_rr(kept))
    columns: list[Column] = [*times(kept.times)]
    for k, name in enumerate(kept.columns):
        values = kept.values[:, k]
        if kept.kind == "rr_clean" and name == "flag":
            columns.append(_text(name, [FLAGS[int(code)].value for code in values]))
        elif kept.kind == "rr_clean" and name == "beats":
            columns.append(Column(name, "int", [int(each) for each in values]))
        else:
            unit = "s" if kept.kind == "rr_clean" else "percent" if kept.kind == "battery" else kept.unit
            columns.append(Column(name, "float", values, "" if unit == "1" else unit))
    return Table(kept.name.replace("/", "_"), about, tuple(columns))


def _is_rr(kept: Kept) -> bool:
    return kept.kind in ("rr", "rr_clean")


def _estimates(told: Told) -> Table:
    said = sorted((each for series in told.estimates.values() for each in series), key=lambda each: each.t)
    return Table(
        "estimates",
        "one figure at one time; its name ends in its unit, and an empty value is not known (why says why not)",
        (
            *times([each.t for each in said]),
            _text("name", (each.name for each in said)),
            Column("value", "float", [each.value for each in said]),
            Column("quality", "float", [each.quality for each in said], "0 to 1"),
            _text("why", (each.why for each in said)),
        ),
    )


def _breaths(told: Told) -> Table:
    some = told.breaths
    return Table(
        "breaths",
        "one whole breath, seen in chest motion",
        (
            *times([each.inhale for each in some], "inhale"),
            *times([each.exhale for each in some], "exhale"),
            *times([each.end for each in some], "end"),
            Column("quality", "float", [each.quality for each in some], "0 to 1"),
        ),
    )


def _holds(told: Told) -> Table:
    some = told.holds
    columns = [
        *times([each.start for each in some], "start"),
        *times([each.end for each in some], "end"),
        _text("source", (each.source for each in some)),
        _text("placement", (each.placement for each in some)),
        Column("score", "float", [each.score for each in some], "0 to 100"),
    ]
    for field in HoldFigures.__struct_fields__:
        values = [None if each.figures is None else getattr(each.figures, field) for each in some]
        kind = _NOT_FLOATS.get(field, "float")
        if kind == "text":
            values = [None if each is None else as_text(each) for each in values]
        name = "slips_deg" if field == "slips" else field
        columns.append(Column(name, kind, values, _SHARES.get(field, "")))
    columns += [_json("parts", (each.parts for each in some)), _text("why", (each.why for each in some))]
    return Table("holds", "one hold that is over; slips_deg and parts are JSON", tuple(columns))


def _measured(told: Told) -> Table:
    rows: list[tuple[Measured, str | None]] = []
    for each in told.measured:
        rows += [(each, figure) for figure in each.figures] or [(each, None)]
    return Table(
        "measured",
        "one figure of one task; its name ends in its unit, and why says why it is not known, or what to know about it",
        (
            *times([each.start for each, _ in rows], "start"),
            *times([each.end for each, _ in rows], "end"),
            _text("source", (each.source for each, _ in rows)),
            _text("task", (each.task.kind for each, _ in rows)),
            _text("side", (each.task.side for each, _ in rows)),
            _text("figure", (figure for _, figure in rows)),
            Column("value", "float", [each.figures.get(figure or "") for each, figure in rows]),
            Column("quality", "float", [each.quality for each, _ in rows], "0 to 1"),
            _text("why", (each.why.get(figure or "", "") or each.why.get("", "") for each, figure in rows)),
        ),
    )


def _findings(told: Told) -> Table:
    some = told.findings
    return Table(
        "findings",
        "one thing that went wrong; without an end it went on until the session's end",
        (
            *times([each.since for each in some], "start"),
            *times([each.until for each in some], "end"),
            _text("kind", (each.kind for each in some)),
            _text("step", (each.step for each in some)),
            _text("side", (each.side for each in some)),
            _text("text", (each.text for each in some)),
        ),
    )


def _scores(told: Told) -> Table:
    some = told.scored
    steps = told.header.routine.steps if told.header.routine else ()
    names = {(step.id, step.side): step.name for step in steps}
    return Table(
        "scores",
        "what a step, a phase or the session came to; parts and figures are JSON",
        (
            *times([each.start for each in some], "start"),
            *times([each.end for each in some], "end"),
            _text("scope", (each.scope for each in some)),
            _text("id", (each.id for each in some)),
            _text("side", (each.side for each in some)),
            _text("name", (names.get((each.id, each.side), "") if each.scope == "step" else "" for each in some)),
            _text("state", (each.state for each in some)),
            Column("lasted_s", "float", [each.lasted_s for each in some], "s"),
            Column("score", "float", [each.score for each in some], "0 to 100"),
            Column("coverage", "float", [each.coverage for each in some], "share"),
            _json("parts", (each.parts for each in some)),
            _json("figures", (each.figures for each in some)),
            _text("why", (each.why for each in some)),
        ),
    )


def _cues(told: Told) -> Table:
    some = told.cues
    return Table(
        "cues",
        "one thing that the person was told",
        (
            *times([each.t for each in some]),
            _text("kind", (each.kind for each in some)),
            _text("text", (each.text for each in some)),
        ),
    )


def _gaps(told: Told) -> Table:
    some = told.gaps
    return Table(
        "gaps",
        "samples that are missing from a stream, between two that are there; lost_samples is empty where not countable",
        (
            *times([each.start for each in some], "start"),
            *times([each.end for each in some], "end"),
            _text("stream", (each.stream for each in some)),
            Column("lost_samples", "int", [each.lost for each in some]),
            _text("why", (each.why for each in some)),
        ),
    )


def _marks(told: Told) -> Table:
    some = told.marks
    return Table(
        "marks",
        "one thing that the person did, with a key or a command",
        (
            *times([each.t for each in some]),
            _text("verb", (each.verb for each in some)),
            _text("arg", (each.arg for each in some)),
        ),
    )


def _links(told: Told) -> Table:
    some = told.links
    return Table(
        "links",
        "what became of the connection to a source",
        (
            *times([each.t for each in some]),
            _text("source", (each.source for each in some)),
            _text("state", (each.state for each in some)),
            _text("reason", (each.detail.get("reason", "") for each in some)),
        ),
    )


def _pacing(told: Told) -> Table:
    some = told.pacings
    ends: list[HostNs | None] = [*(since for since, _ in some[1:]), *([None] if some else [])]
    rows = [(since, end, asked.pattern) for (since, asked), end in zip(some, ends, strict=True) if asked]
    parts = ("inhale_s", "full_s", "exhale_s", "empty_s")
    return Table(
        "pacing",
        "breathing that was asked for, one breath after another from the start on; parts of a breath",
        (
            *times([since for since, _, _ in rows], "start"),
            *times([end for _, end, _ in rows], "end"),
            *(Column(part, "float", [getattr(pattern, part) for _, _, pattern in rows], "s") for part in parts),
        ),
    )


def _rejected(told: Told) -> Table:
    # "<source>/<channel>: why"; a channel has no colon
    some = [(*key.partition(": ")[::2], count) for key, count in sorted(told.rejected.items())]
    return Table(
        "rejected",
        "parts of frames that could not be used",
        (
            _text("channel", (channel for channel, _, _ in some)),
            _text("why", (why for _, why, _ in some)),
            Column("count", "int", [count for _, _, count in some]),
        ),
    )


def _text(name: str, values: Iterable[str | None]) -> Column:
    return Column(name, "text", list(values))


def _json(name: str, trees: Iterable[Mapping[str, Any] | Sequence[Any]]) -> Column:
    return Column(name, "text", [as_text(msgspec.to_builtins(tree)) for tree in trees])
