"""Phase of breathing from RR intervals."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.hearts import person
from tidehold.estimators.phase import Phase, RrPhase, wrapped
from tidehold.estimators.rr_cleaning import Beat, Flag
from tidehold.records import HostNs
from tidehold.units import NS


def beats(rate_bpm: float, seconds: float, seed: int, rsa_s: float = 0.04) -> list[Beat]:
    heart = person(rate_bpm, seconds, seed, rsa_s=rsa_s)
    return [
        Beat(HostNs(t), rr, 1, Flag.CLEAN, follows=True)
        for t, rr in zip(heart.times.tolist(), heart.rr_s.tolist(), strict=True)
    ]


def phases(heart: list[Beat], rate_bpm: float, start_s: float = 0.0) -> list[Phase]:
    """At 4 Hz, beats known as they come."""
    phase, waiting, said = RrPhase(), list(heart), []
    for tick in range(int((heart[-1].t / NS - start_s) * 4)):
        now = HostNs(round((start_s + tick / 4) * NS))
        while waiting and waiting[0].t <= now:
            phase.add(waiting.pop(0), rate_bpm)
        said.append(phase.live(now, rate_bpm, 0.9))
    return said


@pytest.mark.parametrize("rate_bpm", [6.0, 12.0, 18.0])
def test_advances_with_breathing(rate_bpm: float) -> None:
    said = phases(beats(rate_bpm, 90, 1), rate_bpm)[160:]
    t = np.arange(len(said)) / 4
    spin = np.exp(1j * (np.array([p.radians for p in said], dtype=float) - 2 * np.pi * rate_bpm / 60 * t))
    assert abs(spin.mean()) > 0.8


def test_quality_tells_rsa_from_none() -> None:
    clear = np.mean([p.quality for p in phases(beats(14, 90, 2), 14)[160:]])
    none = np.mean([p.quality for p in phases(beats(14, 90, 2, rsa_s=0.0), 14)[160:]])
    assert clear > 0.6
    assert none < 0.75 * clear


def test_says_why_there_is_none() -> None:
    heart = beats(12, 60, 3)
    assert phases(heart, 12)[4].why.startswith("collecting")
    phase = RrPhase()
    for beat in heart:
        phase.add(beat, 12)
    late = phase.live(HostNs(heart[-1].t + 9 * NS), 12, 0.9)
    assert (late.radians, late.quality, late.why) == (None, 0.0, "no heartbeats for 9 s")


def test_begins_anew_after_a_hole() -> None:
    phase = RrPhase()
    for beat in beats(12, 60, 4):
        phase.add(beat, 12)
    after = HostNs(90 * NS)
    phase.add(Beat(after, 0.8, 1, Flag.CLEAN, follows=False), 12)
    assert phase.live(after, 12, 0.9).radians is None


def test_shift_of_all_times_changes_nothing() -> None:
    heart = beats(12, 60, 5)
    days = 9 * 86_400
    shifted = [beat._replace(t=HostNs(beat.t + days * NS)) for beat in heart]
    assert phases(heart, 12) == phases(shifted, 12, start_s=days)


def test_stray_beats_are_passed_over() -> None:
    heart = beats(12, 60, 6)
    strays = [beat for each in heart for beat in (each._replace(flag=Flag.STRAY, rr_s=0.3), each)]
    assert phases(heart, 12) == phases(strays, 12)


def test_angles_are_wrapped_below_a_turn() -> None:
    assert wrapped(-1e-20) == 0.0
    assert wrapped(7.0) == pytest.approx(7.0 - 2 * np.pi)


def test_a_passing_change_of_rate_hardly_moves_the_phase_and_a_lasting_one_does() -> None:
    phase = RrPhase()
    heart = beats(12, 90, 7)
    for beat in heart:
        phase.add(beat, 12)
    at = HostNs(heart[-1].t + NS)
    usual, passing, other = (phase.live(at, rate, 0.9).radians for rate in (12.0, 12.6, 18.0))
    assert usual is not None
    assert passing == pytest.approx(usual, abs=0.05)
    assert other != pytest.approx(usual, abs=0.2)
