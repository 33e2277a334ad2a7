"""Device times of the samples in a frame, and how many were lost before it.

A frame carries one stamp, the time of its last sample. The samples before it
follow at the true period of the sensor, which is not the nominal one: an H10's
"50 Hz" is 51.0 (wire-formats 4.2). Spreading samples between two stamps would
stretch them over a lost frame, so the rate is measured where no frame is lost,
and lost samples are counted by time.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.records import DeviceNs, Times
from tidehold.units import NS

OFF_NOMINAL: Final = 0.1
"""The true rate is believed to lie within this of the nominal one; Polar states 2 %."""
ENOUGH_PAIRS: Final = 8
ENOUGH_SAMPLES: Final = 256
"""The measured rate is used from so many pairs of frames and samples: 5 s of ACC, the rate then good to 0.02 %."""
KEEP: Final = 1.0 - 1.0 / 512
"""Weight of the past at each pair: the rate is that of the last five minutes or so."""
GAP_NS: Final = 2 * NS
"""After a longer gap the frame may be an outlier: the next one tells."""
BACK_NS: Final = 30 * NS
"""A frame farther back than this is not out of order: the clock was set back."""


class Placed(msgspec.Struct, frozen=True, eq=False):
    """Where a frame's samples lie.

    `device` (n,) int64 device time of each sample, ns, increasing; `lost`
    samples missing since the frame before; `duplicate`: not newer than what
    came before, so its samples are known already or came out of order.
    """

    device: Times
    lost: int
    duplicate: bool


class SampleTimer:
    """Times the samples of one stream, in device time.

    The times of a frame begin after the last sample of the frame before, also
    if the stamps scatter. A frame whose stamp is less than half a period after
    the newest, or up to 30 s before it, is a duplicate: it changes nothing.

    Stamps may jump. After a jump (more than 2 s forward, or 30 s back) the run
    before is kept in mind for one frame: if the next one follows that run, the
    one that jumped was an outlier, and the run goes on. A new run after a jump
    back starts with lost = 0; a jump forward is counted as lost, since time
    alone cannot tell it from a gap (`ClockMap.in_doubt` can).
    """

    __slots__ = ("_aside", "_back", "_last", "_pairs", "_period_ns", "_samples", "_span_ns")

    def __init__(self, nominal_hz: float) -> None:
        if not nominal_hz > 0.0:
            raise ValueError(f"nominal_hz: expected a positive rate, found {nominal_hz}")
        self._period_ns = NS / nominal_hz
        self._last: int | None = None
        self._aside: int | None = None
        self._pairs = 0
        self._samples = 0.0
        self._span_ns = 0.0
        self._back = _periods_back(1)  # of the frame before: frames are mostly alike

    @property
    def measured(self) -> bool:
        """Whether `rate_hz` is measured yet."""
        return self._pairs >= ENOUGH_PAIRS and self._samples >= ENOUGH_SAMPLES

    @property
    def rate_hz(self) -> float:
        """True rate by the device's clock, the nominal one until measured."""
        return NS / self._period_ns

    def reset(self) -> None:
        """Start a new run (clock reset, stream restarted). What is known of the rate is kept."""
        self._last = self._aside = None

    def place(self, n: int, last: DeviceNs) -> Placed:
        """Time the samples of a frame.

        Args:
            n: Samples in the frame; 0 is legal and changes nothing.
            last: Device time of the last of them.
        """
        period = self._period_ns
        before = self._run_of(last)
        if n == 0:
            return Placed(np.empty(0, np.int64), lost=0, duplicate=False)
        lost = 0
        if before is None:
            self._last = last
        elif (since := last - before) < -BACK_NS:
            self._last, self._aside = last, self._last
        elif since < period / 2:
            return Placed(self._times(n, last, period), lost=0, duplicate=True)
        else:
            self._last, self._aside = last, before if since > GAP_NS + n * period else None
            lost = self._lost(n, since / period, since)
            period = min(period, since / n)
        return Placed(self._times(n, last, period), lost, duplicate=False)

    def _run_of(self, last: int) -> int | None:
        """Newest stamp of the run that a frame belongs to: the nearer one, if there are two."""
        if self._last is None or self._aside is None:
            return self._last
        return min(self._last, self._aside, key=lambda stamp: abs(last - stamp))

    def _lost(self, n: int, due: float, since: int) -> int:
        """Samples lost when n came where `due` were; none lost teaches the rate."""
        slack = max(0.5, n * (0.002 if self.measured else OFF_NOMINAL))
        if abs(due - n) > slack:
            return max(0, round(due - n))
        self._pairs += 1
        self._samples = self._samples * KEEP + n
        self._span_ns = self._span_ns * KEEP + since
        if self.measured:
            self._period_ns = self._span_ns / self._samples
        return 0

    def _times(self, n: int, last: int, period: float) -> Times:
        """The times of n samples, `period` ns apart, the last of them at `last`."""
        if n != len(self._back):
            self._back = _periods_back(n)
        times: Times = last + np.rint(self._back * period).astype(np.int64)
        return times


def _periods_back(n: int) -> NDArray[np.float64]:
    """How many periods each of n samples is from the last."""
    return np.arange(1 - n, 1, dtype=np.float64)
