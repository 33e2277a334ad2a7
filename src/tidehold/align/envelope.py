"""The lower envelope of frame arrivals: the straight line that no frame beats.

A frame arrives at its device time plus an offset plus a delay. Delays are
never negative, so over some minutes the earliest arrivals lie on a straight
line: its height is the offset between the clocks, its slope their drift. The
line is the one of Moon, Skelly and Towsley, "Estimation and removal of clock
skew from network delay measurements", INFOCOM 1999: below all points and as
close to them as possible, which makes it an edge of their lower convex hull.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from tidehold.units import NS

Point = tuple[int, int]
"""x: device time, y: arrival minus device time; ns from the start of the segment."""
Arrival = tuple[float, int, int]
"""Height above a line through the start, and the point itself: x, y."""

BUCKET_NS: Final = 5 * NS
"""Only the earliest arrival of each such span is kept: memory and cost stay small, and the envelope loses nothing."""
BUCKETS: Final = 60
"""Five minutes of frames. Counted in buckets, so that a pause of the link forgets nothing."""
USUAL_DRIFT: Final = 60e-6
"""What a strap's quartz is typically off (wire-formats 4.3): a drift is believed the less, the larger it is by this."""
MAX_DRIFT: Final = 150e-6
"""Beyond any quartz in a strap or a phone."""
GLITCH_NS: Final = NS // 10
"""A frame earlier than the line by more than this needs a second one to say the same."""
KNOWN_NS: Final = 170 * NS
"""Span of buckets from which the drift is worth telling: at 1.4 frames/s and 70 ms of jitter, within about 20 ppm."""
PRIOR_HEIGHT_NS: Final = NS // 40
"""Height of a bucket's earliest arrival above the line as believed before there are any: 25 ms."""

_NONE: Final[Arrival] = (math.inf, 0, 0)


class Envelope:
    """A line under the frames of one run of a device clock, fed in the order of device time.

    `slope` is the drift: how much more the session clock advances per unit of
    device time. `level` is the height of the line at x = 0, in ns.
    """

    __slots__ = ("_count", "_floors", "_heights", "_low", "_opened", "_prior", "_second", "known", "level", "slope")

    def __init__(self, slope: float = 0.0, *, known: bool = False) -> None:
        self.slope = self._prior = slope
        self.known = known
        self.level = 0.0
        self._floors: deque[Point] = deque(maxlen=BUCKETS)
        self._heights = 0.0
        self._opened = 0
        self._count = 0
        self._low: Arrival = _NONE
        self._second: Arrival = _NONE

    def at(self, x: int) -> float:
        """Height of the line at device time x, ns."""
        return self.level + self.slope * x

    def add(self, x: int, y: int) -> bool:
        """Take a frame in; its x is larger than any before. True: the line has moved."""
        height = y - self.slope * x
        self._count += 1
        if height < self._low[0]:
            self._low, self._second = (height, x, y), self._low
        elif height < self._second[0]:
            self._second = (height, x, y)
        low = self._floor()
        moved = low[0] < self.level
        if moved:
            self.level = low[0]
        if x - self._opened < BUCKET_NS or self._count < 2:
            return moved
        self._floors.append((low[1], low[2]))
        self._fit()
        self._open(x)
        return True

    @property
    def error_ns(self) -> float:
        """Six standard errors of the line, ns.

        In simulation the line's error is close to the mean height of the
        floors divided by the root of their number, for 1.4 to 7 frames/s,
        uniform and exponential delays, 1 to 5 minutes. The least delay itself
        cannot be seen from one side and is not in it.
        """
        return 6.0 * self._height() / math.sqrt(len(self._floors) + 1)

    def _height(self) -> float:
        """Mean height of the floors above the line, ns; before there are any, a typical one."""
        return (self._heights + PRIOR_HEIGHT_NS) / (len(self._floors) + 1)

    def _open(self, x: int) -> None:
        """Start a bucket at device time x."""
        self._opened = x
        self._count = 0
        self._low = self._second = _NONE

    def _floor(self) -> Arrival:
        """The bucket's earliest arrival, passing over one that stands alone far below all others."""
        alone = self._low[0] < min(self.level, self._second[0]) - GLITCH_NS
        return self._second if alone else self._low

    def _fit(self) -> None:
        """Lay the line anew under the floors of all buckets."""
        floors = self._floors
        stiffness = self._height() / len(floors) / USUAL_DRIFT**2
        slope = _likeliest_slope(_lower_hull(floors), sum(x for x, _ in floors) / len(floors), self._prior, stiffness)
        self.slope = min(MAX_DRIFT, max(-MAX_DRIFT, slope))
        heights = [y - self.slope * x for x, y in floors]
        self.level = min(heights)
        self._heights = sum(heights) - self.level * len(heights)
        self.known = self.known or floors[-1][0] - floors[0][0] >= KNOWN_NS


def _lower_hull(points: Iterable[Point]) -> list[Point]:
    """Lower convex hull of points sorted by x (Andrew's monotone chain); exact in integers."""
    hull: list[Point] = []
    for x, y in points:
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (y1 - y0) * (x - x1) < (y - y1) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    return hull


def _likeliest_slope(hull: list[Point], middle: float, prior: float, stiffness: float) -> float:
    """Slope of the likeliest line under the hull.

    For exponential delays the likeliest line rests on the edge over the middle
    of the points; an edge, and its slope, from a few frames alone is wild. A
    normal prior of the slope draws the point of rest aside, the more the
    steeper the line: it rests where x = middle - stiffness * (slope - prior).

    Args:
        hull: Lower convex hull, by x.
        middle: Mean x of the points.
        prior: The slope expected.
        stiffness: Mean delay / number of points / variance of the prior, ns.
    """
    edge = -math.inf
    for (x0, y0), (x1, y1) in pairwise(hull):
        slope = prior + (middle - x0) / stiffness
        following = (y1 - y0) / (x1 - x0)
        if slope <= following:
            return max(slope, edge)
        edge = following
    return max(prior + (middle - hull[-1][0]) / stiffness, edge)
