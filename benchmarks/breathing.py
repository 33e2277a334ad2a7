"""Breathing rate of real people, second by second: `python -m benchmarks.breathing DATA_DIR PREDICTIONS.csv`.

Every recording of DATA_DIR wears a strap: its beats go out as Heart Rate Measurements (RR in 1/1024 s, a notification
a second with the beats up to then), through the same fold as a live session. What the fold says of the breathing rate
each second is written to PREDICTIONS.csv, as `recording,source,t_s,rate_bpm,confidence` (rate empty where unknown).
Of a recording only what a strap could know is read: `beat_t`, `rr_ms` and `duration`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tidehold.records import Estimate, Frame, HostNs, Input, Link, Tick, UnixNs
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS, RR_TICKS_PER_S
from tidehold.wire.heart_rate import Contact, HeartRate, encode_heart_rate

STRAP = "strap"
PROFILE = "generic-heart-rate"
COLUMNS = ("recording", "source", "t_s", "rate_bpm", "confidence")


class Recording(NamedTuple):
    """What a strap could know: `beat_s` (n,) beat times, `rr_ms` (n,) the intervals they end, NaN for none."""

    name: str
    beat_s: NDArray[np.float64]
    rr_ms: NDArray[np.float64]
    duration_s: float


def load(file: Path) -> Recording | None:
    """A recording, or None if it has no beats with times."""
    with np.load(file, allow_pickle=False) as data:
        if "beat_t" not in data.files:
            return None
        return Recording(file.stem, data["beat_t"], data["rr_ms"], float(data["duration"]))


def strap_inputs(recording: Recording) -> Iterator[Input]:
    """The inputs of a session with this heart: link, a notification and a tick each second."""
    yield Link(HostNs(0), STRAP, "up", {"profile": PROFILE})
    known = np.isfinite(recording.rr_ms)
    beat_s, ticks = recording.beat_s[known], np.rint(recording.rr_ms[known] * (RR_TICKS_PER_S / 1000)).astype(int)
    sent = 0
    for second in range(int(recording.duration_s) + 1):
        now = HostNs(second * NS)
        due = int(np.searchsorted(beat_s, second, side="right"))
        if due > sent:
            rr = tuple(ticks[sent:due].tolist())
            bpm = round(60 * RR_TICKS_PER_S / rr[-1])
            yield Frame(now, STRAP, "hr", encode_heart_rate(HeartRate(bpm, Contact.DETECTED, None, rr)))
            sent = due
        yield Tick(now)


def said(recording: Recording) -> Iterator[Estimate]:
    """What the fold says of the breathing rate, each second."""
    session = Session(Header(session="benchmark", started=UnixNs(0), profiles=builtin_profiles()))
    for item in strap_inputs(recording):
        for output in session.feed(item):
            if isinstance(output, Estimate) and output.name == "breathing/rate_bpm":
                yield output


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("predictions", type=Path)
    arguments = parser.parse_args()
    files = sorted(arguments.data.glob("*.npz"))
    if not files:
        print(f"no recordings in {arguments.data}", file=sys.stderr)
        return 2
    with arguments.predictions.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        for recording in filter(None, map(load, files)):
            for estimate in said(recording):
                rate = "" if estimate.value is None else f"{estimate.value:.3f}"
                table.writerow((recording.name, "rr", f"{estimate.t / NS:.3f}", rate, f"{estimate.quality:.4f}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
