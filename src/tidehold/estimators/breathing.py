"""Breathing from all that is heard of it: heartbeats, the ECG, the motion of chest or belly.

Every channel says what it has seen as a row of log evidence over the rates;
one tracker weighs the rows together. A channel without information is flat and
drops out by itself, and one that is silent says why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from tidehold.estimators.chest import Chest
from tidehold.estimators.chest_breathing import ChestBreathing, ChestSaid
from tidehold.estimators.chest_rate import ChestRate
from tidehold.estimators.contract import stream_kind
from tidehold.estimators.edr import EdrChannel
from tidehold.estimators.heart_stream import BEAT_KINDS, HeartStream
from tidehold.estimators.phase import Phase, RrPhase
from tidehold.estimators.rate_tracker import RATES_BPM, Evidence, RateTracker
from tidehold.estimators.rsa import RsaChannel
from tidehold.records import Cue, Estimate, Gap, HostNs, Output, Pacing, Sample, Values
from tidehold.units import NS

RATE_BPM: Final = "breathing/rate_bpm"
RR_EVIDENCE: Final = "breathing/rr_evidence"
ECG_EVIDENCE: Final = "breathing/ecg_evidence"
MOTION_EVIDENCE: Final = "breathing/motion_evidence"
INHALE_S: Final = "breathing/inhale_s"
EXHALE_S: Final = "breathing/exhale_s"
INHALE_SHARE: Final = "breathing/inhale_share"
PHASE_RAD: Final = "breathing/phase_rad"
HELD_S: Final = "breathing/held_s"
BREATH_HELD: Final = "breath-held"
"""Kind of the cue; "breath-back" ends it."""

_COLLECT_S: Final = 20.0
"""First answers from heartbeats come after 20 to 27 s; before, the reason for having none is that."""


_COUNT_SHARE: Final = 0.6
_COUNT_REACH_BPM: Final = 1.0
"""Where several channels make a rate of their own: how far their counts of breaths correct it."""
_COUNT_LEAST: Final = 0.2
"""A channel that knows less than this share of what all know is not asked for its count."""

_LOOK_KEPT_S: Final = 1.5
"""Where several channels see something, each looks every other second: looks overlap, and cost most of all."""


@dataclass(slots=True)
class _Look:
    """What a channel sees now: `evidence`, or none and `why`.

    `known`: how much it knows, in nats (0: it holds every rate for as likely as
    any other). `limit_bpm`: the fastest breathing it could see. `count`: asks
    it for its count of the last half minute's breaths; `counted` is the answer,
    once it was asked.
    """

    name: str
    evidence: Evidence | None
    why: str
    known: float
    limit_bpm: float
    count: Callable[[Values, float], float]
    counted: float | None = None


class _ChestSource:
    """All that is worked out from one source of chest motion."""

    def __init__(self, source: str) -> None:
        self.chest = Chest(source)
        self.rate = ChestRate()
        self.breathing = ChestBreathing()
        self.known = 0.0
        """Of the last look."""
        self.is_held = False
        """Whether it said that the breath is held."""

    def look(self, now: HostNs) -> _Look:
        look = _look(MOTION_EVIDENCE, self.rate.evidence(now), self.rate.why, self.rate.counted_bpm)
        self.known = look.known
        return look


class BreathingEstimator:
    """Breathing rate, phase and held breaths; see `tidehold.estimators.contract.Estimator`.

    `breathing/rate_bpm` is the mean rate of the last half minute. Its quality
    is the confidence: the posterior probability that the rate lies within
    1/min (or 7 %) of what is said. It is given for an unknown rate too, as
    long as a channel sees anything.

    The evidence of each channel whose stream was ever heard is said as a share,
    0 to 1: how far it is from knowing nothing.

    Args:
        least_confidence: Below this the rate is not said.
        chest_sources: Sources whose motion is the chest's.
    """

    def __init__(self, least_confidence: float = 0.25, chest_sources: Collection[str] = ("strap",)) -> None:
        self._least = least_confidence
        self._pacing: Pacing | None = None
        self._heart = HeartStream()
        self._rsa = RsaChannel()
        self._rr_phase = RrPhase()
        self._rr_seen = False
        self._edr = EdrChannel()
        self._chests = [_ChestSource(source) for source in chest_sources]
        self._tracker = RateTracker()
        self._rate_bpm = self._tracker.rate_bpm()
        self._confidence = 0.0
        self._stepped: HostNs | None = None
        self._asked = 0
        self._in_turn = False
        self._looked: dict[int, tuple[HostNs, _Look]] = {}
        self._takers: dict[str, list[Callable[[Sample], None]]] = {}

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame: of "rr_clean", "contact", "ecg" and the chest's motion."""
        takers = self._takers.get(sample.stream)
        if takers is None:
            takers = self._takers[sample.stream] = self._takers_of(sample.stream)
        for take in takers:
            take(sample)

    def _takers_of(self, stream: str) -> list[Callable[[Sample], None]]:
        """Those who have a use for a stream; to be asked once, there are twenty frames a second."""
        kind = stream_kind(stream)
        takers: list[Callable[[Sample], None]] = [self._take_beats] if kind in BEAT_KINDS else []
        if kind == "ecg":
            takers.append(self._edr.update)
        return takers + [source.chest.update for source in self._chests if stream in source.chest.streams]

    def _take_beats(self, sample: Sample) -> None:
        started = self._heart.started
        for beat in self._heart.update(sample):
            self._rsa.add(beat)
            self._rr_phase.add(beat, self._rate_bpm)
        self._note_break(started)

    def gap(self, gap: Gap) -> None:
        """Break the series of a stream of which samples are missing."""
        started = self._heart.started
        self._heart.gap(gap)
        self._note_break(started)
        self._edr.gap(gap)
        for source in self._chests:
            source.chest.gap(gap)

    def _note_break(self, started: HostNs | None) -> None:
        """If the series of beats, which had `started`, was broken, the phase of it is forgotten."""
        if started is not None and self._heart.started is None:
            self._rr_phase.reset()

    def pace(self, pacing: Pacing | None) -> None:
        """Take note of the breathing that is asked for from now on."""
        self._pacing = pacing
        self._tracker.expect(None if pacing is None else pacing.pattern.rate_bpm)

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """The breathing rate now; advances the tracker by the time since it was last asked."""
        self._take()
        looks = self._looks(now)
        seen = [(look, look.evidence) for look in looks if look.evidence is not None]
        self._in_turn = len(seen) > 1
        passed_s = 0.0 if self._stepped is None else (now - self._stepped) / NS
        self._stepped = now
        self._tracker.step(passed_s, [evidence for _, evidence in seen])
        self._rate_bpm = self._tracker.rate_bpm()
        self._confidence = self._tracker.confidence(self._rate_bpm) if seen else 0.0
        rate = self._rate(now, looks, [look for look, _ in seen])
        return (rate, *self._means(now), *_shares(now, looks), *self._amplitude(now, rate))

    def live(self, now: HostNs) -> list[Output]:
        """What is said at every tick: phase, held breath, breaths that are over, and cues."""
        self._take()
        rr = self._rr_phase.live(now, self._rate_bpm, self._confidence)
        rsa = rr if self._rr_seen else None
        heard = [source for source in self._chests if source.chest.newest is not None]
        said = [source.breathing.live(now, self._rate_bpm, self._confidence, self._pacing, rsa) for source in heard]
        if not said:
            why = "not visible from RR" if self._rr_seen else "breathing not visible"
            return [_phase(now, rr), Estimate(now, HELD_S, None, 0.0, why)]
        best: ChestSaid = said[self._best(heard)]
        # Whoever saw the breath and sees it no more is right: a limb that sways moves its sensor all the same.
        known = [each.held for each in said if each.held.seconds] or [best.held]
        held = max(known, key=lambda each: each.seconds or 0.0)
        unsure = best.phase.radians is None or best.phase.quality < self._least <= rr.quality
        phase = rr if unsure and rr.radians is not None else best.phase
        cues = self._held_cues(heard, said)
        return [_phase(now, phase), Estimate(now, HELD_S, held.seconds, held.quality, held.why), *best.breaths, *cues]

    def _held_cues(self, sources: list[_ChestSource], said: list[ChestSaid]) -> list[Cue]:
        """The first that says the breath is held, and the last that says it is back."""
        cues: list[Cue] = []
        for source, each in zip(sources, said, strict=True):
            for cue in each.cues:
                was_held = any(other.is_held for other in self._chests)
                source.is_held = cue.kind == BREATH_HELD
                if any(other.is_held for other in self._chests) != was_held:
                    cues.append(cue)
        return cues

    def _best(self, sources: list[_ChestSource]) -> int:
        """The place of the source that knows most."""
        return max(range(len(sources)), key=lambda place: sources[place].known)

    def _take(self) -> None:
        """Hand on the chest motion that has come."""
        for source in self._chests:
            for stretch in source.chest.take():
                source.rate.add(stretch)
                source.breathing.add(stretch, self._rate_bpm, self._confidence)

    def _looks(self, now: HostNs) -> list[_Look]:
        """What each channel sees whose stream was ever heard."""
        looks: list[_Look] = []
        self._asked += now != self._stepped
        self._rr_seen = False
        if self._heart.newest is not None:
            looks.append(self._look_again(0, now, self._rr_look, self._heart.silence))
            self._rr_seen = looks[0].evidence is not None and not self._rsa.is_weak
        if self._edr.heard:
            looks.append(self._look_again(1, now, self._ecg_look, self._edr.silence))
        for place, source in enumerate(self._chests, 2):
            if source.chest.newest is not None:
                looks.append(self._look_again(place, now, source.look, source.rate.silence))
        return looks

    def _look_again(
        self, place: int, now: HostNs, look: Callable[[HostNs], _Look], silence: Callable[[HostNs], str]
    ) -> _Look:
        """What the channel of that place sees, or saw a second ago: where several see something, they take turns."""
        looked, last = self._looked.get(place, (now, None))
        waits = self._in_turn and (place + self._asked) % 2 == 0 and (now - looked) / NS <= _LOOK_KEPT_S
        if last is None or last.evidence is None or not waits or silence(now):
            last = look(now)
            self._looked[place] = now, last
        return last

    def _ecg_look(self, now: HostNs) -> _Look:
        return _look(ECG_EVIDENCE, self._edr.evidence(now), self._edr.why, self._edr.counted_bpm, self._edr.limit_bpm)

    def _rr_look(self, now: HostNs) -> _Look:
        silence = self._heart.silence(now)
        evidence = None if silence else self._rsa.evidence(now)
        why = silence
        if not silence and evidence is None:
            why = self._collecting(now) or "too few clean heartbeats"
        elif not silence and self._rsa.is_weak:
            why = f"RSA too weak ({1e3 * self._rsa.strength_s:.0f} ms)"
        return _look(RR_EVIDENCE, evidence, why, self._rsa.counted_bpm, self._rsa.limit_bpm)

    def _collecting(self, now: HostNs) -> str:
        """Says so while the heart has been heard for too short a time; "" after that."""
        collected_s = 0.0 if self._heart.started is None else (now - self._heart.started) / NS
        return f"collecting heartbeats: {collected_s:.0f} s of {_COLLECT_S:.0f} s" if collected_s < _COLLECT_S else ""

    def _rate(self, now: HostNs, looks: list[_Look], seen: list[_Look]) -> Estimate:
        if not seen:
            why = "; ".join(dict.fromkeys(look.why for look in looks)) or self._heart.silence(now)
            return Estimate(now, RATE_BPM, None, 0.0, why)
        rate_bpm = self._counted(seen)
        confidence = self._tracker.confidence(rate_bpm)
        why = self._why_unknown(now, rate_bpm, confidence, seen)
        return Estimate(now, RATE_BPM, None if why else rate_bpm, confidence, why)

    def _counted(self, seen: list[_Look]) -> float:
        """Breaths of the last half minute; of several channels, each counts as far as it knows anything.

        Several channels make the tracker's own rate so sharp that their counts only correct it; a count
        that is far from it spans a change of rate and lags behind.
        """
        least = _COUNT_LEAST * sum([look.known for look in seen])
        if len(seen) == 1 or least <= 0:
            return seen[0].count(self._tracker.posterior, self._rate_bpm)
        telling = [look for look in seen if look.known >= least]
        counted = sum([look.known * self._count(look) for look in telling])
        away_bpm = counted / sum([look.known for look in telling]) - self._rate_bpm
        return self._rate_bpm + _COUNT_SHARE * math.exp(-((away_bpm / _COUNT_REACH_BPM) ** 2)) * away_bpm

    def _count(self, look: _Look) -> float:
        """Its count of breaths; asked for once a look."""
        if look.counted is None:
            look.counted = look.count(self._tracker.posterior, self._rate_bpm)
        return look.counted

    def _why_unknown(self, now: HostNs, rate_bpm: float, confidence: float, seen: list[_Look]) -> str:
        """The reason not to say the rate; "" if there is none."""
        known = confidence >= self._least
        heart_alone = all(look.name != MOTION_EVIDENCE for look in seen)
        if not known and heart_alone and self._collecting(now):
            return self._collecting(now)
        if max(look.limit_bpm for look in seen) < rate_bpm:
            return "breathing above half the heart rate cannot be seen in RR"
        if known:
            return ""
        if len(seen) == 1 and seen[0].why:
            return seen[0].why
        return f"confidence {confidence:.2f} is below {self._least:.2f}"

    def _amplitude(self, now: HostNs, rate: Estimate) -> list[Estimate]:
        """`heart/rsa_ms`, where there was ever a heartbeat."""
        return [self._rsa.amplitude(now, rate, self._heart.silence(now))] if self._heart.newest is not None else []

    def _means(self, now: HostNs) -> list[Estimate]:
        heard = [source for source in self._chests if source.chest.newest is not None]
        if not heard:
            why = "not available from RR" if self._heart.newest is not None else "no chest motion sensor"
            return [Estimate(now, name, None, 0.0, why) for name in (INHALE_S, EXHALE_S, INHALE_SHARE)]
        best = heard[self._best(heard)]
        if best.rate.why:
            return [Estimate(now, name, None, 0.0, best.rate.why) for name in (INHALE_S, EXHALE_S, INHALE_SHARE)]
        means = best.breathing.means(now)
        return [
            Estimate(now, name, value, means.quality, means.why)
            for name, value in (
                (INHALE_S, means.inhale_s),
                (EXHALE_S, means.exhale_s),
                (INHALE_SHARE, means.inhale_share),
            )
        ]


def _look(
    name: str,
    evidence: Evidence | None,
    why: str,
    count: Callable[[Values, float], float],
    limit_bpm: float = float(RATES_BPM[-1]),
) -> _Look:
    known = 0.0
    if evidence is not None:
        row = evidence.log_likelihood
        likelihood = np.exp(row - np.maximum.reduce(row))
        known = -math.log(float(np.add.reduce(likelihood)) / len(row))
    return _Look(name, evidence, why, known, limit_bpm, count)


def _shares(now: HostNs, looks: list[_Look]) -> list[Estimate]:
    """How much each kind of channel says, from 0 to 1; of several of a kind, the one that says most."""
    shares: list[Estimate] = []
    for name in dict.fromkeys(look.name for look in looks):
        look = max((look for look in looks if look.name == name), key=lambda look: look.known)
        share = 1 - math.exp(-look.known)
        shares.append(Estimate(now, name, None if look.why else share, 0.0 if look.why else share, look.why))
    return shares


def _phase(now: HostNs, phase: Phase) -> Estimate:
    return Estimate(now, PHASE_RAD, phase.radians, phase.quality, phase.why)
