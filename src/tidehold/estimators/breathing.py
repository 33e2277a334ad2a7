"""Breathing rate from the heartbeats alone: respiratory sinus arrhythmia, tracked."""

from __future__ import annotations

from typing import Final

from tidehold.estimators.heart_stream import HeartStream
from tidehold.estimators.rate_tracker import RateTracker
from tidehold.estimators.rsa import RsaChannel
from tidehold.records import Estimate, Gap, HostNs, Sample
from tidehold.units import NS

RATE_BPM: Final = "breathing/rate_bpm"

_COLLECT_S: Final = 20.0
"""First answers come after 20 to 27 s; before, the reason for having none is that."""


class BreathingEstimator:
    """Breathing rate with its confidence; see `tidehold.estimators.contract.Estimator`.

    `breathing/rate_bpm` is the mean rate of the last half minute. Its quality
    is the confidence: the posterior probability that the rate lies within
    1/min (or 7 %) of what is said. It is given for an unknown rate too, as
    long as heartbeats are heard.

    Args:
        least_confidence: Below this the rate is not said.
    """

    def __init__(self, least_confidence: float = 0.25) -> None:
        self._least = least_confidence
        self._heart = HeartStream()
        self._rsa = RsaChannel()
        self._tracker = RateTracker()
        self._stepped: HostNs | None = None

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("rr" or "contact")."""
        for beat in self._heart.update(sample):
            self._rsa.add(beat)

    def gap(self, gap: Gap) -> None:
        """Break the series of beats where RR intervals are missing."""
        self._heart.gap(gap)

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """The breathing rate now; advances the tracker by the time since it was last asked."""
        silence = self._heart.silence(now)
        evidence = None if silence else self._rsa.evidence(now)
        passed_s = 0.0 if self._stepped is None else (now - self._stepped) / NS
        self._stepped = now
        self._tracker.step(passed_s, [evidence] if evidence else [])
        if silence:
            return (Estimate(now, RATE_BPM, None, 0.0, silence),)
        rate_bpm = self._rsa.counted_bpm(self._tracker.posterior, self._tracker.rate_bpm())
        confidence = self._tracker.confidence(rate_bpm)
        why = self._why_unknown(now, rate_bpm, confidence, seen=evidence is not None)
        return (Estimate(now, RATE_BPM, None if why else rate_bpm, confidence, why),)

    def _why_unknown(self, now: HostNs, rate_bpm: float, confidence: float, *, seen: bool) -> str:
        """The reason not to say the rate; "" if there is none."""
        known = confidence >= self._least
        collected_s = 0.0 if self._heart.started is None else (now - self._heart.started) / NS
        if collected_s < _COLLECT_S and not (seen and known):
            return f"collecting heartbeats: {collected_s:.0f} s of {_COLLECT_S:.0f} s"
        if not seen:
            return "too few clean heartbeats"
        if self._rsa.limit_bpm < rate_bpm:
            return "breathing above half the heart rate cannot be seen in RR"
        if known:
            return ""
        if self._rsa.is_weak:
            return f"RSA too weak ({1e3 * self._rsa.strength_s:.0f} ms)"
        return f"confidence {confidence:.2f} is below {self._least:.2f}"
