"""Heart rate, RMSSD and artefact share from a strap's RR intervals."""

from __future__ import annotations

from tidehold.records import Estimate, Gap, HostNs, Sample


class HeartEstimator:
    """Heart rate, RMSSD and artefact share; see `tidehold.estimators.contract.Estimator`."""

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("rr", "hr" or "contact")."""

    def gap(self, gap: Gap) -> None:
        """Break the series of beats where RR intervals are missing."""

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """`heart/hr_bpm`, `heart/rmssd_ms` and `heart/artefact_share`."""
        names = ("heart/hr_bpm", "heart/rmssd_ms", "heart/artefact_share")
        return tuple(Estimate(now, name, None, 0.0, "no heartbeats yet") for name in names)
