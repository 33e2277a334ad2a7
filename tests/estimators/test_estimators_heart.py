from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.estimators.hearts import Heart, Item, asked, by_name, from_intervals, lost, person, scalar, told, without
from tidehold.estimators.heart import ARTEFACT_SHARE, HR_BPM, RMSSD_MS, SDNN_MS, HeartEstimator
from tidehold.records import Estimate
from tidehold.units import NS


def last(heart: Heart, name: str, second: int) -> Estimate:
    """What is said of `name` at the end of a heart that is heard as it beats."""
    return by_name(asked(HeartEstimator(), told(heart), range(second + 1)), name)[-1]


def in_window(heart: Heart, second: int, window_s: float) -> Heart:
    """The heart's beats of the window that ends at its newest beat heard at `second`."""
    newest = heart.times[heart.times <= second * NS][-1]
    inside = (heart.times <= newest) & (heart.times > newest - window_s * NS)
    return Heart(heart.times[inside], heart.rr_s[inside])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("second", [61, 75, 118])
def test_on_a_clean_heart_every_figure_is_the_textbook_s(seed: int, second: int) -> None:
    heart = person(13, 120, seed)
    minute, recent = in_window(heart, second, 60), in_window(heart, second, 10)
    rmssd = np.sqrt(np.mean(np.square(np.diff(minute.rr_s * 1000))))
    assert last(heart, RMSSD_MS, second).value == pytest.approx(rmssd, rel=1e-9)
    assert last(heart, SDNN_MS, second).value == pytest.approx(1000 * minute.rr_s.std(ddof=1), rel=1e-9)
    assert last(heart, HR_BPM, second).value == pytest.approx(60 / recent.rr_s.mean(), rel=1e-9)
    assert last(heart, ARTEFACT_SHARE, second).value == 0
    assert last(heart, RMSSD_MS, second).quality > 0.95
    assert last(heart, SDNN_MS, second).quality > 0.95
    assert last(heart, HR_BPM, second).quality > 0.9
    assert last(heart, ARTEFACT_SHARE, second).quality > 0.95


@pytest.mark.parametrize("rr_s", [0.3, 0.5, 1.0, 1.6, 2.0])
def test_heart_rate_of_a_steady_heart(rr_s: float) -> None:
    estimate = last(from_intervals([rr_s] * int(70 / rr_s)), HR_BPM, 69)
    assert estimate.value == pytest.approx(60 / rr_s)
    assert estimate.why == ""


def test_heart_rate_follows_within_the_window() -> None:
    heart = from_intervals([1.0] * 30 + [0.75] * 40)
    rates = [estimate.value for estimate in by_name(asked(HeartEstimator(), told(heart), range(60)), HR_BPM)]
    assert rates[30] == pytest.approx(60)
    assert rates[42] == pytest.approx(80)


def test_artefacts_move_neither_heart_rate_nor_variability() -> None:
    rr = person(13, 120, seed=4).rr_s.tolist()
    clean = [last(from_intervals(rr), name, 100).value for name in (HR_BPM, RMSSD_MS, SDNN_MS)]
    for place in (50, 80, 100):
        rr[place : place + 2] = [rr[place] + rr[place + 1]]  # missed
        rr[place + 7 : place + 8] = [rr[place + 7] * 0.4, rr[place + 7] * 0.6]  # extra
    spoiled = from_intervals(rr)
    assert last(spoiled, HR_BPM, 100).value == pytest.approx(clean[0], rel=0.01)
    assert last(spoiled, RMSSD_MS, 100).value == pytest.approx(clean[1], rel=0.1)
    assert last(spoiled, SDNN_MS, 100).value == pytest.approx(clean[2], rel=0.1)
    share = last(spoiled, ARTEFACT_SHARE, 100).value
    assert share == pytest.approx(9 / 71, rel=0.05)  # three times two missed beats and an extra one
    assert last(spoiled, RMSSD_MS, 100).quality < 0.95


def test_a_beat_is_not_compared_across_a_gap() -> None:
    """The two sides are of different mean: one difference across would be 300 ms."""
    one, other = from_intervals([0.8, 0.81] * 50), from_intervals([1.1, 1.11] * 40, 90)
    heart = Heart(np.concatenate((one.times, other.times)), np.concatenate((one.rr_s, other.rr_s)))
    answers = asked(HeartEstimator(), [*told(heart), lost(one.times[-1] / NS, 90)], range(150))
    said = [estimate.value for estimate in by_name(answers, RMSSD_MS) if estimate.value is not None]
    assert len(said) > 20
    assert said == pytest.approx([10.0] * len(said), abs=1e-6)


def test_until_a_minute_is_heard_it_is_collecting() -> None:
    whys = [e.why for e in by_name(asked(HeartEstimator(), told(from_intervals([0.8] * 100)), range(70)), RMSSD_MS)]
    assert whys[0] == "no heartbeats yet"
    assert whys[24] == "collecting: 24 of 60 s"
    assert whys[50] == "collecting: 50 of 60 s"
    assert whys[60] == ""


def test_a_gap_is_collected_again() -> None:
    items: list[Item] = [*told(without(person(13, 150, seed=5), 70, 82)), lost(70, 82)]
    estimate = by_name(asked(HeartEstimator(), items, range(101)), RMSSD_MS)[-1]
    assert estimate.value is None
    assert estimate.why == "collecting: 47 of 60 s"


def test_too_many_artefacts_are_a_reason() -> None:
    noise = from_intervals(np.random.default_rng(7).choice([0.4, 0.8, 1.6], 120))
    answers = asked(HeartEstimator(), told(noise), range(90))
    rmssd, share = by_name(answers, RMSSD_MS)[-1], by_name(answers, ARTEFACT_SHARE)[-1]
    assert share.value is not None
    assert share.value > 0.2
    assert rmssd.value is None
    assert rmssd.why == f"too many artefacts: {100 * share.value:.0f} %"
    assert by_name(answers, SDNN_MS)[-1].why == rmssd.why


def test_no_heart_rate_from_artefacts_alone() -> None:
    """Ten good beats, then nonsense that no rhythm can be found in."""
    heart = from_intervals([0.8] * 10 + [3.0, 0.1, 5.5, 0.12, 4.1, 0.1, 6.3, 0.11])
    whys = {e.why for e in by_name(asked(HeartEstimator(), told(heart), range(27)), HR_BPM) if e.value is None}
    assert "too many artefacts: 100 %" in whys


def test_a_few_beats_are_not_enough_yet() -> None:
    answers = asked(HeartEstimator(), told(from_intervals([0.9] * 30)), range(12))
    assert by_name(answers, HR_BPM)[2].why == "collecting: 2 of 3 heartbeats"
    assert by_name(answers, HR_BPM)[3].value == pytest.approx(60 / 0.9)
    assert by_name(answers, ARTEFACT_SHARE)[4].why == "collecting: 4 of 10 heartbeats"
    assert by_name(answers, ARTEFACT_SHARE)[10].value == 0


def test_a_slow_heart_in_a_short_window_has_too_few_differences() -> None:
    answers = asked(HeartEstimator(window_s=20), told(from_intervals([1.8] * 30)), range(50))
    assert by_name(answers, RMSSD_MS)[-1].why == "only 11 clean successive differences of 20"
    assert by_name(answers, SDNN_MS)[-1].why == "only 12 clean intervals of 20"


def test_the_strap_s_own_figure_stands_in_where_it_sends_no_intervals() -> None:
    said = by_name(asked(HeartEstimator(), [scalar(t, "hr", 70 + t) for t in range(5)], range(12)), HR_BPM)
    assert [estimate.value for estimate in said[:5]] == [70, 71, 72, 73, 74]
    assert (said[4].quality, said[4].why) == (0.5, "the strap's own figure: it sends no RR intervals")
    assert said[9].value == 74
    assert (said[10].value, said[10].why) == (None, "no heartbeats yet")


def test_the_strap_s_own_figure_is_not_shown_when_beats_stop_or_contact_is_lost() -> None:
    items = [*told(from_intervals([0.8] * 20)), *(scalar(t, "hr", 75) for t in range(40)), scalar(30, "contact", 1)]
    said = by_name(asked(HeartEstimator(), items, range(40)), HR_BPM)
    assert said[15].value == pytest.approx(75)
    assert (said[23].value, said[23].why) == (None, "no heartbeats for 7 s")
    assert (said[35].value, said[35].why) == (None, "no skin contact")


NEUROKIT = """
import json, sys
import numpy as np
import neurokit2 as nk
said = []
for rr_ms in json.load(sys.stdin):
    figures = nk.hrv_time({"RRI": np.array(rr_ms), "RRI_Time": np.cumsum(rr_ms) / 1000})
    said.append({name: float(figures[f"HRV_{name}"].iloc[0]) for name in ("MeanNN", "RMSSD", "SDNN")})
print(json.dumps(said))
"""


@pytest.mark.long
def test_on_the_same_clean_intervals_the_figures_are_neurokit_s() -> None:
    """In a process of its own: NeuroKit2 and what it imports warn of much that is not ours to mend."""
    hearts = [person(6, 90, 1, rsa_s=0.1), person(13, 90, 2), person(18, 90, 3, rr_s=0.55, rsa_s=0.01)]
    minutes = [in_window(heart, 89, 60) for heart in hearts]
    recent = [in_window(heart, 89, 10) for heart in hearts]
    asked_of_it = json.dumps([(heart.rr_s * 1000).tolist() for heart in (*minutes, *recent)])
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEUROKIT], input=asked_of_it, capture_output=True, text=True, check=True
    )
    said = json.loads(run.stdout)
    for heart, of_minute, of_recent in zip(hearts, said[:3], said[3:], strict=True):
        assert last(heart, RMSSD_MS, 89).value == pytest.approx(of_minute["RMSSD"], rel=1e-9)
        assert last(heart, SDNN_MS, 89).value == pytest.approx(of_minute["SDNN"], rel=1e-9)
        assert last(heart, HR_BPM, 89).value == pytest.approx(60_000 / of_recent["MeanNN"], rel=1e-9)
        assert last(heart, ARTEFACT_SHARE, 89).value == 0
