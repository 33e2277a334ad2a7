"""Heart rate, RMSSD, SDNN and artefact share from a strap's RR intervals."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final, NamedTuple

from tidehold.estimators.contract import stream_kind
from tidehold.estimators.heart_stream import BEAT_KINDS, SILENT_AFTER_S, HeartStream
from tidehold.estimators.rr_cleaning import Beat, Flag
from tidehold.records import Estimate, Gap, HostNs, Sample
from tidehold.units import NS

HR_BPM: Final = "heart/hr_bpm"
RMSSD_MS: Final = "heart/rmssd_ms"
SDNN_MS: Final = "heart/sdnn_ms"
ARTEFACT_SHARE: Final = "heart/artefact_share"

_RATE_WINDOW_S: Final = 10.0
_LEAST_INTERVALS: Final = 3
_OWN_FIGURE_QUALITY: Final = 0.5
"""Of the strap's own heart rate, whose window and artefact handling are not known."""
_COMPLETE: Final = 0.9
_LEAST_DIFFERENCES: Final = 20
_LEAST_CLEAN: Final = 20
_MOST_ARTEFACTS: Final = 0.2
_LEAST_BEATS: Final = 10


class _Window(NamedTuple):
    """The entries of one window, and of their beats: how many, how long they take, share not as it was measured."""

    beats: list[Beat]
    number: int
    heard_s: float
    artefacts: float


class HeartEstimator:
    """Heart rate, RMSSD, SDNN and artefact share; see `tidehold.estimators.contract.Estimator`.

    - `heart/hr_bpm`: mean over the last 10 s of beats, missed and extra ones
      put right. Quality: share of the 10 s that clean intervals cover. Where
      the strap sends no RR intervals, its own figure, with quality 0.5.
    - `heart/rmssd_ms`: root mean square of successive differences (Task Force
      1996) of the last `window_s`, between neighbours that are both as they
      were measured. Quality: share of the window that such neighbours cover.
    - `heart/sdnn_ms`: standard deviation (n - 1) of the intervals of the last
      `window_s` that are as they were measured. Of a minute; it is not the
      SDNN of five minutes or a day, which slower changes make larger. Quality:
      share of the window that such intervals cover.
    - `heart/artefact_share`: share of the beats of the last `window_s` that are
      not as they were measured. Quality: share of the window that was heard.

    Args:
        window_s: Window of RMSSD, SDNN and artefact share, s.
    """

    def __init__(self, window_s: float = 60.0) -> None:
        self._window_s = window_s
        self._heart = HeartStream()
        self._beats: deque[Beat] = deque()
        self._own: tuple[HostNs, float] = (HostNs(0), 0.0)

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("rr_clean", "hr" or "contact")."""
        kind = stream_kind(sample.stream)
        if kind in BEAT_KINDS:
            self._beats.extend(self._heart.update(sample))
        elif kind == "hr":
            self._own = (sample.t, float(sample.values[-1]))

    def gap(self, gap: Gap) -> None:
        """Break the series of beats where RR intervals are missing."""
        self._heart.gap(gap)

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """Heart rate, RMSSD, SDNN and artefact share, in this order."""
        silence = self._heart.silence(now)
        if silence:
            return (
                self._own_figure(now, silence),
                Estimate(now, RMSSD_MS, None, 0.0, silence),
                Estimate(now, SDNN_MS, None, 0.0, silence),
                Estimate(now, ARTEFACT_SHARE, None, 0.0, silence),
            )
        window = self._last(self._window_s)
        return (
            self._rate(now),
            self._rmssd(now, window),
            self._sdnn(now, window),
            self._artefacts(now, window),
        )

    def _last(self, window_s: float) -> _Window:
        """Beats of the window that ends at the newest beat; those older than any window are let go."""
        newest = self._heart.newest or 0
        while self._beats and newest - self._beats[0].t >= max(self._window_s, _RATE_WINDOW_S) * NS:
            self._beats.popleft()
        span = window_s * NS
        beats = [beat for beat in self._beats if newest - beat.t < span]
        number = sum([beat.beats for beat in beats])
        wrong = sum([beat.beats for beat in beats if beat.flag is not Flag.CLEAN])
        return _Window(beats, number, _duration_s(beats), wrong / max(1, number))

    def _own_figure(self, now: HostNs, silence: str) -> Estimate:
        """The strap's own heart rate, if it is one that sends no RR intervals; else it may be an old one held."""
        t, hr_bpm = self._own
        alone = self._heart.contact and self._heart.newest is None
        if not alone or hr_bpm <= 0 or (now - t) / NS > SILENT_AFTER_S:
            return Estimate(now, HR_BPM, None, 0.0, silence)
        return Estimate(now, HR_BPM, hr_bpm, _OWN_FIGURE_QUALITY, "the strap's own figure: it sends no RR intervals")

    def _rate(self, now: HostNs) -> Estimate:
        beats, _, _, artefacts = self._last(_RATE_WINDOW_S)
        usable = [beat for beat in beats if beat.flag is not Flag.STRAY]
        if len(usable) < _LEAST_INTERVALS:
            why = f"collecting: {len(usable)} of {_LEAST_INTERVALS} heartbeats"
            if artefacts > _MOST_ARTEFACTS:
                why = _too_many(artefacts)
            return Estimate(now, HR_BPM, None, 0.0, why)
        hr_bpm = 60 * sum([beat.beats for beat in usable]) / _duration_s(usable)
        clean_s = _duration_s([beat for beat in usable if beat.flag is Flag.CLEAN])
        return Estimate(now, HR_BPM, hr_bpm, min(1.0, clean_s / _RATE_WINDOW_S))

    def _rmssd(self, now: HostNs, window: _Window) -> Estimate:
        pairs = [(before.rr_s, beat.rr_s) for before, beat in pairwise(window.beats) if beat.follows]
        quality = min(1.0, sum([rr_s for _, rr_s in pairs]) / self._window_s)
        why = self._why_unknown(window)
        if why:
            return Estimate(now, RMSSD_MS, None, quality, why)
        if len(pairs) < _LEAST_DIFFERENCES:
            why = f"only {len(pairs)} clean successive differences of {_LEAST_DIFFERENCES}"
            return Estimate(now, RMSSD_MS, None, quality, why)
        squares = sum([(rr_s - before_s) ** 2 for before_s, rr_s in pairs])
        return Estimate(now, RMSSD_MS, 1e3 * (squares / len(pairs)) ** 0.5, quality)

    def _sdnn(self, now: HostNs, window: _Window) -> Estimate:
        clean = [beat.rr_s for beat in window.beats if beat.flag is Flag.CLEAN]
        quality = min(1.0, sum(clean) / self._window_s)
        why = self._why_unknown(window)
        if not why and len(clean) < _LEAST_CLEAN:
            why = f"only {len(clean)} clean intervals of {_LEAST_CLEAN}"
        if why:
            return Estimate(now, SDNN_MS, None, quality, why)
        mean_s = sum(clean) / len(clean)
        squares = sum([(rr_s - mean_s) ** 2 for rr_s in clean])
        return Estimate(now, SDNN_MS, 1e3 * (squares / (len(clean) - 1)) ** 0.5, quality)

    def _why_unknown(self, window: _Window) -> str:
        """Why the window says nothing about variability; "" if it does."""
        if window.heard_s < _COMPLETE * self._window_s:
            return f"collecting: {window.heard_s:.0f} of {self._window_s:.0f} s"
        return _too_many(window.artefacts) if window.artefacts > _MOST_ARTEFACTS else ""

    def _artefacts(self, now: HostNs, window: _Window) -> Estimate:
        quality = min(1.0, window.heard_s / self._window_s)
        if window.number < _LEAST_BEATS:
            why = f"collecting: {window.number} of {_LEAST_BEATS} heartbeats"
            return Estimate(now, ARTEFACT_SHARE, None, quality, why)
        return Estimate(now, ARTEFACT_SHARE, window.artefacts, quality)


def _duration_s(beats: list[Beat]) -> float:
    return sum([beat.rr_s * beat.beats for beat in beats])


def _too_many(artefacts: float) -> str:
    return f"too many artefacts: {100 * artefacts:.0f} %"
