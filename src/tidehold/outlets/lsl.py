"""Lab Streaming Layer: every stream of a session as an outlet, for LabRecorder and its like.

A sample has the time that Tidehold knows for it, on LSL's own clock (`pylsl.local_clock`, seconds). Rates are said to
be irregular: those of real devices are up to 2 % off their nominal ones, and the times are the measured ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tidehold.outlets.contract import FIGURES, OutletError, figure_of
from tidehold.records import Cue, HostNs, Output, Sample, Snapshot
from tidehold.routine import Finding
from tidehold.session.header import Header
from tidehold.units import NS

_KINDS: Final = {"ecg": "ECG", "acc": "Accelerometer", "gyr": "Gyroscope", "gravity": "Gravity", "rr": "RR", "hr": "HR"}
"""What the streams are called in LSL's list of content types; others by their own name."""
_TRIES: Final = 5
"""Looks at both clocks, of which the quickest counts: whoever is interrupted between them sees them too far apart."""
_QUIET: Final = "[log]\nlevel = -3\n"
"""The library would write its own lines among the recorder's."""


class Lsl:
    """Outlets of the Lab Streaming Layer: one for each stream, one for the figures, one for markers.

    Args:
        header: Of the session; names units and columns of its streams.
        now: The session clock.
    """

    name = "LSL"

    def __init__(self, header: Header, now: Callable[[], HostNs]) -> None:
        self._header = header
        self._now = now
        self._outlets: dict[str, Any] = {}
        self._lsl: Any = None
        self._offset_s = 0.0

    def open(self) -> None:
        """Load the library, and open the outlets of figures and markers."""
        try:
            import pylsl  # noqa: PLC0415 - an extra
        except (ImportError, RuntimeError) as error:  # RuntimeError: its own library is missing
            raise OutletError(f"LSL cannot be used ({error}): pip install 'tidehold[lsl]'") from None
        pylsl.set_config_content(_QUIET)
        self._lsl = pylsl
        self._keep_time()
        figures = tuple((figure.key, figure.unit) for figure in FIGURES)
        self._outlets["figures"] = self._outlet("figures", "Figures", figures)
        self._outlets["markers"] = self._outlet("markers", "Markers", (("text", ""),), text=True)

    def send(self, out: Output) -> None:
        """Push samples, figures, and what is worth a marker."""
        if isinstance(out, Sample):
            self._samples(out)
        elif isinstance(out, Snapshot):
            self._keep_time()
            found = (figure_of(out, figure) for figure in FIGURES)
            values = [np.nan if each is None or each.value is None else each.value for each in found]
            self._outlets["figures"].push_sample(values, self._at(out.t))
        elif isinstance(out, Cue):
            self._outlets["markers"].push_sample([f"{out.kind}: {out.text}"], self._at(out.t))
        elif isinstance(out, Finding):
            state = "finding" if out.until is None else "finding over"
            self._outlets["markers"].push_sample([f"{state}: {out.kind}: {out.text}"], self._at(out.t))

    def close(self) -> None:
        """Close all outlets."""
        self._outlets.clear()

    def _samples(self, out: Sample) -> None:
        if not len(out.times):
            return
        rows = out.values.reshape(len(out.times), -1)
        outlet = self._outlets.get(out.stream)
        if outlet is None:
            kind = out.stream.rpartition("/")[2]
            columns = columns_of(self._header, out.stream, rows.shape[1])
            outlet = self._outlets[out.stream] = self._outlet(out.stream, _KINDS.get(kind, kind), columns)
        outlet.push_chunk(rows, list(out.times / NS + self._offset_s))

    def _keep_time(self) -> None:
        """From the session clock to LSL's, s. Asked again and again: only one of the two counts through suspend."""
        error_s, offset_s = min(self._looked() for _ in range(_TRIES))
        if abs(offset_s - self._offset_s) > error_s + 0.001:  # less is no news
            self._offset_s = offset_s

    def _looked(self) -> tuple[float, float]:
        """By how much it may be wrong, and how far LSL's clock is ahead of the session's, s."""
        before = self._now()
        lsl_s = self._lsl.local_clock()
        after = self._now()
        return (after - before) / 2 / NS, lsl_s - (before + after) / 2 / NS

    def _at(self, t: HostNs) -> float:
        return float(t / NS + self._offset_s)

    def _outlet(self, name: str, kind: str, columns: tuple[tuple[str, str], ...], *, text: bool = False) -> Any:
        form = self._lsl.cf_string if text else self._lsl.cf_double64
        source = f"tidehold-{self._header.session}-{name}"
        info = self._lsl.StreamInfo(f"tidehold {name}", kind, len(columns), self._lsl.IRREGULAR_RATE, form, source)
        channels = info.desc().append_child("channels")
        for label, unit in columns:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
        return self._lsl.StreamOutlet(info)


def columns_of(header: Header, stream: str, count: int) -> tuple[tuple[str, str], ...]:
    """Label and unit of each column of a stream, as the profiles of a session have them."""
    source, _, name = stream.partition("/")
    for profile in header.profiles.values():
        for each in profile.stream:
            if each.id == name and len(each.columns or (name,)) == count and source.startswith(profile.kind):
                return tuple((label, each.unit) for label in each.columns or (name,))
    return tuple((name if count == 1 else f"{name} {k}", "") for k in range(1, count + 1))
