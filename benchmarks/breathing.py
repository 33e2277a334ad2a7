"""Breathing of real people, second by second: `python -m benchmarks.breathing DATA_DIR PREDICTIONS.csv [--jobs 2]`.

Every recording of DATA_DIR wears a strap, and what the strap would send goes through the same fold as a live session:

- `rr`: Heart Rate Measurements (RR in 1/1024 s), one a second with the beats up to then;
- `ecg`: the same, and the ECG as Polar Measurement Data, 73 samples a frame at 130 Hz;
- `motion`: the acceleration of the chest alone, as Polar Measurement Data, 36 samples a frame at 25 Hz.

What the fold says of the breathing rate each second is written to PREDICTIONS.csv, as
`recording,source,t_s,rate_bpm,confidence` (rate empty where unknown). Of a recording only what a strap could know is
read: `beat_t`, `rr_ms`, `ecg` and `fs_ecg`, `acc` and `fs_acc`, `duration`; at t, only what was measured up to t.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from tidehold.records import DeviceNs, Estimate, Frame, HostNs, Input, Link, Output, Tick, UnixNs, Values
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS, RR_TICKS_PER_S
from tidehold.wire.heart_rate import Contact, HeartRate, encode_heart_rate
from tidehold.wire.pmd import ACC_MG_16, ECG_UV, Measurement, PmdFrame, encode_frame
from tidehold.wire.profile import Profile

Source = Literal["rr", "ecg", "motion"]
SOURCES: tuple[Source, ...] = ("rr", "ecg", "motion")
Task = tuple[Path, Source]
Row = tuple[str, ...]
Made = TypeVar("Made")

STRAP = "strap"
RATE = "breathing/rate_bpm"
COLUMNS = ("recording", "source", "t_s", "rate_bpm", "confidence")
TICKS_PER_S = 4


class Measured(NamedTuple):
    """A measurement of a Polar H10: what it is, the form of its frames, and how many samples come how fast."""

    kind: int
    frame_type: int
    hz: int
    per_frame: int


ECG = Measured(Measurement.ECG, ECG_UV, 130, 73)
ACC = Measured(Measurement.ACC, ACC_MG_16, 25, 36)
DEVICE_EPOCH = 820_000_000 * NS  # what the strap's clock shows at the start of a session: some day of 2025

LONGEST_RR = 0xFFFF  # ticks of 1/1024 s: 64 s
SWING_UV = 1500.0
"""Recordings do not say their unit: an ECG is scaled so that its median swing within a second is this."""
SCALE_SECONDS = 5
"""The scale comes from so many seconds, and the ECG begins after them, as on a strap that was just asked for it."""
ACC_FULL_SCALE_MG = 8000
ECG_FULL_SCALE_UV = 20_000


class Recording(NamedTuple):
    """What a strap could know, each array empty where the recording has no such thing.

    `beat_s` (n,) beat times, `rr_ms` (n,) the intervals they end, NaN for none; `ecg` (n,) in any unit; `acc` (n, 3) in
    g; both steady from the start, at `ecg_hz` and `acc_hz`.
    """

    name: str
    beat_s: Values
    rr_ms: Values
    ecg: Values
    ecg_hz: float
    acc: Values
    acc_hz: float
    duration_s: float

    @property
    def sources(self) -> tuple[Source, ...]:
        """What can be folded of it."""
        has = {"rr": len(self.beat_s) > 0, "ecg": len(self.ecg) > 0, "motion": len(self.acc) > 0}
        return tuple(source for source in SOURCES if has[source])


def load(file: Path) -> Recording:
    """A recording; one without beats, ECG and chest motion has no `sources`."""
    with np.load(file, allow_pickle=False) as data:

        def field(name: str, default: Values) -> Values:
            return np.asarray(data[name], np.float64) if name in data.files else default

        beat_s, ecg, acc = field("beat_t", np.empty(0)), field("ecg", np.empty(0)), field("acc", np.empty((0, 3)))
        ecg_hz, acc_hz = float(field("fs_ecg", np.array(ECG.hz))), float(field("fs_acc", np.array(10)))
        rr_ms = field("rr_ms", np.empty(0))
        if len(rr_ms) != len(beat_s):
            rr_ms = np.diff(beat_s, prepend=np.nan) * 1000
        last_s = max(beat_s.max(initial=0.0), len(ecg) / ecg_hz, len(acc) / acc_hz)
        duration_s = float(field("duration", np.array(last_s)))
        return Recording(file.stem, beat_s, rr_ms, ecg, ecg_hz, acc, acc_hz, duration_s)


def inputs(recording: Recording, source: Source) -> Iterator[Input]:
    """The inputs of a session with this person: link, frames, and four ticks a second, in order of time."""
    yield Link(HostNs(0), STRAP, "up", {"profile": strap(source).id})
    frames: list[Iterator[Frame | Tick]] = []
    if source != "motion":
        frames.append(_beats(recording))
    if source == "ecg":
        frames.append(_pmd(ECG, *_ecg_uv(recording)))
    if source == "motion":
        mg = at_rate(recording.acc, recording.acc_hz, ACC.hz) * 1000
        frames.append(_pmd(ACC, mg.clip(-ACC_FULL_SCALE_MG, ACC_FULL_SCALE_MG), 0))
    frames.append(_ticks(recording))  # of equal times, what stands first here comes first
    yield from heapq.merge(*frames, key=lambda item: item.t)


def fold(recording: Recording, source: Source) -> Iterator[Output]:
    """All that a session with this person says."""
    profile = strap(source)
    session = Session(Header(session="benchmark", started=UnixNs(0), profiles={profile.id: profile}))
    for item in inputs(recording, source):
        yield from session.feed(item)


@cache
def strap(source: Source) -> Profile:
    """Any strap gives RR; a Polar H10 the rest, its acceleration asked for at 25 Hz."""
    if source == "rr":
        return builtin_profiles()["generic-heart-rate"]
    profile = builtin_profiles()["polar-h10"]
    streams = (
        msgspec.structs.replace(stream, rate_hz=float(ACC.hz)) if stream.id == "acc" else stream
        for stream in profile.stream
    )
    return msgspec.structs.replace(profile, stream=tuple(streams))


def at_rate(values: Values, hz: float, wanted_hz: float) -> Values:
    """Samples (n,) or (n, columns) at another rate, joined by straight lines, each known by its time.

    Sample i of `values` is known from (i + 1) / `hz` on; sample j of what is returned is due at (j + 1) / `wanted_hz`,
    and shows what was `1 / hz` before. What is no number is as before it, at the beginning 0.
    """
    known = _held(values)
    at = np.arange(1, int(len(known) * wanted_hz / hz + 1e-6) + 1) * hz / wanted_hz - 1
    below = np.floor(at + 1e-6).clip(0).astype(int)
    share = (at - below).clip(0).round(6)
    above = np.minimum(below + (share > 0), len(known) - 1)
    share = share.reshape(-1, *[1] * (known.ndim - 1))
    joined: Values = known[below] * (1 - share) + known[above] * share
    return joined


def tasks(folder: Path, wanted: Sequence[Source] = SOURCES) -> list[Task]:
    """What is to be folded: each source of each recording, in order of name."""
    files = sorted(folder.glob("*.npz"))
    return [(file, source) for file in files for source in load(file).sources if source in wanted]


def over(work: Callable[[Task], Made], todo: Iterable[Task], jobs: int) -> Iterator[Made]:
    """What `work` makes of each, in their order; `jobs` processes share it."""
    if jobs == 1:
        yield from map(work, todo)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, todo)


def estimates(task: Task, name: str) -> list[Row]:
    """Recording, source, time, value and confidence of each time the fold says `name`."""
    file, source = task
    return [
        (
            file.stem,
            source,
            f"{said.t / NS:.3f}",
            "" if said.value is None else f"{said.value:.3f}",
            f"{said.quality:.4f}",
        )
        for said in fold(load(file), source)
        if isinstance(said, Estimate) and said.name == name
    ]


def write(out: Path, columns: Row, work: Callable[[Task], list[Row]], todo: list[Task], jobs: int) -> int:
    """Write the rows that `work` makes of each task; the exit code."""
    if not todo:
        print("no recordings with beats, ECG or chest motion there", file=sys.stderr)
        return 2
    with out.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for rows in over(work, todo, jobs):
            table.writerows(rows)
    return 0


def parser_of(doc: str | None, *paths: str) -> argparse.ArgumentParser:
    """A command line with paths, and how many processes share the work."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for path in paths:
        parser.add_argument(path, type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (default: all cores)")
    return parser


def main() -> int:
    asked = parser_of(__doc__, "data", "predictions").parse_args()
    return write(asked.predictions, COLUMNS, partial(estimates, name=RATE), tasks(asked.data), asked.jobs)


def _beats(recording: Recording) -> Iterator[Frame]:
    """A notification each second that saw a beat end."""
    with np.errstate(invalid="ignore"):
        ticks = np.rint(recording.rr_ms * (RR_TICKS_PER_S / 1000))
        sendable = np.isfinite(recording.beat_s) & (ticks > 0) & (ticks <= LONGEST_RR)
    beat_s, ticks = recording.beat_s[sendable], ticks[sendable].astype(int)
    sent = 0
    for second in range(int(recording.duration_s) + 1):
        due = int(np.searchsorted(beat_s, second, side="right"))
        if due > sent:
            rr = tuple(ticks[sent:due].tolist())
            bpm = round(60 * RR_TICKS_PER_S / rr[-1])
            payload = encode_heart_rate(HeartRate(bpm, Contact.DETECTED, None, rr))
            yield Frame(HostNs(second * NS), STRAP, "hr", payload)
            sent = due


def _ecg_uv(recording: Recording) -> tuple[Values, int]:
    """The ECG (n,) in uV, and the sample from which on it is sent: when its scale is known."""
    ecg = at_rate(recording.ecg, recording.ecg_hz, ECG.hz)
    seconds = ecg[: len(ecg) // ECG.hz * ECG.hz].reshape(-1, ECG.hz)
    swings = seconds.max(axis=1) - seconds.min(axis=1)
    heard = np.flatnonzero(swings > 0)[:SCALE_SECONDS]
    if len(heard) < SCALE_SECONDS:
        return ecg, len(ecg)
    uv = (ecg - np.median(seconds[heard])) * (SWING_UV / np.median(swings[heard]))
    return np.clip(uv, -ECG_FULL_SCALE_UV, ECG_FULL_SCALE_UV), int(heard[-1] + 1) * ECG.hz


def _pmd(what: Measured, values: Values, first: int) -> Iterator[Frame]:
    """Frames from sample `first` on, each when its last sample is due."""
    counts: NDArray[np.int32] = np.rint(values).astype(np.int32)
    for end in range(first + what.per_frame, len(counts) + 1, what.per_frame):
        t = end * NS // what.hz
        frame = PmdFrame(what.kind, what.frame_type, DeviceNs(DEVICE_EPOCH + t), counts[end - what.per_frame : end])
        yield Frame(HostNs(t), STRAP, "pmd", encode_frame(frame))


def _ticks(recording: Recording) -> Iterator[Tick]:
    """Four a second."""
    for k in range(int(recording.duration_s * TICKS_PER_S) + 1):
        yield Tick(HostNs(k * NS // TICKS_PER_S))


def _held(values: Values) -> Values:
    """The same, each sample that is no number as the one before it, at the beginning 0."""
    whole = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if whole.all():
        return values
    last = np.maximum.accumulate(np.where(whole, np.arange(len(values)), -1))
    filled: Values = np.where((last >= 0).reshape(-1, *[1] * (values.ndim - 1)), values[last], 0.0)
    return filled


if __name__ == "__main__":
    sys.exit(main())
