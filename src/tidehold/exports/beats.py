"""The RR intervals of a session as programs for heart rate variability want them: one row a beat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tidehold.errors import ConfigError
from tidehold.log.told import Told
from tidehold.units import NS

STREAM: Final = "strap/rr"
"""What a strap sent, as it sent it; nothing is corrected here: the programs that read it do that in their own way."""


class Beat(NamedTuple):
    """A beat that ends an RR interval.

    `t` session time, ns; `rr_s` as sent, in whole 1/1024 s where a strap sent it. `before`: the beat before it, where
    the series is broken between the two: then beats may be missing, and `rr_s` does not reach back to that one.
    """

    t: int
    rr_s: float
    before: int | None = None


def beats_of(told: Told) -> list[Beat]:
    """The beats of a session, in order.

    Raises:
        ConfigError: It has none.
    """
    series = told.samples.get(STREAM)
    if series is None or not len(series):
        raise ConfigError(f"{told.path} has no RR intervals of a strap: nothing to write in this format")
    gaps: list[int] = sorted(gap.end for gap in told.gaps if gap.stream == STREAM)
    return list(_broken(series.times.tolist(), series.values.tolist(), gaps))


def _broken(times: list[int], rr_s: list[float], gaps: list[int]) -> Iterator[Beat]:
    """Beats, those behind a gap knowing the one before it. A gap ends where the next interval begins, to rounding."""
    before: int | None = None
    k = 0
    for t, rr in zip(times, rr_s, strict=True):
        is_broken = False
        while k < len(gaps) and gaps[k] < t:
            is_broken, k = True, k + 1
        yield Beat(t, rr, before if is_broken else None)
        before = t


def milliseconds(seconds: float) -> str:
    """A time in ms, with as many digits as it needs: the 1/1024 s of a strap have seven at most."""
    return f"{round(seconds * 1000, 7):.7f}".rstrip("0").rstrip(".")


def bridged_s(beat: Beat) -> float:
    """What a format without times says of a beat, s: the time since the beat before it.

    That is its RR interval. Behind a gap it is longer, since beats are missing in between.
    """
    return beat.rr_s if beat.before is None else (beat.t - beat.before) / NS
