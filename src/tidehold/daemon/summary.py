"""What a session came to, as the one JSON object that `--json` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidehold.records import Cue, Estimate, Gap, HostNs, Output, Snapshot
from tidehold.units import NS

NOT_YET = Estimate(HostNs(0), "", None, 0.0, "nothing was estimated yet")


class Summary:
    """Listens to a session's outputs; `result` is what they came to so far."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._gaps: list[Gap] = []
        self._cues: list[Cue] = []

    def hear(self, out: Output) -> None:
        """Take one output."""
        if isinstance(out, Snapshot):
            self._snapshot = out
        elif isinstance(out, Gap):
            self._gaps.append(out)
        elif isinstance(out, Cue):
            self._cues.append(out)

    def result(self, path: Path) -> dict[str, Any]:
        """Session path, length, counts, gaps, and the last word of each estimator.

        An unknown value is None beside a `why`.
        """
        now = self._snapshot
        inputs: dict[str, dict[str, int]] = {}
        for key, count in (now.inputs if now else {}).items():
            source, _, channel = key.partition("/")
            inputs.setdefault(source, {})[channel] = count
        return {
            "session": str(path),
            "seconds": round(now.t / NS, 3) if now else 0.0,
            "inputs": inputs,
            "gaps": [
                {
                    "stream": gap.stream,
                    "start_s": round(gap.start / NS, 3),
                    "end_s": round(gap.end / NS, 3),
                    "lost": gap.lost,
                    "why": gap.why,
                }
                for gap in self._gaps
            ],
            "rejected": now.rejected if now else {},
            "heart": {
                **self._say("heart/hr_bpm", "hr_bpm"),
                "rmssd": self._say("heart/rmssd_ms", "rmssd_ms"),
                "artefact": self._say("heart/artefact_share", "share"),
            },
            "breathing": self._say("breathing/rate_bpm", "rate_bpm", "confidence"),
            "streams": {
                name: {"samples": stream.count, "rate_hz": stream.rate_hz, "gaps": stream.gaps}
                for name, stream in (now.streams if now else {}).items()
            },
            "cues": [{"t_s": round(cue.t / NS, 3), "kind": cue.kind, "text": cue.text} for cue in self._cues],
        }

    def line(self) -> str:
        """The present moment in one line, for a person."""
        now = self._snapshot
        if now is None:
            return "starting"
        parts = [f"{now.t / NS:7.0f} s"]
        for name, label, digits in (("heart/hr_bpm", "heart", 0), ("breathing/rate_bpm", "breathing", 1)):
            said = now.estimates.get(name, NOT_YET)
            parts.append(
                f"{label} unknown: {said.why}"
                if said.value is None
                else f"{label} {said.value:.{digits}f}/min (confidence {said.quality:.2f})"
            )
        links = ", ".join(f"{source} {link.state}" for source, link in now.links.items())
        return "  ".join([*parts, f"gaps {now.gaps}", links or "looking for a strap"])

    def _say(self, name: str, value: str, quality: str = "quality") -> dict[str, Any]:
        said = self._snapshot.estimates.get(name, NOT_YET) if self._snapshot else NOT_YET
        return {value: said.value, quality: round(said.quality, 3), "why": said.why}
