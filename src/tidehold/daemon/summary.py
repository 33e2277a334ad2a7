"""What a session came to, as the one JSON object that `--json` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidehold.records import Cue, Estimate, Gap, Hold, HostNs, Output, Snapshot, StreamView
from tidehold.routine import Finding, Measured, Scored
from tidehold.units import NS

MOTION_SOURCES = ("phone", "imu", "phone2")
"""Sources that can say how a limb is held, the better one first."""
DROPPED = "phone/push: dropped"
NOT_YET = Estimate(HostNs(0), "", None, 0.0, "nothing was estimated yet")


class Summary:
    """Listens to a session's outputs; `result` is what they came to so far."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._gaps: list[Gap] = []
        self._cues: list[Cue] = []
        self._holds: dict[tuple[str, HostNs], Hold] = {}  # by source and start
        self._measured: dict[tuple[str, HostNs], Measured] = {}  # by source and start
        self._scores: list[Scored] = []
        self._findings: dict[tuple[str, HostNs], Finding] = {}  # by kind and onset
        self._profiles: dict[str, str] = {}  # only the link that comes up names it

    def hear(self, out: Output) -> None:
        """Take one output."""
        if isinstance(out, Snapshot):
            self._snapshot = out
            self._holds |= {(hold.source, hold.start): hold for hold in out.holds}
            self._measured |= {(each.source, each.start): each for each in out.measured}
            self._profiles |= {
                source: link.detail["profile"] for source, link in out.links.items() if "profile" in link.detail
            }
        elif isinstance(out, Gap):
            self._gaps.append(out)
        elif isinstance(out, Cue):
            self._cues.append(out)
        elif isinstance(out, Hold):
            self._holds[out.source, out.start] = out
        elif isinstance(out, Measured):
            self._measured[out.source, out.start] = out
        elif isinstance(out, Scored):
            self._scores.append(out)
        elif isinstance(out, Finding):
            self._findings[out.kind, out.since] = out

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
            "breathing": {
                **self._say("breathing/rate_bpm", "rate_bpm", "confidence"),
                **{key: self._last(f"breathing/{key}").value for key in ("phase_rad", "held_s", "inhale_share")},
            },
            "pacing": self._pacing(),
            "phone": self._phone(),
            "hold": self._hold(),
            "measured": [_found(each) for each in self._measured.values()],
            "routine": self._routine(),
            "align": {
                **self._say("align/residual_ms", "residual_ms"),
                "taps": self._say("align/taps_ms", "moved_ms"),
            },
            "streams": {
                name: {"samples": stream.count, "rate_hz": stream.rate_hz, "gaps": stream.gaps}
                for name, stream in (now.streams if now else {}).items()
            },
            "cues": [{"t_s": round(cue.t / NS, 3), "kind": cue.kind, "text": cue.text} for cue in self._cues],
        }

    def _pacing(self) -> dict[str, Any]:
        """What is asked of the breathing now, and how it was followed in the last minute and in all of the session."""
        pacing = self._snapshot.pacing if self._snapshot else None
        keys = ("score", "plv", "lag_s", "coverage", "session_score")
        found = {key: self._last(f"pacing/{key}") for key in keys}
        return {
            "pattern": pacing.pattern.text if pacing else None,
            **{key: estimate.value for key, estimate in found.items()},
            "why": found["score"].why if found["score"].name else "no pacer in this session",
        }

    def _routine(self) -> dict[str, Any] | None:
        """Where the person is in the routine, what its steps, its phases and all of it came to, and what went wrong."""
        guide = self._snapshot.guide if self._snapshot else None
        if guide is None:
            return None
        return {
            "id": guide.routine,
            "state": guide.state,
            "ended": guide.ended,
            "left_s": round(guide.session_left_s, 3),
            "score": guide.score,
            "scores": [_scored(each) for each in self._scores],
            "findings": [
                {
                    "kind": each.kind,
                    "step": each.step,
                    "side": each.side,
                    "since_s": round(each.since / NS, 3),
                    "until_s": None if each.until is None else round(each.until / NS, 3),
                    "text": each.text,
                }
                for each in self._findings.values()
            ],
        }

    def _phone(self) -> dict[str, Any]:
        """How the phone's stream is: rate and age of its motion, messages lost to a full queue."""
        now = self._snapshot
        link = now.links.get("phone") if now else None
        motion = self._motion("phone")
        counts = now.rejected if now else {}
        return {
            "rate_hz": motion.rate_hz if motion else None,
            "age_s": round(motion.age_s, 3) if motion and motion.age_s is not None else None,
            "dropped": sum(count for reason, count in counts.items() if reason.startswith(DROPPED)),
            "profile": self._profiles.get("phone"),
            "link": link.state if link else None,
            "why": "" if motion else "nothing came from a phone" if link else "no phone in this session",
        }

    def _hold(self) -> dict[str, Any]:
        """The posture that the phone, or else a BLE motion sensor, sees, and the holds of all sensors that are over."""
        source = next((each for each in MOTION_SOURCES if self._motion(each)), MOTION_SOURCES[0])
        tilt, rms = (self._last(f"{source}/{name}") for name in ("tilt_deg", "rms_deg"))
        return {
            "source": source,
            "tilt_deg": tilt.value,
            "rms_deg": rms.value,
            "quality": round(tilt.quality, 3),
            "why": tilt.why or rms.why,
            "angle_deg": self._last(f"{source}/angle_deg").value,
            "hold_s": self._last(f"{source}/hold_s").value,
            "score": self._last(f"{source}/hold_score").value,
            "holds": [_told(hold) for hold in self._holds.values()],
        }

    def _motion(self, source: str) -> StreamView | None:
        """The stream that tells where down is."""
        streams = self._snapshot.streams if self._snapshot else {}
        return streams.get(f"{source}/acc") or streams.get(f"{source}/gravity")

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
        tilt = next(
            (each for each in (self._last(f"{source}/tilt_deg") for source in MOTION_SOURCES) if each.name), None
        )
        if tilt is not None:
            parts.append(f"tilt unknown: {tilt.why}" if tilt.value is None else f"tilt {tilt.value:.1f} deg")
        links = ", ".join(f"{source} {link.state}" for source, link in now.links.items())
        return "  ".join([*parts, f"gaps {now.gaps}", links or "looking for a strap"])

    def _last(self, name: str) -> Estimate:
        return self._snapshot.estimates.get(name, NOT_YET) if self._snapshot else NOT_YET

    def _say(self, name: str, value: str, quality: str = "quality") -> dict[str, Any]:
        said = self._last(name)
        return {value: said.value, quality: round(said.quality, 3), "why": said.why}


def _told(hold: Hold) -> dict[str, Any]:
    """A hold that is over; figures are None where it was too short for any."""
    figures = hold.figures
    return {
        "source": hold.source,
        "start_s": round(hold.start / NS, 3),
        "end_s": round(hold.end / NS, 3),
        "score": hold.score,
        "why": hold.why,
        "inclination_deg": figures.inclination_deg if figures else None,
        "angle_deg": figures.angle_deg if figures else None,
        "rms_deg": figures.rms_deg if figures else None,
        "drift_deg_min": figures.drift_deg_min if figures else None,
        "slips": list(figures.slips) if figures else [],
    }


def _found(each: Measured) -> dict[str, Any]:
    """What a task came to; an unknown figure is None, and `why` has its reason under the same name."""
    task = each.task
    return {
        "source": each.source,
        "kind": task.kind,
        "side": task.side,
        "start_s": round(each.start / NS, 3),
        "end_s": round(each.end / NS, 3),
        "figures": each.figures,
        "quality": round(each.quality, 3),
        "why": each.why,
    }


def _scored(each: Scored) -> dict[str, Any]:
    """What a step, a phase or the session came to; a score that is not known is None beside a `why`."""
    return {
        "scope": each.scope,
        "id": each.id,
        "side": each.side,
        "state": each.state,
        "start_s": round(each.start / NS, 3),
        "end_s": round(each.end / NS, 3),
        "lasted_s": round(each.lasted_s, 3),
        "score": each.score,
        "coverage": round(each.coverage, 3),
        "parts": each.parts,
        "figures": each.figures,
        "why": each.why,
    }
