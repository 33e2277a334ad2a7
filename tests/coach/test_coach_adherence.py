"""A person beside a pacer, as estimators would see them: phases at 4 Hz, a rate each second, breaths as they end."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tidehold.coach.adherence import FIGURES, Adherence
from tidehold.coach.pacing import pattern_of
from tidehold.records import Breath, Estimate, HostNs, Output, Pacing
from tidehold.units import NS

START_S = 20.0


def at(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def pacing(text: str, since_s: float = START_S) -> Pacing:
    return Pacing(at(since_s), pattern_of(text))


class Person:
    """Breathes `length_s` (the pattern's, if none is given) from `lag_s` after the first cue on."""

    def __init__(  # all that makes a person
        self,
        pattern: str = "4/6",
        *,
        lag_s: float = 0.0,
        jitter_s: float = 0.0,
        share: float | None = None,
        length_s: float | None = None,
        seed: int = 1,
    ) -> None:
        asked = pattern_of(pattern)
        dice = random.Random(seed)
        self.length_s = length_s or asked.length_s
        self.share = (asked.inhale_s + asked.full_s) / asked.length_s if share is None else share
        starts = (START_S + lag_s + k * self.length_s for k in range(-10, 150))
        self.onsets_s = [start + dice.gauss(0, jitter_s) for start in starts]

    def phase_rad(self, t_s: float) -> float:
        k = bisect_right(self.onsets_s, t_s) - 1
        start, end = self.onsets_s[k : k + 2]
        return 2 * math.pi * (t_s - start) / (end - start)

    def breaths(self, t_s: float) -> Iterator[Breath]:
        """What became known of them in the quarter of a second up to `t_s`."""
        k = max(0, bisect_right(self.onsets_s, t_s) - 3)
        for start, end in pairwise(self.onsets_s[k : k + 4]):
            if t_s - 0.25 < end + 0.7 <= t_s:
                yield Breath(at(t_s), at(start), at(start + self.share * (end - start)), at(end), 0.8)


def listen(  # what a session is made of
    adherence: Adherence,
    person: Person,
    start_s: float,
    end_s: float,
    *,
    has_motion: bool = True,
    confidence: float = 0.8,
    phase_confidence: float = 0.8,
) -> list[Output]:
    """What is said from `start_s` to `end_s` at a second's end."""
    said: list[Output] = []
    for step in range(round(4 * start_s) + 1, round(4 * end_s) + 1):
        t_s = step / 4
        now = at(t_s)
        is_second = step % 4 == 0
        if is_second:
            said += adherence.hear(Estimate(now, "breathing/rate_bpm", 60 / person.length_s, confidence))
        known = phase_confidence > 0
        value = person.phase_rad(t_s) if known else None
        said += adherence.hear(
            Estimate(now, "breathing/phase_rad", value, phase_confidence, "" if known else "RSA too weak (4 ms)")
        )
        for breath in person.breaths(t_s) if has_motion else ():
            said += adherence.hear(breath)
        if is_second:
            said += adherence.estimates(now)
    return said


def paced(person: Person, seconds: float = 120, pattern: str = "4/6", **how: object) -> dict[str, Estimate]:
    """The last figures after so many seconds of pacing, and those of the session."""
    adherence = Adherence()
    assert adherence.pace(at(START_S), pacing(pattern)) == []
    said = listen(adherence, person, START_S, START_S + seconds, **how)  # type: ignore[arg-type]
    said += adherence.close(at(START_S + seconds))
    return {out.name.removeprefix("pacing/"): out for out in said if isinstance(out, Estimate)}


def value(estimate: Estimate) -> float:
    assert estimate.value is not None, estimate
    assert estimate.why == ""
    return estimate.value


@pytest.mark.parametrize("pattern", ["4/6", "4/2/6/0", "4/4/4/4", "5.5/5.5", "2/3"])
@pytest.mark.parametrize("has_motion", [True, False])
def test_someone_who_follows_scores_above_90(pattern: str, has_motion: bool) -> None:
    said = paced(Person(pattern, lag_s=0.2, jitter_s=0.15), pattern=pattern, has_motion=has_motion)
    for name in ("score", "step_score", "session_score"):
        assert value(said[name]) > 90
    assert value(said["plv"]) > 0.9
    assert value(said["rate_error"]) == pytest.approx(0, abs=1e-9)
    assert value(said["coverage"]) == 1


@pytest.mark.parametrize("bpm", [12, 14, 18, 24])
@pytest.mark.parametrize("has_motion", [True, False])
def test_someone_at_another_rate_scores_under_10_even_at_a_multiple(bpm: float, has_motion: bool) -> None:
    said = paced(Person(length_s=60 / bpm), has_motion=has_motion)
    assert value(said["score"]) < 10
    assert value(said["session_score"]) < 10
    assert value(said["rate_error"]) == pytest.approx(bpm / 6 - 1)
    assert said["lag_s"].value is None
    assert said["lag_s"].why == "not with the pacer"


@pytest.mark.parametrize(
    ("lag_s", "jitter_s", "ratio"),
    [(-1.0, 0.05, 0.5), (0.0, 0.3, 0.67), (0.4, 0.1, 1.0), (1.5, 0.3, 0.5), (3.0, 0.3, 1)],
)
def test_lag_jitter_and_ratio_come_back(lag_s: float, jitter_s: float, ratio: float) -> None:
    said = paced(Person(lag_s=lag_s, jitter_s=jitter_s, share=ratio / (1 + ratio)), seconds=300)
    assert value(said["session_lag_s"]) == pytest.approx(lag_s, abs=0.05 + 0.5 * jitter_s)
    assert value(said["session_jitter_s"]) == pytest.approx(jitter_s, rel=0.35)
    assert value(said["session_in_out_ratio"]) == pytest.approx(ratio, rel=0.02)
    expected_s = max(abs(lag_s), 0.8 * jitter_s)
    assert value(said["session_cue_error_s"]) == pytest.approx(expected_s, abs=0.1 + 0.3 * jitter_s)


@pytest.mark.parametrize("lag_s", [-1.0, 0.4, 3.0])
def test_without_motion_the_lag_is_that_of_the_phase_and_timing_is_unknown(lag_s: float) -> None:
    said = paced(Person(lag_s=lag_s), has_motion=False)
    assert value(said["lag_s"]) == pytest.approx(lag_s, abs=0.02)
    for name in ("cue_error_s", "jitter_s", "in_out_ratio"):
        assert said[name].value is None
        assert said[name].why == "no breaths seen: their timing needs chest motion"
        assert said[f"session_{name}"].value is None


def test_being_late_costs_timing_and_nothing_else() -> None:
    assert value(paced(Person(lag_s=3.0))["score"]) == pytest.approx(80, abs=1)
    assert value(paced(Person(lag_s=3.0), has_motion=False)["score"]) == pytest.approx(100, abs=1)


def test_each_breath_has_its_timing_error() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    before = Breath(at(24), at(START_S - 0.1), at(22), at(23), 0.9)
    assert adherence.hear(before) == []  # nobody asked for it
    early = Breath(at(41), at(29.5), at(33), at(40), 0.1)
    assert adherence.hear(early) == [Estimate(at(41), "pacing/breath_error_s", -0.5, 0.1)]


def test_there_is_no_score_before_half_a_minute_of_known_phase() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    said = [each for each in listen(adherence, Person(), START_S, START_S + 31) if isinstance(each, Estimate)]
    scores = [each for each in said if each.name == "pacing/score"]
    assert [each.why for each in scores[:-2]] == [f"paced for {k} s of 30 s" for k in range(1, 30)]
    assert all(each.value is None and each.quality == 0 for each in scores[:-2])
    assert value(scores[-1]) > 90


def test_figures_are_said_every_second_in_the_same_order() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    said = listen(adherence, Person(), START_S, START_S + 80, has_motion=False)
    names = [out.name for out in said if isinstance(out, Estimate)]
    assert names == [f"pacing/{name}" for name in FIGURES] * 80


def test_low_confidence_gives_no_score_and_says_so() -> None:
    said = paced(Person(), confidence=0.2)
    assert (said["score"].value, said["score"].why) == (None, "confidence 0.20 is below 0.25")
    assert said["session_score"].value is None
    assert value(said["plv"]) == pytest.approx(1)


@pytest.mark.parametrize("phase_confidence", [0.0, 0.24])
def test_an_unknown_phase_gives_no_score_and_says_why(phase_confidence: float) -> None:
    said = paced(Person(), phase_confidence=phase_confidence)
    why = ": RSA too weak (4 ms)" if phase_confidence == 0 else ""
    for name in ("score", "plv", "lag_s"):
        assert said[name].value is None
        assert said[name].why == f"breathing phase known for 0 s of the last minute{why}"
    assert said["session_plv"].why == "the breathing phase was known for 0 % of the session"
    assert value(said["session_coverage"]) == 0


def test_a_phase_that_was_lost_for_a_while_lowers_coverage_and_then_takes_the_score() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    person = Person()
    listen(adherence, person, START_S, 80)
    said = listen(adherence, person, 80, 115, phase_confidence=0.0)
    coverage = [each.value for each in said if isinstance(each, Estimate) and each.name == "pacing/coverage"]
    assert coverage == pytest.approx([1 - k / 60 for k in range(1, 36)])
    scores = [each for each in said if isinstance(each, Estimate) and each.name == "pacing/score"]
    assert [each.value is not None for each in scores] == [True] * 30 + [False] * 5
    assert scores[-1].why == "breathing phase known for 25 s of the last minute: RSA too weak (4 ms)"


def test_a_step_ends_with_its_figures_and_the_next_starts_from_nothing() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    listen(adherence, Person(), START_S, 100)
    ended = adherence.pace(at(100), pacing("5/5", 100))
    assert [out.name for out in ended if isinstance(out, Estimate)] == [f"pacing/step_{name}" for name in FIGURES]
    assert isinstance(ended[0], Estimate)
    assert value(ended[0]) > 90
    assert ended[0].quality == 1
    other = Person(length_s=60 / 14)
    said = [each for each in listen(adherence, other, 100, 180) if isinstance(each, Estimate)]
    assert next(each for each in said if each.name == "pacing/score").why == "paced for 1 s of 30 s"
    closed = {each.name: each for each in adherence.close(at(180)) if isinstance(each, Estimate)}
    step, session = closed["pacing/step_score"], closed["pacing/session_score"]
    assert value(step) < 10
    assert 40 < value(session) < 60


def test_after_the_pacer_is_turned_off_nothing_old_is_left_standing() -> None:
    adherence = Adherence()
    adherence.pace(at(START_S), pacing("4/6"))
    listen(adherence, Person(), START_S, 100)
    said = adherence.pace(at(100), None)[len(FIGURES) :]
    assert said == [Estimate(at(100), f"pacing/{name}", None, 0.0, "the pacer is off") for name in FIGURES]
    assert listen(adherence, Person(), 100, 110) == []
    assert adherence.pace(at(110), None) == []
    assert [out.name for out in adherence.close(at(120)) if isinstance(out, Estimate)] == [
        f"pacing/session_{name}" for name in FIGURES
    ]


def test_without_a_pacer_nothing_is_said_ever() -> None:
    adherence = Adherence()
    assert listen(adherence, Person(), 0, 60) == []
    assert adherence.close(at(60)) == []


def test_a_step_too_short_for_a_score_says_so() -> None:
    said = paced(Person(), seconds=20)
    assert (said["step_score"].value, said["step_score"].why) == (None, "not known in this step")
    assert value(said["step_coverage"]) == 1
