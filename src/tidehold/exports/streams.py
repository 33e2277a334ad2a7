"""What the samples of a session's streams are: their unit, and a name with unit for each of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tidehold.estimators.rr_cleaning import Flag
from tidehold.log.told import Told
from tidehold.records import Times, Values
from tidehold.units import Unit
from tidehold.wire.profile import Profile, Stream

IN_NAMES: Final[dict[Unit, str]] = {
    "s": "s",
    "V": "v",
    "m/s^2": "m_s2",
    "rad/s": "rad_s",
    "J": "j",
    "1/min": "bpm",
    "1": "",
}
"""How a unit is written at the end of a name."""
USUAL: Final[dict[str, Unit]] = {
    "ecg": "V",
    "acc": "m/s^2",
    "gravity": "m/s^2",
    "user-acc": "m/s^2",
    "gyr": "rad/s",
    "rr": "s",
    "hr": "1/min",
    "energy": "J",
}
"""Units of streams whose device is not known: a file without profiles, or one of a device that is not in it."""
OWN_COLUMNS: Final = {"rr_clean": ("interval_s", "beats", "flag"), "battery": ("battery_percent",)}
"""Names of the values of streams that no profile describes so far."""
FLAGS: Final = tuple(Flag)
"""What became of an RR interval, by its code in "rr_clean"."""


class Kept(NamedTuple):
    """A stream with its samples.

    Args:
        source: Whose it is.
        kind: What it is ("ecg").
        unit: Of its values.
        columns: Names of its values, each with its unit.
        times: (n,) session time, ns, ascending.
        values: (n, columns).
        rate_hz: Nominal, None for one without a steady rate.
    """

    source: str
    kind: str
    unit: str
    columns: tuple[str, ...]
    times: Times
    values: Values
    rate_hz: float | None

    @property
    def name(self) -> str:
        """As a session calls it: "strap/ecg"."""
        return f"{self.source}/{self.kind}"


def streams(told: Told) -> Iterator[Kept]:
    """All streams of a session that have samples, in order of their names."""
    for name in sorted(told.samples):
        series = told.samples[name]
        if not len(series):
            continue
        source, _, kind = name.rpartition("/")
        values = series.values.reshape(len(series), -1)
        facts = _facts(told, source, kind)
        unit = facts.unit if facts else USUAL.get(kind, "1")
        columns = _columns(kind, facts, values.shape[1])
        rate_hz = facts.rate_hz if facts else None
        order = series.times.argsort(kind="stable")
        yield Kept(source, kind, unit, columns, series.times[order], values[order], rate_hz)


def _facts(told: Told, source: str, kind: str) -> Stream | None:
    """Of the profile that decoded the stream."""
    profiles = [told.header.sources.get(source, {}).get("profile", "")]
    profiles += [link.detail["profile"] for link in told.links if link.source == source and "profile" in link.detail]
    for each in reversed(profiles):
        profile: Profile | None = told.header.profiles.get(each)
        for stream in profile.stream if profile else ():
            if stream.id == kind:
                return stream
    return None


def _columns(kind: str, facts: Stream | None, count: int) -> tuple[str, ...]:
    """Names of the values: those of the profile, otherwise the stream's own."""
    if kind in OWN_COLUMNS:
        return OWN_COLUMNS[kind]
    if facts and len(facts.columns) == count:
        named = facts.columns
    else:
        named = (kind,) if count == 1 else tuple("xyz") if count == 3 else tuple(f"{kind}{k}" for k in range(count))
    unit = IN_NAMES[facts.unit if facts else USUAL.get(kind, "1")]
    return tuple(f"{each}_{unit}" if unit else each for each in named)
