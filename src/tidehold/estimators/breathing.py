"""Breathing rate from the heartbeats alone: respiratory sinus arrhythmia, tracked."""

from __future__ import annotations

from tidehold.records import Estimate, Gap, HostNs, Sample


class BreathingEstimator:
    """Breathing rate with its confidence; see `tidehold.estimators.contract.Estimator`."""

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("rr" or "contact")."""

    def gap(self, gap: Gap) -> None:
        """Break the series of beats where RR intervals are missing."""

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """`breathing/rate_bpm`, its quality the confidence."""
        return (Estimate(now, "breathing/rate_bpm", None, 0.0, "no heartbeats yet"),)
