"""How well the person's breathing follows the pacer: a score with what it is made of, or why there is none.

Phase lock, rate and timing are weighed as in Tidehold's reference design: a breathing phase is compared with
the pacer's as a phase-locking value (PLV, Lachaux et al., Hum Brain Mapp 1999;8:194), not as coherence, which
is biased where a minute has only six breaths.
"""

from __future__ import annotations

import cmath
import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tidehold.coach.pacing import error_s, phase_rad
from tidehold.records import Breath, Estimate, HostNs, Output, Pacing
from tidehold.units import NS

PREFIX: Final = "pacing/"
FIGURES: Final = ("score", "plv", "lag_s", "rate_error", "cue_error_s", "jitter_s", "in_out_ratio", "coverage")
"""What is said each second while pacing ("pacing/score"), and of a step ("pacing/step_score") and a session.

`score` 0..100; `plv` 0..1; `lag_s` of the person behind the pacer; `rate_error` as a share of the rate that is asked
for, above 0 if it is faster; `cue_error_s` mean distance of an inhalation's start from its cue; `jitter_s` SD of that
around the lag; `in_out_ratio` from the start of an inhalation to that of the exhalation, over the rest of the breath;
`coverage` share of the time at which the phase was known.
"""
OFF: Final = "the pacer is off"

LEAST_CONFIDENCE: Final = 0.25
"""Below this, phase, rate and breaths count as unknown."""
_WINDOW_NS: Final = 60 * NS
"""Phase and breaths are looked at over a minute: six breaths of the slow breathing that is paced most."""
_LEAST_S: Final = 30.0
"""Of known phase in it. Over less, a person who does not follow looks locked by chance."""
_TICKS_PER_S: Final = 4
"""Phases said a second, see `records.Tick`."""
_LEAST_COVERAGE: Final = 0.5
"""Of a step or a session, for figures about the whole of it."""
_LEAST_BREATHS: Final = 3
_LOCKED: Final = 0.3
"""A PLV below this is met without following at all: no lag is said, and the score gets nothing from it."""
_FULL: Final = 0.9
"""A PLV that nobody needs to better."""
_RATE_WIDTH: Final = 0.1
"""Rate error as a share at which its part of the score has fallen to 1/e."""
_CUE_WIDTH: Final = 0.15
"""The same for a breath's timing, as a share of the breath."""


class _Phase(NamedTuple):
    """The breathing phase less the pacer's at `t`, on the unit circle; None while it is unknown."""

    t: HostNs
    behind: complex | None


class _Timed(NamedTuple):
    """A breath against the pacer: how late it began, how well it kept to two cues (0..1), and its parts, s."""

    t: HostNs
    error_s: float
    kept: float
    inhale_s: float
    exhale_s: float


class Adherence:
    """Listens to what is said of the breathing, and says how it follows the pacer."""

    def __init__(self) -> None:
        self._pacing: Pacing | None = None
        self._since = HostNs(0)  # of the first breath that is asked for
        self._phases: deque[_Phase] = deque()
        self._breaths: deque[_Timed] = deque()
        self._rate: Estimate | None = None
        self._why = ""  # the phase is unknown
        self._step = _Whole("step")
        self._session = _Whole("session")

    def pace(self, now: HostNs, pacing: Pacing | None, *, goes_on: bool = False) -> list[Output]:
        """Another breathing, or none, is asked for from now on: what the step that ends here came to.

        Where it `goes_on`, as one breathing that changes, the step does not end.
        """
        if goes_on and self._pacing is not None and pacing is not None:
            self._pacing = pacing
            return []
        said = self._end_step(now)
        if self._pacing is not None and pacing is None:
            said += [Estimate(now, PREFIX + name, None, 0.0, OFF) for name in FIGURES]
        self._pacing = pacing
        self._since = pacing.since if pacing is not None else now
        self._phases.clear()
        self._breaths.clear()
        return said

    def hear(self, out: Output) -> list[Output]:
        """Take an output of the estimators; a breath leads to its timing error."""
        if isinstance(out, Estimate):
            if out.name == "breathing/rate_bpm":
                self._rate = out
            elif out.name == "breathing/phase_rad" and self._pacing is not None:
                self._hear_phase(out, self._pacing)
        elif isinstance(out, Breath) and self._pacing is not None and out.inhale >= self._since:
            return self._hear_breath(out, self._pacing)
        return []

    def estimates(self, now: HostNs) -> list[Output]:
        """How well the person follows the pacer; nothing while it is off. To be asked every second."""
        if self._pacing is None:
            return []
        for seen in (self._phases, self._breaths):
            while seen and seen[0].t <= now - _WINDOW_NS:
                seen.popleft()
        coverage = _share(sum(phase.behind is not None for phase in self._phases), len(self._phases))
        found = self._figures(now, self._pacing) | {"coverage": (coverage, "")}
        self._step.add({name: value for name, (value, _) in found.items()})
        return [Estimate(now, PREFIX + name, *_said(found[name], coverage)) for name in FIGURES]

    def close(self, now: HostNs) -> list[Output]:
        """The session ends: what its last step came to, and all of it."""
        said = self._end_step(now)
        return said + self._session.said(now) if self._session.begun else said

    def _hear_phase(self, phase: Estimate, pacing: Pacing) -> None:
        self._why = phase.why
        behind = None
        if phase.value is not None and phase.quality >= LEAST_CONFIDENCE:
            behind = cmath.rect(1.0, phase_rad(pacing, phase.t) - phase.value)
        self._phases.append(_Phase(phase.t, behind))
        self._step.count(known=behind is not None)

    def _hear_breath(self, breath: Breath, pacing: Pacing) -> list[Output]:
        late_s = error_s(pacing, breath.inhale)
        if breath.quality >= LEAST_CONFIDENCE:
            # Both ends count: at twice the rate every other breath begins with a cue all the same.
            late_end_s = late_s + (breath.end - breath.inhale) / NS - pacing.pattern.length_s
            width_s = _CUE_WIDTH * pacing.pattern.length_s
            kept = math.exp(-(late_s * late_s + late_end_s * late_end_s) / (2 * width_s * width_s))
            inhale_s, exhale_s = (breath.exhale - breath.inhale) / NS, (breath.end - breath.exhale) / NS
            self._breaths.append(_Timed(breath.t, late_s, kept, inhale_s, exhale_s))
        return [Estimate(breath.t, "pacing/breath_error_s", late_s, breath.quality)]

    def _figures(self, now: HostNs, pacing: Pacing) -> dict[str, tuple[float | None, str]]:
        """Each figure but coverage, or why it is not known."""
        locked, why = self._lock(now)
        plv = None if locked is None else abs(locked)
        rate_error, why_rate = self._rate_error(pacing)
        breaths = self._breaths if len(self._breaths) >= _LEAST_BREATHS else ()
        late = _mean_on_circle((each.error_s for each in breaths), pacing.pattern.length_s)
        why_timing = why or "no breaths seen: their timing needs chest motion"
        lag_s, why_lag = late, why
        if plv is not None and plv < _LOCKED:
            lag_s, why_lag = None, "not with the pacer"
        elif lag_s is None and locked is not None:
            lag_s = cmath.phase(locked) / (2 * math.pi) * pacing.pattern.length_s
        score = None if plv is None or rate_error is None else _score(plv, rate_error, [each.kept for each in breaths])
        return {
            "score": (score, why or why_rate),
            "plv": (plv, why),
            "lag_s": (None if plv is None else lag_s, why_lag),
            "rate_error": (rate_error, why_rate),
            "cue_error_s": (_mean([abs(each.error_s) for each in breaths]), why_timing),
            "jitter_s": (_scatter([each.error_s for each in breaths], late, pacing.pattern.length_s), why_timing),
            "in_out_ratio": (_ratio(breaths), why_timing),
        }

    def _lock(self, now: HostNs) -> tuple[complex | None, str]:
        """Mean of the known phase differences of the last minute, or why there is none."""
        known = [phase.behind for phase in self._phases if phase.behind is not None]
        known_s, paced_s = len(known) / _TICKS_PER_S, (now - self._since) / NS
        if known_s >= _LEAST_S:
            return sum(known) / len(known), ""
        if paced_s < _LEAST_S:
            return None, f"paced for {max(0.0, paced_s):.0f} s of {_LEAST_S:.0f} s"
        span = "last minute" if paced_s * NS >= _WINDOW_NS else f"{paced_s:.0f} s so far"
        reason = f": {self._why}" if self._why else ""
        return None, f"breathing phase known for {known_s:.0f} s of the {span}{reason}"

    def _rate_error(self, pacing: Pacing) -> tuple[float | None, str]:
        rate = self._rate
        if rate is None or rate.value is None:
            return None, rate.why if rate else "nothing is known of the breathing"
        if rate.quality < LEAST_CONFIDENCE:
            return None, f"confidence {rate.quality:.2f} is below {LEAST_CONFIDENCE:.2f}"
        return rate.value / pacing.pattern.rate_bpm - 1, ""

    def _end_step(self, now: HostNs) -> list[Output]:
        if self._pacing is None:
            return []
        said = self._step.said(now)
        self._session.join(self._step)
        self._step = _Whole("step")
        return said


class _Whole:
    """A step or a session: its figures are the means over the seconds at which they were known."""

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self._sums: dict[str, tuple[float, int]] = {}
        self._phases = self._known = 0

    @property
    def begun(self) -> bool:
        """Whether anything was paced."""
        return bool(self._sums)

    def count(self, *, known: bool) -> None:
        """Count a phase."""
        self._phases += 1
        self._known += known

    def add(self, figures: Mapping[str, float | None]) -> None:
        """Take the figures of a second."""
        for name, value in figures.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total, count) if value is None else (total + value, count + 1)

    def join(self, other: _Whole) -> None:
        """Take another one's seconds too."""
        self._phases += other._phases
        self._known += other._known
        for name, (total, count) in other._sums.items():
            mine, counted = self._sums.get(name, (0.0, 0))
            self._sums[name] = (mine + total, counted + count)

    def said(self, now: HostNs) -> list[Output]:
        """Its figures, as estimates."""
        coverage = _share(self._known, self._phases)
        why = ""
        if coverage < _LEAST_COVERAGE:
            why = f"the breathing phase was known for {100 * coverage:.0f} % of the {self._scope}"
        found: dict[str, tuple[float | None, str]] = {}
        for name in FIGURES:
            total, count = self._sums.get(name, (0.0, 0))
            found[name] = (total / count if count and not why else None, why or f"not known in this {self._scope}")
        found["coverage"] = (coverage, "")
        return [Estimate(now, f"{PREFIX}{self._scope}_{name}", *_said(found[name], coverage)) for name in FIGURES]


def _score(plv: float, rate_error: float, kept: list[float]) -> float:
    """0..100. Without chest motion nothing is known of single breaths; the other parts then weigh more."""
    locked = min(max((plv - _LOCKED) / (_FULL - _LOCKED), 0.0), 1.0)
    at_rate = math.exp(-((rate_error / _RATE_WIDTH) ** 2))
    timing = _mean(kept)
    if timing is None:
        return 100 * (0.6 * locked + 0.4 * at_rate)
    return 100 * (0.5 * locked + 0.3 * at_rate + 0.2 * timing)


def _said(figure: tuple[float | None, str], coverage: float) -> tuple[float | None, float, str]:
    """Value, quality and reason of an estimate."""
    value, why = figure
    return (None, 0.0, why) if value is None else (value, coverage, "")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _mean_on_circle(errors_s: Iterable[float], length_s: float) -> float | None:
    """Mean of what repeats every `length_s`, within half of that; None of nothing."""
    turns = [cmath.rect(1.0, 2 * math.pi * error / length_s) for error in errors_s]
    return cmath.phase(sum(turns)) / (2 * math.pi) * length_s if turns else None


def _scatter(errors_s: list[float], middle: float | None, length_s: float) -> float | None:
    """SD around the middle of what repeats every `length_s`; None of fewer than two."""
    if middle is None or len(errors_s) < 2:
        return None
    apart = [(error - middle + length_s / 2) % length_s - length_s / 2 for error in errors_s]
    return math.sqrt(sum(each * each for each in apart) / (len(apart) - 1))


def _ratio(breaths: Iterable[_Timed]) -> float | None:
    """Mean time from the start of an inhalation to that of the exhalation, over that from there to the end."""
    exhale_s = sum(each.exhale_s for each in breaths)
    return sum(each.inhale_s for each in breaths) / exhale_s if exhale_s > 0 else None
