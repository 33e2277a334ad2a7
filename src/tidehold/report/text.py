"""A report as plain text for a terminal, 100 columns wide."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final

from tidehold.report.nouns import Report, Row, Section, Table

WIDTH: Final = 100
_APART: Final = "  "
_LEAST: Final = 9
"""A column is not made narrower than this."""


def text_of(report: Report, width: int = WIDTH) -> str:
    """The whole report, ending in a line break; no line is longer than `width`, but for a word that is."""
    lines = [report.title, "=" * min(len(report.title), width), ""]
    names = max((len(name) for name in report.about), default=0)
    for name, what in report.about.items():
        lines += _hanging(f"{name:<{names}}{_APART}", what, width)
    for section in report.sections:
        lines += ["", section.title, "-" * len(section.title), *_section(section, width)]
    return "\n".join(_plain(line).rstrip() for line in lines) + "\n"


def _plain(line: str) -> str:
    """Without what a terminal would obey, or what turns writing round: a session may be from anybody."""
    return "".join(char if unicodedata.category(char)[0] not in "CZ" else " " for char in line)


def _section(section: Section, width: int) -> list[str]:
    lines: list[str] = []
    for paragraph in section.text:
        lines += textwrap.wrap(paragraph, width)
    if section.rows:
        lines += ["", *_rows(section.rows, width)] if lines else _rows(section.rows, width)
    for table in section.tables:
        lines += ["", *_table(table, width)]
    return lines


def _rows(rows: Sequence[Row], width: int) -> list[str]:
    names = max(len(row.name) for row in rows)
    lines: list[str] = []
    for row in rows:
        said = row.text if row.value is not None else f"not known: {row.why}"
        lines += _hanging(f"  {row.name:<{names}}{_APART}", said, width)
    return lines


def _table(table: Table, width: int) -> list[str]:
    lines = textwrap.wrap(f"{table.title}", width)
    cells = [table.columns, *table.rows]
    widths = _widths(cells, width - 2)
    for place, row in enumerate(cells):
        lines += [f"  {line}" for line in _line(row, widths)]
        if place == 0:
            lines.append("  " + _APART.join("-" * each for each in widths))
    for note in table.notes:
        lines += _hanging("  * ", note, width)
    return lines


def _widths(cells: Sequence[Sequence[str]], room: int) -> list[int]:
    """Of each column; the widest ones are made narrower until all fit."""
    widths = [max((len(row[place]) for row in cells), default=0) for place in range(len(cells[0]))]
    room -= len(_APART) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _LEAST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """A row on as many lines as its highest cell takes."""
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    return [
        _APART.join(
            (cell[line] if line < len(cell) else "").ljust(width) for cell, width in zip(wrapped, widths, strict=True)
        )
        for line in range(max(len(cell) for cell in wrapped))
    ]


def _hanging(label: str, text: str, width: int) -> list[str]:
    """Text after a label, its further lines under its beginning."""
    lines = textwrap.wrap(text, max(width - len(label), _LEAST)) or [""]
    return [(label if place == 0 else " " * len(label)) + line for place, line in enumerate(lines)]
