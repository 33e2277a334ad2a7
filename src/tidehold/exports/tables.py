"""What a table is, whatever it is written as: named columns with units, and times said in three ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from tidehold.records import HostNs
from tidehold.session.header import Header
from tidehold.units import NS

Kind = Literal["int", "float", "bool", "text", "when"]
"""Of a column's values; `when`: session time in ns, to be written as wall time."""
Cells = Sequence[Any] | NDArray[Any]


class Column(NamedTuple):
    """Values of one kind; None (in floats also NaN) is "not known".

    Args:
        name: With its unit, where it has one.
        kind: What it holds.
        values: (n,) of them.
        unit: As people write it; "" for none.
    """

    name: str
    kind: Kind
    values: Cells
    unit: str = ""

    def known(self) -> list[Any]:
        """The values as Python's own, None where not known."""
        if isinstance(self.values, np.ndarray):
            plain = self.values.tolist()
            if self.kind != "float" or not np.isnan(self.values).any():
                return cast("list[Any]", plain)
            return [None if each != each else each for each in plain]  # noqa: PLR0124 - NaN is not itself
        return [None if each is None or each != each else each for each in self.values]  # noqa: PLR0124


class Table(NamedTuple):
    """Columns of one length.

    Args:
        name: A file's name, without its ending.
        about: What a row is, in a sentence.
        columns: In their order.
    """

    name: str
    about: str
    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.columns[0].values)


def times(moments: Iterable[HostNs | None] | NDArray[np.int64], of: str = "") -> tuple[Column, Column, Column]:
    """One moment per row in three columns: ns and s of the session clock, and wall time.

    Args:
        moments: Session time; None where there is none.
        of: What happens then ("start": columns start_ns, start_s, start_time); "" for the row's own time (t_ns, t_s,
            time).
    """
    in_ns, in_s, wall = (f"{of}_ns", f"{of}_s", f"{of}_time") if of else ("t_ns", "t_s", "time")
    if isinstance(moments, np.ndarray):
        return (
            Column(in_ns, "int", moments, "ns"),
            Column(in_s, "float", moments / NS, "s"),
            Column(wall, "when", moments),
        )
    some = list(moments)
    seconds = [None if each is None else each / NS for each in some]
    return Column(in_ns, "int", some, "ns"), Column(in_s, "float", seconds, "s"), Column(wall, "when", some)


def time_zone(header: Header) -> str:
    """Of the recording, as "+02:00"."""
    minutes = round(header.utc_offset_s / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def wall_times(header: Header, moments: Iterable[int | None]) -> list[str | None]:
    """ISO 8601 with nanoseconds and time zone, of session times; None stays None."""
    some = list(moments)
    known = np.array([each for each in some if each is not None], np.int64)
    offset_ns = round(header.utc_offset_s / 60) * 60 * NS
    local = (known + (header.started + offset_ns)).astype("datetime64[ns]")
    zone = time_zone(header)
    texts = iter(np.datetime_as_string(local, unit="ns").tolist())
    return [None if each is None else next(texts) + zone for each in some]


def as_text(tree: Any) -> str:
    """A value that has no column of its own, as JSON."""
    return json.dumps(tree, ensure_ascii=False, allow_nan=False)
