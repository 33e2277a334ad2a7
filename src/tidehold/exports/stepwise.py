"""What holds at a moment, of values that were said from time to time. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidehold.records import Times, Values
from tidehold.units import NS


def newest(times: Times, values: Values, at: Times, for_ns: int) -> Values:
    """The value said last at each moment, NaN where none was in the `for_ns` before.

    Args:
        times: (n,) ns, ascending, when the values (n,) were said.
        values: NaN for one that is not known.
        at: (m,) ns.
        for_ns: How long a value holds.
    """
    found = np.searchsorted(times, at, side="right") - 1
    known = (found >= 0) & (at - times[np.maximum(found, 0)] < for_ns)
    return np.where(known, values[np.maximum(found, 0)], np.nan)


def covering(ends: Times, lengths_s: Values, at: Times) -> NDArray[np.int64]:
    """Which interval each moment lies in, -1 for none.

    Args:
        ends: (n,) ns, ascending.
        lengths_s: (n,) of the intervals that end there.
        at: (m,) ns.
    """
    found = np.searchsorted(ends, at, side="left")
    inside = np.minimum(found, len(ends) - 1)
    begins = ends[inside] - np.rint(lengths_s[inside] * NS).astype(np.int64)
    return np.where((found < len(ends)) & (at > begins), inside, -1)
