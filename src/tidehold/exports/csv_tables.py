"""A session as a folder of CSV files (RFC 4180, UTF-8, decimal point), with `session.json` beside them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Final

from tidehold.exports.about import FILE, about
from tidehold.exports.tables import Column, Table, wall_times
from tidehold.exports.told_tables import tables
from tidehold.log.told import Told
from tidehold.session.header import Header

ENDING: Final = ".csv"
BLOCK: Final = 2_000
"""Rows that are made into text together: a whole table of two hours would be hundreds of MB."""


def write(told: Told, path: Path) -> dict[str, int]:
    """Write a session, told `again`, into the new folder `path`; gives the rows of each table."""
    path.mkdir()
    some = list(tables(told))
    for table in some:
        _write(table, told.header, path / (table.name + ENDING))
    text = json.dumps(about(told, some, ENDING), indent=2, ensure_ascii=False, allow_nan=False)
    (path / FILE).write_text(text + "\n", encoding="utf-8")
    return {table.name: table.rows for table in some}


def _write(table: Table, header: Header, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow([column.name for column in table.columns])
        for k in range(0, table.rows, BLOCK):
            some = (column._replace(values=column.values[k : k + BLOCK]) for column in table.columns)
            rows.writerows(zip(*(_cells(column, header) for column in some), strict=True))


def _cells(column: Column, header: Header) -> list[Any]:
    """As csv writes them: None as nothing, floats in the shortest form that reads back the same."""
    known = column.known()
    if column.kind == "when":
        return wall_times(header, known)
    if column.kind == "bool":
        return [None if each is None else "true" if each else "false" for each in known]
    return known
