from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.hearts import corrected, from_intervals, lost, person, scalar, told
from tidehold.estimators.heart_stream import HeartStream, RrCorrection
from tidehold.estimators.rr_cleaning import Beat, Flag, RrCleaner
from tidehold.records import HostNs, Sample
from tidehold.units import NS


def heard(*intervals: float, start_s: float = 0.0) -> HeartStream:
    stream = HeartStream()
    for sample in corrected(told(from_intervals(intervals, start_s))):
        stream.update(sample)
    return stream


def at(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def test_each_interval_is_cleaned_and_the_series_dated() -> None:
    stream = HeartStream()
    _, sample = corrected(told(from_intervals([0.25, 0.25, 0.25])))
    beats = stream.update(sample)
    assert [(beat.t, beat.rr_s, beat.flag, beat.follows) for beat in beats] == [
        (at(0.25), 0.25, Flag.CLEAN, False),
        (at(0.5), 0.25, Flag.CLEAN, True),
        (at(0.75), 0.25, Flag.CLEAN, True),
    ]
    assert (stream.started, stream.newest) == (at(0.25), at(0.75))


def test_before_the_first_beat_and_five_seconds_after_the_last_it_says_why() -> None:
    assert HeartStream().silence(at(3)) == "no heartbeats yet"
    stream = heard(0.8, 0.8, 0.9)
    assert stream.silence(at(7.5)) == ""
    assert stream.silence(at(7.51)) == "no heartbeats for 5 s"
    assert stream.silence(at(12.5)) == "no heartbeats for 10 s"


def test_a_gap_in_the_beats_starts_a_new_series() -> None:
    stream = heard(0.8, 0.8, 0.8)
    stream.gap(lost(2.4, 20, "strap/ecg"))
    assert stream.started == at(0.8)
    stream.gap(lost(2.4, 20))
    _, sample = corrected(told(from_intervals([0.25, 0.25], 20)))
    assert [beat.follows for beat in stream.update(sample)] == [False, True]
    assert stream.started == at(20.25)


@pytest.mark.parametrize("value", [0, 2], ids=["not supported", "detected"])
def test_only_the_value_1_means_that_the_skin_is_lost(value: int) -> None:
    stream = heard(0.8, 0.8)
    stream.update(scalar(1.6, "contact", value))
    assert stream.contact
    assert stream.silence(at(2)) == ""


def test_without_contact_beats_are_none() -> None:
    stream = heard(0.8, 0.8)
    stream.update(scalar(1.6, "contact", 1))
    assert stream.silence(at(2)) == "no skin contact"
    _, sample = corrected(told(from_intervals([0.25, 0.25], 10)))
    assert stream.update(sample) == []
    assert stream.newest == at(1.6)
    stream.update(scalar(12, "contact", 2))
    assert stream.silence(at(12)) == "no heartbeats for 10 s"
    assert [beat.follows for beat in stream.update(sample)] == [False, True]


def test_a_strap_that_keeps_saying_lost_breaks_the_series_once() -> None:
    stream = heard(0.8, 0.8)
    for t in (2, 3, 4):
        stream.update(scalar(t, "contact", 1))
    assert stream.started is None


def spoiled() -> list[float]:
    """A person with a missed, an extra, a premature and an odd beat."""
    rr: list[float] = person(13, 100, seed=3).rr_s.tolist()
    rr[30:32] = [rr[30] + rr[31]]
    rr[50:51] = [rr[50] * 0.4, rr[50] * 0.6]
    rr[70:72] = [rr[70] - 0.3, rr[71] + 0.3]
    rr[90] = 5.7
    return rr


@pytest.mark.parametrize("together", [True, False], ids=["a frame a second", "a frame for each beat"])
def test_what_was_corrected_reads_as_what_the_cleaner_settled(together: bool) -> None:
    heart = from_intervals(spoiled())
    cleaner, stream = RrCleaner(), HeartStream()
    settled: list[Beat] = []
    for t, rr_s in zip(heart.times.tolist(), heart.rr_s.tolist(), strict=True):
        settled += cleaner.push(HostNs(t), rr_s)
    read = [beat for sample in corrected(told(heart, together=together)) for beat in stream.update(sample)]
    assert read == settled
    assert {beat.flag for beat in read} == set(Flag)


def test_flags_are_codes_in_their_order_beside_the_raw_intervals() -> None:
    heart = from_intervals(spoiled())
    samples = corrected(told(heart))
    raw = [sample for sample in samples if sample.stream == "strap/rr"]
    clean = [sample for sample in samples if sample.stream == "strap/rr_clean"]
    assert np.concatenate([sample.values for sample in raw]).tolist() == heart.rr_s.tolist()
    values = np.concatenate([sample.values for sample in clean])
    codes = {flag: code for code, flag in enumerate(Flag)}
    assert codes == {"clean": 0, "missed": 1, "extra": 2, "ectopic": 3, "stray": 4}
    assert values[:, 1][values[:, 2] == codes[Flag.MISSED]].tolist() == [2]
    assert np.count_nonzero(values[:, 2]) == 4
    assert all(sample.t >= sample.times[-1] for sample in clean)


def test_two_straps_are_corrected_each_by_itself() -> None:
    correction = RrCorrection()
    (one,), (other,) = told(from_intervals([0.9])), told(from_intervals([0.5]))
    for sample in (one, Sample(other.t, "chest/rr", other.times, other.values)) * 20:
        clean = correction.update(sample)
        assert clean is not None
        assert clean.stream == f"{sample.stream}_clean"
        assert clean.values.tolist() == [[sample.values[0], 1, 0]]


def test_without_contact_or_across_a_gap_nothing_is_corrected() -> None:
    correction, rr = RrCorrection(), told(from_intervals([0.5, 0.5]))
    assert correction.update(scalar(0, "contact", 1)) is None
    assert [correction.update(sample) for sample in rr] == [None]
    assert correction.update(scalar(1, "contact", 2)) is None
    assert correction.update(scalar(1, "hr", 60)) is None
    assert correction.update(rr[0]) is not None
    (long,) = told(from_intervals([1.2], 1))
    assert correction.update(long) is None
    correction.gap(lost(2, 9))
    assert correction.update(rr[0]) is not None
