"""A session as a folder of Parquet files, with what the tables are in their schema, and `session.json` beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from tidehold.exports.about import FILE, about
from tidehold.exports.tables import Column, Table, time_zone
from tidehold.exports.told_tables import tables
from tidehold.log.told import Told

ENDING: Final = ".parquet"
KEY: Final = b"tidehold"
"""Of the schema's metadata: JSON of the session, and of this table."""


def write(told: Told, path: Path) -> dict[str, int]:
    """Write a session, told `again`, into the new folder `path`; gives the rows of each table.

    Raises:
        ImportError: pyarrow is not installed.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    path.mkdir()
    some = list(tables(told))
    said = about(told, some, ENDING)
    for table in some:
        own = {**said, "tables": {table.name: said["tables"][table.name]}}
        pq.write_table(_arrow(table, told, own), path / (table.name + ENDING), compression="zstd")
    text = json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False)
    (path / FILE).write_text(text + "\n", encoding="utf-8")
    return {table.name: table.rows for table in some}


def _arrow(table: Table, told: Told, own: dict[str, Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    kinds = {
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "when": pa.timestamp("ns", tz=time_zone(told.header)),
    }
    fields = [
        pa.field(each.name, kinds[each.kind], metadata={"unit": each.unit} if each.unit else None)
        for each in table.columns
    ]
    schema = pa.schema(fields, metadata={KEY: json.dumps(own, ensure_ascii=False, allow_nan=False)})
    arrays = [pa.array(_values(each, told), kinds[each.kind]) for each in table.columns]
    return pa.Table.from_arrays(arrays, schema=schema)


def _values(column: Column, told: Told) -> Any:
    """As arrow takes them: None and NaN as null, wall time as ns since 1970."""
    started = int(told.header.started)
    if isinstance(column.values, np.ndarray) and not np.isnan(column.values).any():
        return column.values + started if column.kind == "when" else column.values
    known = column.known()
    return [None if each is None else each + started for each in known] if column.kind == "when" else known
