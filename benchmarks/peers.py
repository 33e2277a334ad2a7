"""Breathing rate by other tools and by ours: `python -m benchmarks.peers DATA_DIR [NAME ...] [--jobs 2]`.

Each tool is given the same windows of 32 s, which end at t and hold nothing after t, where the recording's reference
(`win32`) has a rate. From heartbeats the tools get the recording's own RR intervals, from ECG recordings too: they were
found in the whole ECG, better than a tool could within a window. Ours is what the fold said last before t, through the
bytes of a strap, at a confidence of at least 0.25; see `benchmarks.breathing`.

CPU is that of one answer a second, as a live session wants it: for the others that of one window, for ours that of all
the fold does in a second of signal. Needs the extra `bench`: `pip install 'tidehold[bench]'`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks import breathing
from benchmarks.breathing import Recording, Source, Task
from tidehold.records import Estimate, Values
from tidehold.units import NS

WINDOW_S: Final = 32.0
BAND_HZ: Final = (0.1, 0.5)
LEAST_CONFIDENCE: Final = 0.25
FRESH_S: Final = 2.0
"""What was said longer before the end of a window than this is no answer for it."""
RATE: Final = 1  # column of win32: the rate on which two breath counters agree, else NaN
OURS: Final = "Tidehold"
LIBRARIES: Final = ("neurokit2", "heartpy")
SERIES_HZ: Final = 100.0
"""NeuroKit2 wants a steady series: that of its examples."""

Method = Callable[[Recording, float], float]
"""Breaths/min of the window that ends at a time, s; NaN or an error of any kind for no answer."""


class Tally(NamedTuple):
    """Of one method on one recording: the errors of its answers (n,), of how many windows, and ms of CPU a second."""

    group: str
    method: str
    errors: Values
    windows: int
    cpu_ms: float


def heartpy_welch(recording: Recording, t: float) -> float:
    """HeartPy's `calc_breathing`."""
    measures, _ = _library("heartpy").analysis.calc_breathing(_beats(recording, t)[1], method="welch", measures={})
    return 60 * float(measures["breathingrate"])


def neurokit_vangent(recording: Recording, t: float) -> float:
    """NeuroKit2's respiration from the heart rate after van Gent 2019; no answer from fewer than four troughs."""
    neurokit = _library("neurokit2")
    rsp = neurokit.ecg_rsp(60_000 / _series(recording, t, SERIES_HZ), sampling_rate=SERIES_HZ, method="vangent2019")
    return float(np.mean(neurokit.rsp_rate(rsp, sampling_rate=SERIES_HZ)))


def rr_spectrum(recording: Recording, t: float) -> float:
    """Highest peak of the spectrum of the RR intervals."""
    return _peak_bpm(_series(recording, t, 4.0), 4.0)


def neurokit_biosppy(recording: Recording, t: float) -> float:
    """NeuroKit2's BioSPPy method on chest motion along one axis."""
    neurokit, hz = _library("neurokit2"), recording.acc_hz
    cleaned = neurokit.rsp_clean(_component(recording, t), sampling_rate=hz, method="biosppy")
    return float(np.mean(neurokit.rsp_rate(cleaned, sampling_rate=hz, peak_method="biosppy")))


def motion_spectrum(recording: Recording, t: float) -> float:
    """Highest peak of the spectrum of chest motion along one axis."""
    return _peak_bpm(_component(recording, t), recording.acc_hz)


FROM_BEATS: Final[dict[str, Method]] = {
    "HeartPy calc_breathing (welch)": heartpy_welch,
    "NeuroKit2 ecg_rsp (vangent2019)": neurokit_vangent,
    "RR spectrum 0.1-0.5 Hz": rr_spectrum,
}
METHODS: Final[dict[Source, dict[str, Method]]] = {
    "rr": FROM_BEATS,
    "ecg": FROM_BEATS,
    "motion": {"PC1, NeuroKit2 (biosppy)": neurokit_biosppy, "PC1 spectrum 0.1-0.5 Hz": motion_spectrum},
}


def windows(file: Path) -> tuple[Values, str]:
    """End, s, and reference rate, breaths/min (n, 2) of the windows that have one; what the person does."""
    with np.load(file, allow_pickle=False) as data:
        found = np.asarray(data["win32"], np.float64) if "win32" in data.files else np.empty((0, 2))
        activity = json.loads(str(data["meta"])).get("activity", "") if "meta" in data.files else ""
    return found[np.isfinite(found[:, RATE])][:, [0, RATE]], activity


def tallies(task: Task) -> list[Tally]:
    """How each method does on one source of one recording."""
    file, source = task
    recording = breathing.load(file)
    reference, activity = windows(file)
    group = "motion, walking" if source == "motion" and activity == "walk" else source
    answers = {name: _asked(method, recording, reference[:, 0]) for name, method in METHODS[source].items()}
    answers[OURS] = ours(recording, source, reference[:, 0])
    return [
        Tally(group, name, (said - reference[:, 1])[np.isfinite(said)], len(said), cpu_ms)
        for name, (said, cpu_ms) in answers.items()
    ]


def ours(recording: Recording, source: Source, ends_s: Values) -> tuple[Values, float]:
    """What the fold had said at each time (n,), NaN for nothing; ms of CPU a second."""
    began = time.process_time()
    said = [out for out in breathing.fold(recording, source) if isinstance(out, Estimate)]
    cpu_ms = 1e3 * (time.process_time() - began) / recording.duration_s
    rates = [(out.t / NS, out.value, out.quality) for out in said if out.name == breathing.RATE]
    known = np.array([(t, np.nan if rate is None else rate, sure) for t, rate, sure in rates]).reshape(-1, 3)
    newest = np.searchsorted(known[:, 0], ends_s, side="right") - 1
    answers = np.full(len(ends_s), np.nan)
    for i in np.flatnonzero(newest >= 0):
        t, rate, sure = known[newest[i]]
        if sure >= LEAST_CONFIDENCE and t > ends_s[i] - FRESH_S:
            answers[i] = rate
    return answers, cpu_ms


def table(found: list[Tally]) -> Iterator[str]:
    """Lines of a table, by group and method, in the order in which they were found."""
    yield "| from | method | windows | answered | mean error | within 2 | wrong by more than 2, of all | CPU |"
    yield "|---|---|---|---|---|---|---|---|"
    known = {(tally.group, tally.method) for tally in found}
    order = [(group, name) for source in METHODS for group in _groups(source) for name in (*METHODS[source], OURS)]
    for group, name in filter(known.__contains__, order):
        those = [tally for tally in found if (tally.group, tally.method) == (group, name)]
        yield _line(group, name, those)


def main() -> int:
    parser = breathing.parser_of(__doc__, "data")
    parser.add_argument("names", nargs="*", help="only these recordings")
    asked = parser.parse_args()
    try:
        for name in LIBRARIES:
            _library(name)
    except ImportError as error:
        print(f"{error.name} is missing: pip install 'tidehold[bench]'", file=sys.stderr)
        return 2
    todo = [task for task in breathing.tasks(asked.data) if not asked.names or task[0].stem in asked.names]
    found = [tally for some in breathing.over(tallies, todo, asked.jobs) for tally in some]
    if not found:
        print("no recordings with beats, ECG or chest motion there", file=sys.stderr)
        return 2
    print(*table(found), sep="\n")
    return 0


def _asked(method: Method, recording: Recording, ends_s: Values) -> tuple[Values, float]:
    """What a method says at each time (n,), NaN for nothing; ms of CPU an answer."""
    answers = np.full(len(ends_s), np.nan)
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for i, end_s in enumerate(ends_s.tolist()):
            try:
                answers[i] = method(recording, end_s)
            except Exception:  # noqa: BLE001, S112 - whatever a tool stumbles over, it has no answer
                continue
    return answers, 1e3 * (time.process_time() - began) / max(len(ends_s), 1)


def _groups(source: Source) -> tuple[str, ...]:
    return (source, "motion, walking") if source == "motion" else (source,)


def _line(group: str, name: str, those: list[Tally]) -> str:
    errors, count = np.abs(np.concatenate([tally.errors for tally in those])), sum(tally.windows for tally in those)
    cpu_ms = np.mean([tally.cpu_ms for tally in those])
    answered = f"{len(errors) / count:.0%}" if count else "-"
    close = f"{errors.mean():.2f} | {(errors <= 2).mean():.0%}" if len(errors) else "- | -"
    wrong = f"{(errors > 2).sum() / count:.1%}" if count else "-"
    return f"| {group} | {name} | {count:,} | {answered} | {close} | {wrong} | {cpu_ms:.1f} ms/s |"


def _beats(recording: Recording, t: float) -> tuple[Values, Values]:
    """Time, s, and RR interval, ms, of the beats in a window (n,)."""
    within = (recording.beat_s > t - WINDOW_S) & (recording.beat_s <= t) & np.isfinite(recording.rr_ms)
    return recording.beat_s[within], recording.rr_ms[within]


def _series(recording: Recording, t: float, hz: float) -> Values:
    """RR intervals, ms, as a steady series (n,), joined by straight lines."""
    beat_s, rr_ms = _beats(recording, t)
    return np.interp(np.arange(beat_s[0], beat_s[-1], 1 / hz), beat_s, rr_ms)


def _component(recording: Recording, t: float) -> Values:
    """First principal component (n,) of the change of chest motion in a window.

    Of the motion itself it is often the slow sway: both tools then err by about twice as much.
    """
    hz = recording.acc_hz
    change = np.diff(recording.acc[max(0, round((t - WINDOW_S) * hz)) : round(t * hz)], axis=0)
    change -= change.mean(axis=0)
    axis = np.linalg.svd(change, full_matrices=False)[2][0]
    component: Values = np.einsum("ij,j->i", change, axis)
    return component


def _peak_bpm(series: Values, hz: float) -> float:
    """Breaths/min where the spectrum is highest within the band."""
    at = np.arange(len(series))
    flat = series - np.polyval(np.polyfit(at, series, 1), at)
    size = 16 * len(flat)
    power = np.abs(np.fft.rfft(flat * np.hanning(len(flat)), size)) ** 2
    at_hz = np.fft.rfftfreq(size, 1 / hz)
    power[(at_hz < BAND_HZ[0]) | (at_hz > BAND_HZ[1])] = 0
    return 60 * float(at_hz[np.argmax(power)])


def _library(name: str) -> Any:
    """A tool of the extra `bench`, loaded when it is first asked for: it takes seconds."""
    return importlib.import_module(name)


if __name__ == "__main__":
    sys.exit(main())
