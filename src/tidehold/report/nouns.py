"""The nouns of a report: sections of text, rows of figures and tables, and the plots that belong to them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Tone = Literal["good", "plain", "bad", "unknown"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `text` is how a person reads it; `value` is None where it is not known, and then `why` says why."""

    name: str
    value: float | str | None
    unit: str = ""
    text: str = ""
    tone: Tone = "plain"
    why: str = ""
    how: str = ""
    """How the figure was made, in a sentence."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Figures side by side; a cell that is not known is "-", and `notes` say why."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a report; plots belong to it by its id."""

    id: str
    title: str
    text: tuple[str, ...] = ()
    """Paragraphs."""
    rows: tuple[Row, ...] = ()
    tables: tuple[Table, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole report, whatever it is shown in."""

    title: str
    about: dict[str, str]
    """What it is of: date with time zone, length, routine, devices, software."""
    sections: tuple[Section, ...]
    facts: dict[str, Any] = {}
    """Every figure by a stable name, for programs."""
