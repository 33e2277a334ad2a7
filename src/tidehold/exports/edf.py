"""A session as one EDF+C file: signals on even grids, what happened as annotations.

Kemp B, Olivan J, "European data format plus (EDF+), an EDF alike standard format for the exchange of physiological
data", Clin Neurophysiol 2003;114:1755. How samples come to even grids: `tidehold.exports.edf_grid`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

import numpy as np

from tidehold import __version__
from tidehold.exports.edf_grid import SLOW_HZ, Records, lay, records, true_rate_hz
from tidehold.exports.edf_signals import WAVES, Placed, Signal, slow_signals, wave_signals, waves
from tidehold.exports.notes import Note, notes, plain
from tidehold.exports.streams import Kept, streams
from tidehold.exports.tables import time_zone
from tidehold.log.told import Told
from tidehold.records import HostNs
from tidehold.units import NS

NOTHING: Final = -32768
"""Digital value of a slot without a sample, or with a value that is not known; no sample has it."""
_TOP: Final = 32767
_YEARS: Final = range(1985, 2085)
"""That EDF can say."""
_LEAST_SPAN: Final = 0.01
"""Of a physical range, in the signal's unit: that of a constant has some width too."""
_WIDTH: Final = 8
"""Characters of a number in the header."""


def write(told: Told, path: Path) -> dict[str, int]:
    """Write a session, told `again`, as the file `path`.

    Gives how many signals, annotations, samples of streams and slots filled between samples there are, how many
    samples were left out because they are far from the session, and the largest distance of a sample from its time, us.

    Raises:
        ImportError: edfio is not installed.
    """
    import edfio  # noqa: PLC0415 - an extra

    some = waves(told)
    slow = slow_signals(told)
    origin_ns = _origin_ns(told, some)
    last_ns = max([round(told.length_s * NS), *(int(kept.times[-1]) for kept in some)])
    length_s = (last_ns - origin_ns) / NS
    rates_hz = [true_rate_hz(kept.times, kept.rate_hz) for kept in some]
    parts = records(rates_hz, [len(kept.columns) for kept in some], len(slow), length_s)
    placed = _place(some, rates_hz, origin_ns, parts)
    count = max([ceil(length_s / parts.length_s), 1, *(_records(each, parts) for each in placed)])

    signals: list[Signal] = []
    for each in placed:
        signals += wave_signals(each, round(each.rate_hz * parts.length_s) * count)
    at = origin_ns + np.arange(round(SLOW_HZ * parts.length_s) * count, dtype=np.int64) * (NS // SLOW_HZ)
    signals += [make(at) for make in slow]
    said = list(notes(told))
    for each in placed:
        said += _placing(each, origin_ns)
    edfio.Edf(
        [_encoded(signal, len(signal.values) / (count * parts.length_s)) for signal in signals],
        recording=_recording(told, origin_ns),
        starttime=told.when(HostNs(origin_ns)).time(),
        data_record_duration=parts.length_s if signals else None,
        annotations=[edfio.EdfAnnotation(*_placed_note(note, origin_ns)) for note in said],
    ).write(path)
    return {
        "signals": len(signals),
        "annotations": len(said),
        "samples": sum(len(kept.times) for kept in some),
        "samples_left_out": sum(len(kept.times) for kept in streams(told) if kept.kind in WAVES)
        - sum(len(kept.times) for kept in some),
        "slots_filled": sum(len(each.laid.filled) for each in placed),
        "largest_time_error_us": round(max((each.laid.error_s for each in placed), default=0.0) * 1e6),
    }


def _origin_ns(told: Told, some: Sequence[Kept]) -> int:
    """Session time of the file's start: a whole second of wall time, so that nothing is before it."""
    first = min([0, *(int(kept.times[0]) for kept in some)])
    into_ns = told.header.started % NS
    return (first + into_ns) // NS * NS - into_ns


def _place(some: Sequence[Kept], rates_hz: Sequence[float], origin_ns: int, parts: Records) -> list[Placed]:
    grids_hz = [count / parts.length_s for count in parts.counts]
    return [
        Placed(kept, lay(kept.times, origin_ns, grid_hz), grid_hz, true_hz)
        for kept, true_hz, grid_hz in zip(some, rates_hz, grids_hz, strict=True)
    ]


def _placing(placed: Placed, origin_ns: int) -> Iterator[Note]:
    """How a stream lies on its grid, and each slot of it that is no sample."""
    yield Note("grid", origin_ns, None, placed.text)
    slot_ns = NS / placed.rate_hz
    for slot in placed.laid.filled.tolist():
        begins = origin_ns + round(slot * slot_ns)
        yield Note("grid", begins, begins + round(slot_ns), f"filled {placed.kept.name}")


def _records(placed: Placed, parts: Records) -> int:
    """How many records its samples need."""
    return int(placed.laid.slots[-1]) // round(placed.rate_hz * parts.length_s) + 1


def _encoded(signal: Signal, rate_hz: float) -> Any:
    import edfio  # noqa: PLC0415 - an extra

    is_known = ~np.isnan(signal.values)
    known = signal.values[is_known]
    encoded = edfio.EdfSignal.from_digital(
        np.full(len(signal.values), NOTHING, np.int16),
        rate_hz,
        label=_ascii(signal.label, 16),
        transducer_type=_ascii(signal.of, 80),
        physical_dimension=_ascii(signal.dimension, 8),
        physical_range=_range(float(known.min()), float(known.max())) if len(known) else (0, 1),
        prefiltering=f"none; digital {NOTHING}: no sample, or not known",
    )
    least, most = encoded.physical_range  # as it is rounded in the header
    encoded.digital[is_known] = np.rint((known - least) / (most - least) * (_TOP - NOTHING) + NOTHING)
    return encoded


def _range(low: float, high: float) -> tuple[float, float]:
    """A physical range around values, in numbers that fit the header, so that no value gets the digit of `NOTHING`."""
    spare = max(_LEAST_SPAN, (high - low) / 1000)
    decimals = max(0, min(4, _WIDTH - 3 - len(str(int(max(abs(low), abs(high)) + spare)))))
    tens = 10**decimals
    return floor((low - spare) * tens) / tens, ceil((high + spare) * tens) / tens


def _recording(told: Told, origin_ns: int) -> Any:
    """Date, session, software and time zone; a date that EDF cannot say is left out."""
    import edfio  # noqa: PLC0415 - an extra

    day = told.when(HostNs(origin_ns)).date()
    return edfio.Recording(
        startdate=day if day.year in _YEARS else None,
        hospital_administration_code=told.header.session[:24],
        equipment_code=f"Tidehold_{__version__}",
        additional=(f"UTC{time_zone(told.header)}",),
    )


def _placed_note(note: Note, origin_ns: int) -> tuple[float, float | None, str]:
    """Onset and length, s of the file, and the text; what began before the file begins with it."""
    onset = max(0, note.t - origin_ns)
    length_s = None if note.until is None else max(0, note.until - origin_ns - onset) / NS
    return onset / NS, length_s, plain(note.text)


def _ascii(text: str, most: int) -> str:
    return re.sub(r"[^ -~]", "_", text)[:most]
