"""What goes beside the tables of a session: what it was, with what it was made, and what every column holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tidehold import __version__
from tidehold.exports.tables import Table, time_zone, wall_times
from tidehold.log.told import Told

FILE: Final = "session.json"
"""Of this text; a folder that has one was written here."""
_TIMES: Final = {
    "*_ns, t_ns": "session clock, ns: 0 at the start, counting through suspend; exact",
    "*_s of a time, t_s": "the same in s",
    "*_time, time": "wall time in the time zone of the recording: started + session clock",
}


def about(told: Told, some: Iterable[Table], ending: str) -> dict[str, Any]:
    """The metadata of an export, to be written as JSON.

    Args:
        told: The session.
        some: Its tables.
        ending: Of their files.
    """
    header = msgspec.to_builtins(told.header)
    header["profiles"] = sorted(told.header.profiles)
    return {
        "what": "a Tidehold session as tables",
        "exported_with": {"tidehold": __version__},
        "session": told.header.session,
        "file": told.path.name,
        "started": wall_times(told.header, [0])[0],
        "time_zone": time_zone(told.header),
        "length_s": told.length_s,
        "ended": told.stop.reason if told.stop else None,
        "interrupted": told.stop is None,
        "recovered": msgspec.to_builtins(told.recovered),
        "software": told.header.software,
        "times": _TIMES,
        "units": "SI, in the columns' names; an empty cell is not known, never 0",
        "frames": dict(sorted(told.frames.items())),
        "tables": {table.name: _described(table, ending) for table in some},
        "header": header,
    }


def _described(table: Table, ending: str) -> dict[str, Any]:
    columns = {each.name: {"kind": each.kind, "unit": each.unit} for each in table.columns}
    return {"file": table.name + ending, "about": table.about, "rows": table.rows, "columns": columns}
