"""What the payload of a device says: readings in SI units, and what of it could not be used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import numpy as np

from tidehold.records import DeviceNs, Times, Values
from tidehold.wire.profile import Stream


class Reading(msgspec.Struct, frozen=True, eq=False):
    """The samples of one stream in one payload, in the stream's unit.

    `values` (n,) or (n, columns), n >= 1, oldest first; `device` is the
    device's time of the last one, where the device tells it. `times` (n,) is the
    device's time of each, ns, where it tells that: then samples are in the order
    in which the payload has them, which need not be that of their times, and
    `device` is the newest.
    """

    stream: str
    values: Values
    device: DeviceNs | None = None
    times: Times | None = None


class Decoded(msgspec.Struct, frozen=True, eq=False):
    """All that one payload says.

    `refused` has a reason for each part that could not be used: the whole
    payload, or one stream of it ("ecg: ..."). Reasons hold no sample values,
    so that equal troubles count as one. `skipped` counts, by reason, the samples
    of a payload that were left out one by one. `text` is what a payload without
    samples says: a firmware version, the answer to a command. `message` is how the
    sender numbers its payloads: its run, and the number in it.
    """

    readings: tuple[Reading, ...] = ()
    refused: tuple[str, ...] = ()
    text: str = ""
    skipped: Mapping[str, int] = MappingProxyType({})
    message: tuple[str, int] | None = None


def timed(stream: str, values: Values, times: Times) -> Reading:
    """The reading of samples that all have their times; its own time is the newest."""
    return Reading(stream, values, DeviceNs(int(times.max())), times)


def axis_of(name: str) -> tuple[str, float]:
    """Where a column comes from, and its sign."""
    return (name[1:], -1.0) if name.startswith("-") else (name, 1.0)


def factors_of(stream: Stream) -> Values | None:
    """By column, from what the payload counts in to the stream's unit; None where that is the same."""
    factors = np.array([axis_of(axis)[1] * stream.scale for axis in stream.axes])
    return None if (factors == 1.0).all() else factors


def scaled(values: Values, factors: Values | None) -> Values:
    """Values in the stream's unit; one that no double holds there becomes infinite, which no range allows."""
    if factors is None:
        return values
    with np.errstate(over="ignore"):
        return values * factors
